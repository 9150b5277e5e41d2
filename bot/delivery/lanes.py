"""Claims rows of a channel, sends them in their turn of the pace, marks what became of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import NoResultFound

from bot import outbox
from bot.channels import errors
from bot.channels.errors import SendError
from bot.delivery import reconcile
from bot.delivery.circuit import Circuit
from bot.delivery.contents import Contents
from bot.delivery.progress import Progress
from bot.delivery.senders import Sender
from bot.delivery.wires import Wire
from bot.messages import Channel, Content, Outbound, Sent
from bot.models import Lane, OutboundState
from bot.outbox import Claimed, Result
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.signals import bells, paces

REPLIES = (Lane.REPLY,)
BULK = (Lane.CRISIS, Lane.ADVISORY, Lane.ROUTINE)

CLAIM_SECONDS = 0.2  # of the pace are claimed at once
CLAIM_MOST = 500
# Rows of a lane on their way at the same time. More of bulk would not be faster, and answers that all come at once hold
# up the turns and replies of the same process: with 384 replies took twice as long.
IN_FLIGHT = {REPLIES: 128, BULK: 64}
WITHIN = {REPLIES: 10.0, BULK: 0.25}  # seconds to the next free moment that a lane is ready to wait
GIVE_BACK = {
    REPLIES: 15.0,
    BULK: 0.75,
}  # seconds after which a claimed row that got no turn goes back
STALE = 0.5  # seconds a row of bulk may be late: then it is claimed anew, its broadcast may have been cancelled
SHORTEST = 0.002  # seconds not worth waiting: below what a timer can keep
LOOK = 1.0  # seconds between looks at the queue when no bell rings
GATHER = 0.02  # seconds in which more rows gather, so that one statement claims or marks several

FIRST_WAIT, LONGEST_WAIT = 3.0, 3600.0  # seconds before trying a message again

Done = tuple[Claimed, Result]

log = structlog.get_logger(__name__)


class Lanes:
    """One group of lanes of a channel: claims rows, sends them side by side, marks what came of them in batches."""

    def __init__(
        self, runtime: Runtime, wire: Wire, lanes: tuple[Lane, ...], progress: Progress
    ) -> None:
        self.runtime, self.wire, self.lanes = runtime, wire, lanes
        self.senders = wire.senders
        self.bell = asyncio.Event()
        self._progress = progress
        self._contents = Contents(runtime)
        self._room = asyncio.Semaphore(IN_FLIGHT[lanes])
        self._sending: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []
        self._marking: asyncio.Task[None] | None = None
        self._claiming = asyncio.Lock()
        self._is_stopped = False

    def __str__(self) -> str:
        return f"{self.wire.channel.value} {'replies' if self.lanes == REPLIES else 'bulk'}"

    @property
    def circuit(self) -> Circuit:
        """Of the sender that takes everything at rest."""
        return self.senders.all[0].circuit

    async def run(self) -> None:
        """Claims and sends, until stopped. Raises what the database raises when it is away."""
        while not self._is_stopped:
            self.bell.clear()
            if rest := self.senders.rest:
                await asyncio.sleep(min(rest, LOOK))
                continue
            claimed = await self.step()
            if not claimed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.bell.wait(), LOOK)
            elif self.senders.is_doubtful:
                await self.settle()  # the answer to one message tells whether the provider is back
            if claimed < self._most():
                await asyncio.sleep(GATHER)

    def stop(self) -> None:
        """Claims nothing more."""
        self._is_stopped = True
        self.bell.set()

    async def step(self) -> int:
        """One claim and the start of its sends; how many rows."""
        async with self._claiming:
            rows = await self._claim()
            loaded = [(row, content) for row in rows if (content := await self._load(row))]
            if loaded:
                await self._start(loaded)
            return len(rows)

    async def settle(self) -> None:
        """Waits until what is on its way has arrived and is marked."""
        while self._sending:
            await asyncio.wait(self._sending)
        if self._marking:
            await self._marking

    async def drain(self, seconds: float) -> None:
        """After `stop`: what was claimed is sent and marked; what takes longer is left to the sweep."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._claiming:
                await self.settle()
        for task in (*self._sending, *filter(None, [self._marking])):
            task.cancel()

    def _most(self) -> int:
        return (
            1
            if self.senders.is_doubtful
            else max(1, min(CLAIM_MOST, int(self.senders.pace * CLAIM_SECONDS)))
        )

    async def _claim(self) -> list[Claimed]:
        async with self.runtime.db.begin() as session:
            return await outbox.claim(
                session, self.wire.channel, self.lanes, self._most(), self.runtime.clock()
            )

    async def _load(self, row: Claimed) -> Content | None:
        """What to send; a row without a content that can be read fails alone."""
        try:
            return await self._contents.of(row)
        except (LookupError, TypeError, ValueError, NoResultFound) as error:
            log.error(
                "unreadable_content", row=row.id, why=type(error).__name__
            )  # its words may quote the text
            self._finish(row, _result(row, OutboundState.FAILED, reason="rejected"))
            return None

    async def _start(self, loaded: Sequence[tuple[Claimed, Content]]) -> None:
        """Begins to send, each row by one of the senders."""
        await self.senders.refresh()
        liked = await self.senders.written_to([row for row, _ in loaded])
        groups: dict[Sender, list[tuple[Claimed, Content]]] = defaultdict(list)
        for row, content in loaded:
            groups[self.senders.pick(liked.get(row.id, ""))].append((row, content))
        await asyncio.gather(*(self._start_by(sender, some) for sender, some in groups.items()))

    async def _start_by(self, sender: Sender, loaded: Sequence[tuple[Claimed, Content]]) -> None:
        """Each row in its turn of the sender's pace; gives the rows back when no turn comes."""
        units = [self._units(row, content) for row, content in loaded]
        turn = await self._turn(sender, sum(units))
        if turn is None:
            for row, _ in loaded:
                self._leave(sender, row, self._spared(row, 0.0))
            return
        began, wait = time.monotonic(), turn.wait
        for (row, content), used in zip(loaded, units, strict=True):
            await self._room.acquire()
            task = asyncio.create_task(
                self._send(sender, row, content, began + wait - time.monotonic())
            )
            self._sending.add(task)
            task.add_done_callback(self._sent)
            wait += used / turn.rate

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._room.release()

    async def _turn(self, sender: Sender, units: int) -> paces.Turn | None:
        """When these units may be used; None when no turn came for a while."""
        end = time.monotonic() + GIVE_BACK[self.lanes]
        while time.monotonic() < end and not self._is_stopped:
            within = WITHIN[self.lanes]
            turn = await paces.take(
                self.runtime.redis, sender.key, sender.rate, units, within=within
            )
            if turn is not None:
                sender.pace = turn.rate
                return turn
            if len(self.senders.all) > 1 and (
                seconds := await paces.silence(self.runtime.redis, sender.key)
            ):
                sender.circuit.hush(seconds)  # asked of another worker; the other sender is free
                return None
            await asyncio.sleep(CLAIM_SECONDS / 4)
        return None

    async def _send(self, sender: Sender, row: Claimed, content: Content, wait: float) -> None:
        if wait > SHORTEST:
            await asyncio.sleep(wait)
        if sender.circuit.rest or (wait < -STALE and self.lanes == BULK):
            self._leave(sender, row, self._spared(row, self.senders.rest))
            return
        if reconcile.is_in_doubt(row):
            if result := await self._found(row, content):
                self._leave(sender, row, result)
                return
            row = replace(row, reason=None)  # nobody has it
        result = await self._try(sender, row, content)
        if result.reason == "unroutable" and (other := self.senders.another(sender)):
            result = await self._try_later(
                other, row, content
            )  # a country that one account may not write to
        self._finish(row, result)

    def _leave(self, sender: Sender, row: Claimed, result: Result) -> None:
        """A row that is not tried tells nothing about the sender."""
        sender.is_tried = False
        self._finish(row, result)

    async def _try(self, sender: Sender, row: Claimed, content: Content) -> Result:
        """Asks the provider to take it; what became of it."""
        began = time.monotonic()
        try:
            with metrics.SEND_SECONDS.labels(self.wire.channel).time():
                sent = await sender.send(
                    Outbound(row.id, row.address, row.form, content, row.replaces)
                )
        except SendError as error:
            refusal = error
        except Exception as error:  # noqa: BLE001  # one message that breaks us must not stop the rest
            log.error("send_broke", row=row.id, why=type(error).__name__, at=traces.origin(error))
            refusal = SendError("unknown", retry=0)
        else:
            self.senders.note(sender, time.monotonic() - began, has_failed=False)
            sender.circuit.succeed()
            return _taken(row, sent)
        self.senders.note(
            sender, time.monotonic() - began, has_failed=refusal.reason in errors.PROVIDER
        )
        return await self._failed(sender, row, refusal)

    async def _try_later(self, sender: Sender, row: Claimed, content: Content) -> Result:
        """The same in a turn of this sender's pace; the row waits in the queue when none comes."""
        turn = await self._turn(sender, self._units(row, content))
        if turn is None:
            return self._spared(row, 0.0)
        await asyncio.sleep(turn.wait)
        return await self._try(sender, row, content)

    def _units(self, row: Claimed, content: Content) -> int:
        """What it takes of the pace; an edit of a wrong message counts as a message."""
        return self.wire.units(content) + len(row.replaces)

    async def _found(self, row: Claimed, content: Content) -> Result | None:
        """What became of a row in doubt; None when it must be sent."""
        try:
            return await reconcile.look_up(self.runtime, row, content)
        except SendError:
            pass  # nobody to ask now
        except Exception as error:  # noqa: BLE001  # one message that breaks us must not stop the rest
            log.error(
                "look_up_broke", row=row.id, why=type(error).__name__, at=traces.origin(error)
            )
        return _result(
            row, OutboundState.QUEUED, reason=row.reason, due_at=self._in(again_in(row.attempts))
        )

    async def _failed(self, sender: Sender, row: Claimed, error: SendError) -> Result:
        metrics.SEND_ERRORS.labels(self.wire.channel, error.reason).inc()
        if error.reason in errors.PROVIDER:
            sender.circuit.fail(error.reason)
        else:
            sender.circuit.succeed()
        if error.reason == "flood" and error.retry:
            sender.circuit.hush(error.retry)
            await paces.hold(self.runtime.redis, sender.key, error.retry)
            return self._spared(row, self.senders.rest)
        if error.reason in ("unavailable", "credentials") and sender.circuit.is_doubtful:
            return self._spared(row, self.senders.rest)
        if error.retry is None or row.attempts >= outbox.ATTEMPTS:
            return _result(row, OutboundState.FAILED, reason=error.reason, stop=error.stop)
        wait, why = max(again_in(row.attempts), error.retry), _doubt(row) or error.reason
        return _result(row, OutboundState.QUEUED, reason=why, due_at=self._in(wait))

    def _spared(self, row: Claimed, seconds: float) -> Result:
        """Back into the queue; it was not the message's fault."""
        return _result(
            row, OutboundState.QUEUED, reason=_doubt(row), due_at=self._in(seconds), spared=True
        )

    def _in(self, seconds: float) -> datetime:
        return self.runtime.clock() + timedelta(seconds=seconds)

    def _finish(self, row: Claimed, result: Result) -> None:
        self._done.append((row, result))
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark())

    async def _mark(self) -> None:
        """Marks what is done, again and again until the database takes it: an unmarked row would go out twice."""
        while self._done:
            await asyncio.sleep(GATHER / 2)
            some, self._done = self._done, []
            try:
                async with self.runtime.db.begin() as session:
                    await outbox.mark(session, [result for _, result in some], self.runtime.clock())
            except Exception as error:  # noqa: BLE001  # whatever it was, these rows are kept
                log.error(
                    "not_marked", rows=len(some), why=type(error).__name__, at=traces.origin(error)
                )
                self._done = some + self._done
                await asyncio.sleep(LOOK)
            else:
                await self._tell(some)

    async def _tell(self, some: Sequence[Done]) -> None:
        self._progress.note({row.broadcast_id for row, _ in some if row.broadcast_id})
        for row, result in some:
            metrics.OUTBOUND.labels(self.wire.channel, result.state).inc()
            if row.channel is Channel.PHONE:
                await bells.announce(self.runtime.redis, f"phone:{row.address_id}")
        self.bell.set()  # the next reply of the same person was waiting for this one


def again_in(attempts: int) -> float:
    """Seconds until a message is tried again: doubling from 3 s to an hour, a fifth more or less."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311


def _doubt(row: Claimed) -> str | None:
    """Why it may have gone out already: that stays true while it is tried again."""
    return row.reason if row.reason in outbox.PERHAPS else None


def _taken(row: Claimed, sent: Sent) -> Result:
    state = OutboundState.DELIVERED if sent.delivered else OutboundState.SENT
    return _result(
        row, state, provider_id=sent.provider_id, parts=sent.parts, sender=sent.sender or None
    )


def _result(row: Claimed, state: OutboundState, **more: Any) -> Result:
    return Result(row.id, row.address_id, state, **more)
