"""The cases that need somebody now: every page of the console says how many."""

from __future__ import annotations

from datetime import datetime

from bot.consular.crises import clocks
from bot.consular.crises.clocks import Alarm
from bot.models import Staff
from bot.runtime.runtime import Runtime


async def look(runtime: Runtime, account: Staff, now: datetime) -> Alarm:
    """Count the cases that need somebody, of those that the account sees."""
    async with runtime.db.read() as session:
        return await clocks.alarm(session, account, now)
