"""Other changes come along there and back; those of the directory are forgotten with it."""

from __future__ import annotations

from alembic import command
from sqlalchemy import inspect, select

from bot.consular.changes import changes
from bot.consular.changes.kinds import OrganisationEntry, OrganisationRemoval, PriceChange
from bot.migrations import migrate
from bot.models import Change, ChangeKind
from bot.runtime.runtime import Runtime
from tests import builders, organising
from tests.migrations.test_migrations import _config


async def test_other_changes_come_along_there_and_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        kept = await organising.kept(session, organising.entry(), now)
        await changes.propose(session, team.admin, PriceChange("LY", 9000), now)
        removal = OrganisationRemoval(kept.id, "it closed")
        await changes.propose(session, team.officer, removal, now)
        entry = OrganisationEntry(None, organising.other(0))
        await changes.propose(session, team.officer, entry, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0037"))
    async with runtime.db.writer.connect() as connection:
        tables = await connection.run_sync(lambda c: inspect(c).get_table_names())
        assert "organisations" not in tables
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        change = (await session.scalars(select(Change))).one()
        assert change.kind is ChangeKind.PRICE
        again = await organising.kept(session, organising.entry(), now)
        assert again.contact_name == "نجوى الورفلي"
