"""Records that were merged stay one when the schema goes back and forth; nobody is lost."""

from __future__ import annotations

from datetime import datetime

from alembic import command
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import linking, merging, splitting
from bot.migrations import migrate
from bot.models import Address, LinkCode, Merge, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.migrations.test_migrations import _config


async def two_records(session: AsyncSession, now: datetime) -> tuple[Person, int]:
    """Add a person, and a merge into their record; return the merge's number as well."""
    person = await builders.person(session, now, "telegram:1", name="سالم")
    duplicate = await builders.person(session, now, "sms:+218910000001")
    merged = await merging.merge(session, person, duplicate.id, "system", now)
    return person, merged.id


async def test_people_come_along_and_merges_are_undone_afterwards(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person, _merge_id = await two_records(session, now)
        await linking.code_of(session, person, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        assert list(await session.scalars(select(Merge))) == []
        assert list(await session.scalars(select(LinkCode))) == []
        people = list(await session.scalars(select(Person)))
        assert [(record.id, record.name) for record in people] == [(person.id, "سالم")]
        owners = list(await session.scalars(select(Address.person_id)))
        assert owners == [person.id, person.id]
        newer = await builders.person(session, now, "telegram:9")
        merged = await merging.merge(session, people[0], newer.id, "system", now)
        back = await splitting.undo(session, merged.id, "system", now)
        assert back.id == newer.id
