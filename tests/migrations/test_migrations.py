"""The schema: migrations make what the models say, and bring what is there along."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.migrations import migrate
from bot.models import Base, InboundMessage, InboundState, OutboundMessage, OutboundState
from bot.runtime.database import open_database
from bot.runtime.runtime import Runtime
from bot.runtime.settings import ROOT, load
from tests.conftest import KEYS
from tests.mail import a_reply, the_address, the_row

BEFORE = """
INSERT INTO staff (id, email, email_index, role, created_at) VALUES (1, '', '', 'admin', '2026-01-01 00:00:00+00');
INSERT INTO broadcasts (id, kind, lane, contents, audience, drill, created_at, cursor, fanned_out_at)
    VALUES (1, 'advisory', 2, '{}', '{}', false, '2026-01-02 00:00:00+00', 9, '2026-01-03 00:00:00+00');
INSERT INTO advisories (id, state, headline_en, headline_ar, text_en, text_ar, audience, created_at, created_by)
    VALUES (1, 'sent', 'Stay', 'ابقوا', 'at home', 'في البيت', '{"countries": ["TR"]}', '2026-01-01 00:00:00+00', 1);
"""


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "bot" / "migrations"))
    config.attributes["connection"] = connection
    return config


async def test_migrations_make_what_the_models_say(database_url: str) -> None:
    db = open_database(load(DATABASE_URL=database_url).database, load(TAMMEN_KEYS=KEYS).keyring())
    async with db.writer.connect() as connection:
        found = await connection.run_sync(
            lambda c: compare_metadata(
                MigrationContext.configure(c, opts={"compare_type": True}), Base.metadata
            )
        )
    await db.close()
    assert found == []


async def test_what_is_there_comes_along(database_url: str) -> None:
    """An advisory of the first schema is one of the newest after going back and forth."""
    db = open_database(load(DATABASE_URL=database_url).database, load(TAMMEN_KEYS=KEYS).keyring())
    async with db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0001"))
        for statement in filter(str.strip, BEFORE.split(";")):
            await connection.execute(text(statement))
    await migrate(db)
    async with db.writer.connect() as connection:
        advisory = (
            await connection.execute(text("SELECT kind, severity, version, sms_ar FROM advisories"))
        ).one()
        gap = text("SELECT starts_at = created_at, looked_at = fanned_out_at FROM broadcasts")
        times = (await connection.execute(gap)).one()
    await db.close()
    assert tuple(advisory) == ("alert", "Unknown", 1, "")
    assert all(times)


async def test_the_sender_of_a_reply_comes_out_of_the_message_it_answers(runtime: Runtime) -> None:
    """A reply that has not left keeps the sender that the person wrote to."""
    row_id = await a_reply(runtime, "sms:+218910000001")
    left_id = await a_reply(runtime, "sms:+218910000001")
    address = await the_address(runtime, "sms:+218910000001")
    async with runtime.db.begin() as session:
        inbound = InboundMessage(
            channel=address.channel,
            provider_id="SM1",
            person_id=address.person_id,
            address_id=address.id,
            content={"sender": "twilio2"},
            state=InboundState.DONE,
            received_at=runtime.clock(),
        )
        session.add(inbound)
        await session.flush()
        for reply_id, state in ((row_id, OutboundState.QUEUED), (left_id, OutboundState.SENT)):
            reply = await session.get_one(OutboundMessage, reply_id)
            reply.inbound_id, reply.state = inbound.id, state
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0003"))
    await migrate(runtime.db)
    assert (await the_row(runtime, row_id)).preferred_sender == "twilio2"
    assert (await the_row(runtime, left_id)).preferred_sender is None
