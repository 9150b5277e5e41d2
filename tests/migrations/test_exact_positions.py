"""Exact positions of people whom nobody looks after are forgotten; those of open cases stay."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select

from bot.consular.crises import cases
from bot.migrations import migrate
from bot.models import CaseKind, Person
from bot.runtime.runtime import Runtime
from tests import builders, closing
from tests.migrations.test_migrations import _config

EXACT = "41.013842,28.949661"
ROUNDED = "41.01,28.95"


async def test_only_positions_that_a_case_needs_come_along(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for _ in range(4):
            await builders.person(session, now, location=EXACT, position=ROUNDED)
        _calm, looked_after, closed, held = await session.scalars(
            select(Person).order_by(Person.id)
        )
        await cases.open_case(session, looked_after, CaseKind.LIFE, "محاصرون", now)
        for person in (closed, held):
            case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
            await closing.close_case(session, team.officer, case, now)
        case.held_at = now
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        kept = list(await session.scalars(select(Person).order_by(Person.id)))
    assert [person.location for person in kept] == [None, EXACT, None, EXACT]
    assert {person.position for person in kept} == {ROUNDED}
