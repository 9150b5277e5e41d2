"""The dispatcher of a group of lanes: it claims rows and starts their sends side by side."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import structlog
from sqlalchemy.exc import NoResultFound

from bot import outbox
from bot.delivery import results
from bot.delivery.attempts import Attempts
from bot.delivery.contents import Contents, UnsendableError
from bot.delivery.groups import LaneGroup
from bot.delivery.progress import Progress
from bot.delivery.results import ResultWriter
from bot.delivery.senders import Sender
from bot.delivery.wires import Wire
from bot.messages import Content
from bot.outbox import Claimed
from bot.runtime.breaker import Breaker
from bot.runtime.runtime import Runtime

CLAIM_SECONDS = 0.2  # of the pace are claimed at once
MAX_CLAIMED_ROWS = 500
LOOK_SECONDS = 1.0  # between looks at the queue when no bell rings
GATHER_SECONDS = 0.02  # in which more rows gather, so that one statement claims several
SHORTEST_WAIT_SECONDS = 0.002  # below it a timer is not exact

# What a row raises whose content cannot be read.
UNREADABLE = (LookupError, TypeError, ValueError, NoResultFound)

Load = tuple[Claimed, Content]

log = structlog.get_logger(__name__)


class Dispatcher:
    """Claims rows of a group of lanes of a channel, and sends each in its turn of the pace."""

    def __init__(
        self,
        runtime: Runtime,
        wire: Wire,
        group: LaneGroup,
        progress: Progress,
    ) -> None:
        self.wire = wire
        self.group = group
        self.bell = asyncio.Event()
        self._runtime = runtime
        self._contents = Contents(runtime)
        self._attempts = Attempts(runtime, wire, group)
        self._writer = ResultWriter(runtime, wire.channel, progress, self.bell)
        self._room = asyncio.Semaphore(group.max_in_flight)
        self._sends: set[asyncio.Task[None]] = set()
        self._claim_lock = asyncio.Lock()

    def __str__(self) -> str:
        return f"{self.wire.channel.value} {self.group.name}"

    @property
    def breaker(self) -> Breaker:
        """The breaker of the sender that takes everything at rest."""
        return self.wire.senders.all[0].breaker

    async def run(self) -> None:
        """Claim and send until stopped. Raises what the database raises when it is away."""
        senders = self.wire.senders
        while not self._attempts.is_stopped:
            self.bell.clear()
            rest_seconds = senders.rest_seconds
            if rest_seconds:
                await asyncio.sleep(min(rest_seconds, LOOK_SECONDS))
                continue
            row_count = await self.step()
            if not row_count:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.bell.wait(), LOOK_SECONDS)
            elif senders.is_doubtful:
                await self.settle()  # the answer to one message tells whether the provider is back
            if row_count < self._claim_limit():
                await asyncio.sleep(GATHER_SECONDS)

    def stop(self) -> None:
        """Claim nothing more."""
        self._attempts.is_stopped = True
        self.bell.set()

    async def step(self) -> int:
        """Claim rows once and start their sends; return how many there were."""
        async with self._claim_lock:
            rows = await self._claim()
            loads = []
            for message in rows:
                content = await self._read(message)
                if content is not None:
                    loads.append((message, content))
            if loads:
                await self._start(loads)
            return len(rows)

    async def settle(self) -> None:
        """Wait until every send under way has ended and is marked."""
        while self._sends:
            await asyncio.wait(self._sends)
        await self._writer.settle()

    async def drain(self, seconds: float) -> None:
        """Send and mark what was claimed before `stop`; leave what takes longer to the sweep."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._claim_lock:
                await self.settle()
        for send in self._sends:
            send.cancel()
        self._writer.cancel()

    def _claim_limit(self) -> int:
        """Return how many rows to claim at once: what leaves in a moment, one while in doubt."""
        if self.wire.senders.is_doubtful:
            return 1
        row_count = int(self.wire.senders.pace * CLAIM_SECONDS)
        return max(1, min(MAX_CLAIMED_ROWS, row_count))

    async def _claim(self) -> list[Claimed]:
        channel, lanes = self.wire.channel, self.group.lanes
        now = self._runtime.clock()
        async with self._runtime.db.begin() as session:
            return await outbox.claim(
                session,
                channel,
                lanes,
                self._claim_limit(),
                now,
            )

    async def _read(self, message: Claimed) -> Content | None:
        """Read what a row says; a row that cannot be read fails alone."""
        try:
            return await self._contents.of(message)
        except UnsendableError as error:
            self._writer.add(message, results.failed(message, error.reason))
            return None
        except UNREADABLE as error:
            # not the error's own words: they may quote the text
            log.error("unreadable_content", row=message.id, why=type(error).__name__)
            self._writer.add(message, results.failed(message, "rejected"))
            return None

    async def _start(self, loads: Sequence[Load]) -> None:
        """Start to send rows, each by one of the senders."""
        senders = self.wire.senders
        await senders.refresh()
        loads_by_sender: dict[Sender, list[Load]] = defaultdict(list)
        for message, content in loads:
            sender = senders.pick(message.preferred_sender or "")
            loads_by_sender[sender].append((message, content))
        starts = [self._start_by(sender, own) for sender, own in loads_by_sender.items()]
        await asyncio.gather(*starts)

    async def _start_by(self, sender: Sender, loads: Sequence[Load]) -> None:
        """Start each row in its turn of the sender's pace; give all back when no turn comes."""
        units = [self._attempts.count_units(message, content) for message, content in loads]
        turn = await self._attempts.take_turn(sender, sum(units))
        if turn is None:
            for message, _ in loads:
                self._give_back(sender, message, 0.0)
            return
        start_at = self._runtime.clock.monotonic() + turn.wait
        for (message, content), row_units in zip(loads, units, strict=True):
            await self._room.acquire()
            send = asyncio.create_task(self._send(sender, message, content, start_at))
            self._sends.add(send)
            send.add_done_callback(self._end_send)
            start_at += row_units / turn.rate

    def _end_send(self, send: asyncio.Task[None]) -> None:
        self._sends.discard(send)
        self._room.release()

    async def _send(
        self,
        sender: Sender,
        message: Claimed,
        content: Content,
        start_at: float,
    ) -> None:
        """Send a row at its moment, in monotonic seconds."""
        wait_seconds = start_at - self._runtime.clock.monotonic()
        if wait_seconds > SHORTEST_WAIT_SECONDS:
            await asyncio.sleep(wait_seconds)
        if sender.breaker.rest_seconds or self._is_late(wait_seconds):
            self._give_back(sender, message, self.wire.senders.rest_seconds)
            return
        result = await self._attempts.make(sender, message, content)
        self._writer.add(message, result)

    def _is_late(self, wait_seconds: float) -> bool:
        limit = self.group.late_limit_seconds
        return limit is not None and wait_seconds < -limit

    def _give_back(self, sender: Sender, message: Claimed, seconds: float) -> None:
        """Put a row back untried; it tells nothing about the sender."""
        sender.is_tried = False
        self._writer.add(message, self._attempts.spare(message, seconds))
