"""One worker: its turns, its senders, and the bells that wake them."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable
from functools import partial

from bot import actions, delivery
from bot.conversation import turns
from bot.conversation.turns import Understand
from bot.dialogue import checking
from bot.messages import Channel
from bot.runtime.runtime import Runtime
from bot.worker import supervision
from bot.worker.turns import Turns

DRAIN_SECONDS = 5.0  # for what is under way when the worker stops


class Worker:
    """The state that the jobs of one worker process share."""

    def __init__(self, runtime: Runtime, understand: Understand) -> None:
        self.runtime = runtime
        flows = checking.load(actions=actions.ACTIONS)
        self.turns = Turns(partial(turns.handle, runtime, flows, understand=understand))
        self.progress = delivery.Progress(runtime)
        self.senders = self._open_senders()
        self.fan_out_bell = asyncio.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    def _open_senders(self) -> list[delivery.Lanes]:
        """Open two senders a channel: one for replies, one for bulk."""
        senders = []
        for wire in delivery.wires(self.runtime).values():
            for lanes in (delivery.REPLIES, delivery.BULK):
                senders.append(delivery.Lanes(self.runtime, wire, lanes, self.progress))
        return senders

    def wake(self, *, only_replies: bool = False) -> None:
        """Wake the senders, and the fan-out unless only replies wait."""
        for sender in self.senders:
            if not self._is_open(sender.wire.channel):
                continue
            if sender.lanes == delivery.REPLIES or not only_replies:
                sender.bell.set()
        if not only_replies:
            self.fan_out_bell.set()

    def _is_open(self, channel: Channel) -> bool:
        """Whether messages leave by this channel; a closed phone page takes none."""
        return channel is not Channel.PHONE or self.runtime.settings.has_phone

    async def drain(self, sending: Iterable[asyncio.Task[None]]) -> None:
        """Take nothing new; finish and record what is being answered or sent."""
        for sender in self.senders:
            sender.stop()
        ends = [sender.drain(DRAIN_SECONDS) for sender in self.senders]
        await asyncio.gather(self.turns.drain(DRAIN_SECONDS), *ends)
        await supervision.cancel(sending)
