"""People come along with the tables of trips; going back, where they are stays."""

from __future__ import annotations

from alembic import command

from bot.migrations import migrate
from bot.models import Person, Residence, Trip
from bot.runtime.runtime import Runtime
from tests import travelling
from tests.migrations.test_migrations import _config
from tests.travelling import DAY


async def test_people_stay_where_they_are_there_and_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, now)
        await travelling.plan(session, person, "MT", now.date(), now.date() + DAY, now)
    await travelling.go_on(runtime, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        moved = await session.get_one(Person, person.id)
        assert moved.country == "MT"
        assert await session.get(Residence, person.id) is None
        trip = await travelling.plan(session, moved, "IT", now.date(), None, now)
        assert (await session.get_one(Trip, trip.id)).country == "IT"
