"""The worker plays the exercises under way: invented people write, and are answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from bot.consular.drills import drills, scenarios
from bot.conversation.understanding import Understander, understand
from bot.models import CheckIn, OutboundMessage, OutboundState
from bot.runtime.runtime import Runtime
from bot.worker import loop
from tests import builders
from tests.channels_on import RunningClock
from tests.waiting import until

PEOPLE = 20


async def test_invented_people_write_in_their_time_and_are_answered(runtime: Runtime) -> None:
    clock = RunningClock()
    running = replace(runtime, clock=clock)
    began = clock() - timedelta(minutes=20)
    async with runtime.db.begin() as session:
        team = await builders.team(session, began)
        khartoum = scenarios.load(scenarios.find("khartoum"))
        crisis = await drills.start(session, team.officer, khartoum, PEOPLE, 1, began)

    async def are_answered() -> bool:
        async with runtime.db.read() as session:
            answers = select(func.count()).where(CheckIn.crisis_id == crisis.id)
            replies = select(func.count()).where(
                OutboundMessage.state == OutboundState.DELIVERED,
                OutboundMessage.inbound_id.is_not(None),
            )
            has_answers = (await session.scalar(answers) or 0) >= PEOPLE // 4
            return has_answers and (await session.scalar(replies) or 0) >= PEOPLE // 4

    stop = asyncio.Event()
    exact = partial(understand, Understander())
    task = asyncio.create_task(loop.run(running, stop, exact))
    try:
        await until(are_answered)
    finally:
        stop.set()
        await task
