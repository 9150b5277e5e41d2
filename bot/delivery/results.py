"""What became of claimed rows: the results, and their writer, which marks many rows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot import outbox
from bot.delivery.progress import Progress
from bot.messages import Channel, Sent
from bot.models import OutboundState
from bot.outbox import Claimed, Result, tallies
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.signals import bells

GATHER_SECONDS = 0.01  # in which more results gather, so that one statement marks several rows
RETRY_SECONDS = 1.0  # before results that the database did not take are written again

log = structlog.get_logger(__name__)


def taken(message: Claimed, sent: Sent) -> Result:
    """Return the result of a row that the provider took."""
    return Result(
        message.id,
        message.address_id,
        OutboundState.DELIVERED if sent.delivered else OutboundState.SENT,
        provider_id=sent.provider_id,
        parts=sent.parts,
        sender=sent.sender or None,
    )


def failed(message: Claimed, reason: str, *, stop: bool = False) -> Result:
    """Return the result of a row that is given up; `stop`: nothing more may go to its address."""
    return Result(
        message.id,
        message.address_id,
        OutboundState.FAILED,
        reason=reason,
        stop=stop,
    )


def queued(message: Claimed, reason: str | None, due_at: datetime) -> Result:
    """Return the result of a row that is tried again later."""
    return Result(
        message.id,
        message.address_id,
        OutboundState.QUEUED,
        reason=reason,
        due_at=due_at,
    )


def spared(message: Claimed, due_at: datetime) -> Result:
    """Return the result of a row that goes back into the queue through no fault of its message."""
    return Result(
        message.id,
        message.address_id,
        OutboundState.QUEUED,
        reason=doubt(message),
        due_at=due_at,
        spared=True,
    )


def doubt(message: Claimed) -> str | None:
    """Return why a row may have gone out already: that stays true while it is tried again."""
    return message.reason if message.reason in outbox.DOUBT_REASONS else None


class ResultWriter:
    """Marks what became of rows of a channel, many at once, and tells those who wait for it."""

    def __init__(
        self,
        runtime: Runtime,
        channel: Channel,
        progress: Progress,
        bell: asyncio.Event,
    ) -> None:
        self._runtime = runtime
        self._channel = channel
        self._progress = progress
        self._bell = bell
        self._unwritten: list[tuple[Claimed, Result]] = []
        self._writing: asyncio.Task[None] | None = None

    def add(self, message: Claimed, result: Result) -> None:
        """Take a result; it is written within a moment."""
        self._unwritten.append((message, result))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def settle(self) -> None:
        """Wait until all results are written."""
        if self._writing:
            await self._writing

    def cancel(self) -> None:
        """Write nothing more; the sweep requeues rows that stay unmarked."""
        if self._writing:
            self._writing.cancel()

    async def _write(self) -> None:
        """Mark rows until the database took them all: an unmarked row would go out twice."""
        while self._unwritten:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._unwritten = self._unwritten, []
            try:
                await self._mark(batch)
            except Exception as error:  # noqa: BLE001  # whatever it was, these results are kept
                origin = traces.origin(error)
                log.error("not_marked", rows=len(batch), why=type(error).__name__, at=origin)
                self._unwritten = batch + self._unwritten
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await self._tell(batch)

    async def _mark(self, batch: Sequence[tuple[Claimed, Result]]) -> None:
        """Mark rows; those that left by SMS are counted with them, for what they cost."""
        now = self._runtime.clock()
        async with self._runtime.db.begin() as session:
            await outbox.mark(session, [result for _, result in batch], now)
            if self._channel is Channel.SMS:
                await tallies.count_sent(session, batch, now)

    async def _tell(self, batch: Sequence[tuple[Claimed, Result]]) -> None:
        """Count the results, and tell open pages and the dispatcher."""
        self._progress.note({message.broadcast_id for message, _ in batch if message.broadcast_id})
        for message, result in batch:
            metrics.OUTBOUND.labels(self._channel, result.state).inc()
            if message.channel is Channel.PHONE:
                await bells.announce(self._runtime.redis, f"phone:{message.address_id}")
        self._bell.set()  # the next reply to the same person waited for this one
