"""People registered before the update are asked and counted after it, there and back."""

from __future__ import annotations

from alembic import command

from bot.consular.people import communities, confirmations
from bot.consular.reference import estimates
from bot.migrations import migrate
from bot.models import Confirmer, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.freshening import ask, registered
from tests.migrations.test_migrations import _config


async def test_places_told_before_the_update_stay_there_and_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await registered(session, now, 200, "telegram:1")
        await estimates.set_estimate(
            session, team.officer, "TR", "100", "census", "2026-01-31", now
        )
    assert await ask(runtime) == 1
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        same = await session.get_one(Person, person.id)
        told = await confirmations.latest(session, same)
        counted = await communities.by_country(session, team.officer, now)
    assert told is not None
    assert (told.at, told.confirmer) == (person.placed_at, Confirmer.PERSON)
    assert [(each.country, each.doubtful, each.estimate) for each in counted] == [("TR", 1, None)]
    assert await ask(runtime) == 1
