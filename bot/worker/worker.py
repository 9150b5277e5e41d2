"""One worker: its turns, its dispatchers, and the bells that wake them."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable
from functools import partial

from bot import actions, delivery
from bot.conversation import turns
from bot.conversation.look import Understand
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
        self.turns = Turns(
            partial(
                turns.handle,
                runtime,
                flows,
                understand=understand,
            )
        )
        self.progress = delivery.Progress(runtime)
        self.dispatchers = self._open_dispatchers()
        self.fan_out_bell = asyncio.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    def _open_dispatchers(self) -> list[delivery.Dispatcher]:
        """Open two dispatchers a channel: one for replies, one for bulk."""
        dispatchers = []
        for wire in delivery.wires(self.runtime).values():
            for group in (delivery.REPLIES, delivery.BULK):
                dispatcher = delivery.Dispatcher(
                    self.runtime,
                    wire,
                    group,
                    self.progress,
                )
                dispatchers.append(dispatcher)
        return dispatchers

    def wake(self, *, only_replies: bool = False) -> None:
        """Wake the dispatchers, and the fan-out unless only replies wait."""
        for dispatcher in self.dispatchers:
            if not self._is_open(dispatcher.wire.channel):
                continue
            if dispatcher.group == delivery.REPLIES or not only_replies:
                dispatcher.bell.set()
        if not only_replies:
            self.fan_out_bell.set()

    def _is_open(self, channel: Channel) -> bool:
        """Whether messages leave by this channel; a closed phone page takes none."""
        return channel is not Channel.PHONE or self.runtime.settings.has_phone

    async def drain(self, sending: Iterable[asyncio.Task[None]]) -> None:
        """Take nothing new; finish and record what is being answered or sent."""
        for dispatcher in self.dispatchers:
            dispatcher.stop()
        drains = [dispatcher.drain(DRAIN_SECONDS) for dispatcher in self.dispatchers]
        await asyncio.gather(self.turns.drain(DRAIN_SECONDS), *drains)
        await supervision.cancel(sending)
