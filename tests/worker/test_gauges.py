"""The worker measures the queues: how many rows wait in each lane, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from prometheus_client import REGISTRY
from sqlalchemy import update

from bot.conversation.understanding import Understander, understand
from bot.models import Lane, OutboundMessage
from bot.runtime.runtime import Runtime
from bot.worker import loop
from tests import builders
from tests.channels_on import RunningClock, with_channels
from tests.servers.telegram import Telegram
from tests.waiting import until


def queued(lane: Lane) -> float | None:
    """What Prometheus is told of the SMS that wait in a lane."""
    labels = {"channel": "sms", "lane": str(lane.value)}
    return REGISTRY.get_sample_value("tammen_outbound_queued", labels)


def age_seconds(lane: Lane) -> float | None:
    labels = {"channel": "sms", "lane": str(lane.value)}
    return REGISTRY.get_sample_value("tammen_outbound_age_seconds", labels)


@asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """A worker without an SMS provider: what is queued for SMS stays there."""
    stop = asyncio.Event()
    work = asyncio.create_task(loop.run(runtime, stop, partial(understand, Understander())))
    try:
        yield
    finally:
        stop.set()
        await work


async def test_rows_that_wait_are_measured_by_lane(runtime: Runtime, bot_api: Telegram) -> None:
    only_telegram = with_channels(runtime, bot_api, clock=RunningClock())
    await builders.broadcast(only_telegram, *(f"sms:+2189100007{number:02}" for number in range(3)))
    await builders.reply(only_telegram, "sms:+218910000799")
    async with only_telegram.db.begin() as session:
        due_at = only_telegram.clock() - timedelta(minutes=10)
        await session.execute(update(OutboundMessage).values(due_at=due_at))
    async with working(only_telegram):
        await until(lambda: queued(Lane.ADVISORY) == 3)
        assert queued(Lane.REPLY) == 1
        assert queued(Lane.CRISIS) is None
        age = age_seconds(Lane.ADVISORY)
    assert age is not None
    assert 600 <= age < 700


async def test_an_empty_queue_is_not_measured_as_it_was(
    runtime: Runtime, bot_api: Telegram
) -> None:
    only_telegram = with_channels(runtime, bot_api, clock=RunningClock())
    await builders.broadcast(only_telegram, "sms:+218910000701")
    async with working(only_telegram):
        await until(lambda: queued(Lane.ADVISORY) == 1)
    async with only_telegram.db.begin() as session:
        await session.execute(update(OutboundMessage).values(lane=Lane.CRISIS))
    async with working(only_telegram):
        await until(lambda: queued(Lane.CRISIS) == 1)
        assert queued(Lane.ADVISORY) is None
