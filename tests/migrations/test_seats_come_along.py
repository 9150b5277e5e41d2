"""Whoever asked to leave before the update waits for a seat after it; a change stays there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from bot.consular.changes import changes
from bot.consular.changes.kinds import PriceChange
from bot.consular.crises import checkins, seats
from bot.migrations import migrate
from bot.models import Change, ChangeState, CheckInStatus, Seat, SeatState
from bot.runtime.runtime import Runtime
from tests import builders, evacuating
from tests.migrations.test_migrations import _config


async def test_wishes_come_along_and_changes_stay_there_and_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.earthquake(session, team.officer, now)
        first = await evacuating.household(session, now, 2, "telegram:1")
        later = now + timedelta(hours=1)
        second = await evacuating.household(session, later, 1, "telegram:2")
        calm = await builders.person(session, now, "telegram:3")
        await checkins.record(session, calm, CheckInStatus.SAFE, "telegram", now)
        await changes.propose(session, team.admin, PriceChange("LY", 9000), now)
        await session.execute(delete(Seat))
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0022"))
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        waiting = list(await session.scalars(select(Seat).order_by(Seat.asked_at)))
        assert [seat.person_id for seat in waiting] == [first.person_id, second.person_id]
        assert [seat.asked_at for seat in waiting] == [now, later]
        assert {seat.state for seat in waiting} == {SeatState.WAITING}
        await seats.describe(session, team.officer, waiting[0], None, False, "", "كرسي", now)
        change = (await session.scalars(select(Change))).one()
        assert (change.state, change.proposed["micros"]) == (ChangeState.WAITING, 9000)
    async with runtime.db.read() as session:
        described = await session.get_one(Seat, waiting[0].id)
        assert described.needs == "كرسي"
    async with runtime.db.writer.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(text("UPDATE changes SET kind = 'gone'"))
