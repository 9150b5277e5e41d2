"""Whoever agreed before the update agreed to the first words; households go and come with it."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select

from bot.consular.people import household
from bot.migrations import migrate
from bot.models import ConsentGiven, HouseholdMember
from bot.runtime.runtime import Runtime
from tests import builders
from tests.migrations.test_migrations import _config


async def test_consents_come_along_there_and_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        agreed = await builders.person(session, now, "telegram:1", consented_at=now)
        await builders.person(session, now, "telegram:2", consented_at=None)
        await household.tell(session, agreed, {"members": [{"relation": "wife"}]}, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        consents = list(await session.scalars(select(ConsentGiven)))
        assert [(given.person_id, given.version) for given in consents] == [(agreed.id, 1)]
        assert consents[0].agreed_at == now
        assert list(await session.scalars(select(HouseholdMember))) == []
        await household.tell(session, agreed, {"members": [{"relation": "wife"}]}, now)
        assert len((await household.of(session, agreed.id)).members) == 1
