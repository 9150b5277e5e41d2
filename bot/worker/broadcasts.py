"""Jobs for broadcasts: fan-out in slices, and people who come into an audience later."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from bot import delivery
from bot.consular.advisories import course, progress
from bot.consular.broadcasts import fan_out
from bot.models import Broadcast
from bot.runtime import metrics
from bot.signals import bells
from bot.worker.jobs import always, every
from bot.worker.worker import Worker

MIN_SLICE = 200  # recipients fanned out in one transaction
MAX_SLICE = 5000
SLICE_SECONDS = 0.3  # for one slice: a cancel waits for it
MAX_GROWTH = 2.0  # of a slice over the one before it
JOINERS_SECONDS = 5.0  # between looks for people who came into the audience of an advisory


@always
async def fan_out_broadcasts(worker: Worker) -> None:
    """Make the rows of open broadcasts, slice by slice, the most urgent first."""
    size = MIN_SLICE
    while True:
        worker.fan_out_bell.clear()
        seconds = await _fan_out_slice(worker, size)
        while seconds is not None:
            worker.wake()
            size = fitting(size, seconds)
            seconds = await _fan_out_slice(worker, size)
        with suppress(TimeoutError):
            await asyncio.wait_for(worker.fan_out_bell.wait(), delivery.LOOK_SECONDS)


async def _fan_out_slice(worker: Worker, size: int) -> float | None:
    """Fan out one slice of the most urgent broadcast; its seconds, None without a broadcast."""
    runtime = worker.runtime
    clock = asyncio.get_running_loop().time
    async with runtime.db.read() as session:
        open_broadcasts = await fan_out.open_ones(session, runtime.clock())
        broadcast_ids = [broadcast.id for broadcast in open_broadcasts]
    if not broadcast_ids:
        return None
    broadcast_id = broadcast_ids[0]
    began = clock()
    async with runtime.db.begin() as session:
        broadcast = await session.get_one(Broadcast, broadcast_id)
        await fan_out.fan_out(
            session,
            broadcast,
            size,
            runtime.clock(),
        )
    seconds = clock() - began
    worker.progress.note([broadcast_id])
    await bells.ring(runtime.redis, "out")
    return seconds


def fitting(size: int, seconds: float) -> int:
    """Choose the recipients of the next slice, when one of this size took so many seconds."""
    growth = min(MAX_GROWTH, SLICE_SECONDS / max(seconds, 1e-3))
    return max(MIN_SLICE, min(MAX_SLICE, int(size * growth)))


@every(seconds=JOINERS_SECONDS)
async def add_joiners(worker: Worker) -> None:
    """Send an advisory that still holds to people who registered or moved into its audience."""
    runtime = worker.runtime
    now = runtime.clock()
    since = now - timedelta(seconds=JOINERS_SECONDS)
    async with runtime.db.read() as session:
        awaiting = await fan_out.awaiting_joiners(session, since, now)
        broadcast_ids = [broadcast.id for broadcast in awaiting]
    for broadcast_id in broadcast_ids:
        async with runtime.db.begin() as session:
            broadcast = await session.get_one(Broadcast, broadcast_id)
            joined = await fan_out.add_joiners(session, broadcast, now)
        if joined:
            worker.progress.note([broadcast_id])
            await bells.ring(runtime.redis, "out")


@every(seconds=1)
async def settle_advisories(worker: Worker) -> None:
    """Move on the advisories that are due, sent or over."""
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        advisory_ids = await progress.settle(session, runtime.clock())
    if not advisory_ids:
        return
    for advisory_id in advisory_ids:
        await bells.announce(runtime.redis, f"advisory:{advisory_id}")
    async with runtime.db.read() as session:
        firsts = await course.firsts(session, advisory_ids)
    for seconds in firsts:
        metrics.FIRST_SECONDS.observe(seconds)


JOBS = (fan_out_broadcasts, add_joiners, settle_advisories)
