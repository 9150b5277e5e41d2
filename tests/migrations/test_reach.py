"""What was sent before stays readable, and a change of a country is forgotten on the way back."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from bot.consular.broadcasts import fan_out
from bot.consular.changes import changes
from bot.consular.changes.kinds import PriceChange, ReachChange
from bot.messages import Form
from bot.migrations import migrate
from bot.models import Broadcast, Change, ChangeKind
from bot.runtime.runtime import Runtime
from tests import builders
from tests.migrations.test_migrations import _config


async def test_broadcasts_and_other_changes_come_along_there_and_back(runtime: Runtime) -> None:
    now = runtime.clock()
    broadcast_id = await builders.broadcast(runtime, "sms:+971501234567")
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await changes.propose(session, team.admin, PriceChange("LY", 9000), now)
        reach = ReachChange("AE", "whatsapp", "yes", "a colleague", "2026-01-01")
        await changes.propose(session, team.officer, reach, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0027"))
    async with runtime.db.writer.connect() as connection:
        tables = await connection.run_sync(lambda c: inspect(c).get_table_names())
        assert "reach_cells" not in tables
        with pytest.raises(IntegrityError):
            await connection.execute(text("UPDATE changes SET kind = 'reach'"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        change = (await session.scalars(select(Change))).one()
        assert change.kind is ChangeKind.PRICE
        broadcast = await session.get_one(Broadcast, broadcast_id)
        assert broadcast.sms_ways is None
        content = fan_out.content(broadcast, "en", Form.TEXT, "AE")
        assert content.text == builders.CONTENTS["en"]["text"]["text"]
