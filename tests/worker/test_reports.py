"""The worker makes the situation reports that are due."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from bot.consular.crises import sitreps
from bot.conversation.understanding import Understander, understand
from bot.models import Crisis, SitRep
from bot.runtime.runtime import Runtime
from bot.worker import loop
from tests import builders
from tests.channels_on import RunningClock, with_channels
from tests.servers.telegram import Telegram
from tests.waiting import until


async def test_a_crisis_that_is_due_reports_once(runtime: Runtime, bot_api: Telegram) -> None:
    live = with_channels(runtime, bot_api, clock=RunningClock())
    now = live.clock()
    async with live.db.begin() as session:
        team = await builders.team(session, now)
        due = await builders.earthquake(session, team.officer, now - timedelta(hours=6))
        quiet = await builders.earthquake(session, team.officer, now - timedelta(hours=6))
        await sitreps.schedule(session, team.officer, due, 6, now)

    async def reports() -> list[tuple[int, int, int | None]]:
        query = select(SitRep.crisis_id, SitRep.number, SitRep.made_by)
        async with live.db.read() as session:
            return [(row[0], row[1], row[2]) for row in await session.execute(query)]

    stop = asyncio.Event()
    work = asyncio.create_task(loop.run(live, stop, partial(understand, Understander())))
    try:
        await until(reports)
    finally:
        stop.set()
        await work
    assert await reports() == [(due.id, 1, None)]
    async with live.db.read() as session:
        assert await sitreps.due(session, live.clock()) == []
        assert (await session.get_one(Crisis, quiet.id)).sitrep_hours == 0
