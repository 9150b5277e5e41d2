"""Jobs for messages: turns for those who wrote, rows of dead workers, endings, gauges."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot import outbox
from bot.inbox import rows
from bot.messages import Channel
from bot.models import Broadcast, Lane
from bot.runtime import metrics
from bot.signals import bells
from bot.worker.jobs import always, every
from bot.worker.worker import Worker

OVERDUE = timedelta(seconds=3)  # a message that waits longer has lost its bell
OVERDUE_WHEN_FULL = timedelta(seconds=30)  # then the message may still be in the queue
LOST = timedelta(seconds=60)  # longer than any send takes: its worker is dead
MAX_PEOPLE = 200  # in a sweep

log = structlog.get_logger(__name__)


@always
async def hear_people(worker: Worker) -> None:
    """Begin a turn with each person who wrote."""
    async for person_ids in bells.bells(worker.runtime.redis, "in"):
        await worker.turns.begin(person_ids)


@always
async def hear_senders(worker: Worker) -> None:
    """Wake the dispatchers when something was queued."""
    async for lanes in bells.bells(worker.runtime.redis, "out"):
        worker.wake(only_replies=set(lanes) == {Lane.REPLY})


@every(seconds=1)
async def sweep(worker: Worker) -> None:
    """Begin a turn with each person whose bell was lost."""
    runtime = worker.runtime
    overdue = OVERDUE_WHEN_FULL if worker.turns.is_full else OVERDUE
    before = runtime.clock() - overdue
    async with runtime.db.read() as session:
        person_ids = await rows.waiting(session, before, MAX_PEOPLE)
    metrics.WAITING.set(len(person_ids))
    await worker.turns.begin(person_ids)


@every(seconds=10)
async def requeue(worker: Worker) -> None:
    """Queue the rows of dead workers again."""
    await _requeue_claimed(worker, worker.runtime.clock() - LOST)


async def recover(worker: Worker) -> None:
    """Queue what a dead worker was sending, at the start.

    SQLite has one worker, so any row that is being sent belongs to one that died.
    """
    runtime = worker.runtime
    if runtime.db.is_sqlite:
        await _requeue_claimed(worker, runtime.clock() + timedelta(seconds=1))


async def _requeue_claimed(worker: Worker, before: datetime) -> None:
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        count = await outbox.requeue_lost(session, before, runtime.clock())
    if count:
        metrics.REQUEUED.inc(count)
        log.warning("rows_requeued", rows=count)
        worker.wake()


@every(seconds=10)
async def fall_back(worker: Worker) -> None:
    """Send a severe advisory by SMS where Telegram fails somebody."""
    runtime = worker.runtime
    breakers = {dispatcher.wire.channel: dispatcher.breaker for dispatcher in worker.dispatchers}
    if Channel.TELEGRAM not in breakers or Channel.SMS not in breakers:
        return
    telegram = breakers[Channel.TELEGRAM]
    async with runtime.db.read() as session:
        severe = await outbox.severe(session, runtime.clock())
    for broadcast in severe:
        is_away = telegram.is_away(broadcast.fallback_after or 0)
        await _fall_back(worker, broadcast, is_away=is_away)


async def _fall_back(
    worker: Worker,
    broadcast: Broadcast,
    *,
    is_away: bool,
) -> None:
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        count = await outbox.fall_back(
            session,
            broadcast,
            is_away,
            runtime.clock(),
        )
    if count:
        log.info("fell_back_to_sms", broadcast=broadcast.id, rows=count)
        metrics.FALLBACKS.labels(Channel.SMS).inc(count)
        worker.progress.note([broadcast.id])
        await bells.ring(runtime.redis, "out")


@every(seconds=1)
async def end(worker: Worker) -> None:
    """End what is queued of broadcasts that were cancelled or are over, slice by slice."""
    runtime = worker.runtime
    async with runtime.db.read() as session:
        ending = await outbox.over(session, runtime.clock())
    for broadcast_id, state in ending.items():
        count = 1
        while count:
            async with runtime.db.begin() as session:
                count = await outbox.end(
                    session,
                    broadcast_id,
                    state,
                    runtime.clock(),
                )
        worker.progress.note([broadcast_id])


@every(seconds=15)
async def measure_queues(worker: Worker) -> None:
    """Set the gauges of the queues for Prometheus."""
    runtime = worker.runtime
    now = runtime.clock()
    async with runtime.db.read() as session:
        backlogs = await outbox.backlog(session, now)
    metrics.QUEUE_LENGTH.clear()
    metrics.QUEUE_AGE.clear()
    for backlog in backlogs:
        age = now - backlog.oldest
        metrics.QUEUE_LENGTH.labels(backlog.channel, backlog.lane).set(backlog.count)
        metrics.QUEUE_AGE.labels(backlog.channel, backlog.lane).set(age.total_seconds())


JOBS = (hear_people, hear_senders, sweep, requeue, fall_back, end, measure_queues)
