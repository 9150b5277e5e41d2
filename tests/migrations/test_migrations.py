"""The schema: migrations make what the models say, and bring what is there along."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Connection, Text, delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import cases, handling, sitreps
from bot.migrations import migrate
from bot.models import (
    Address,
    Advisory,
    AdvisoryTemplate,
    AdvisoryText,
    AdvisoryVersion,
    Base,
    Broadcast,
    Case,
    CaseKind,
    Crisis,
    Drill,
    InboundMessage,
    InboundState,
    OutboundMessage,
    OutboundState,
    Person,
    Post,
    SmsTally,
    texts_from_json,
)
from bot.runtime.database import open_database
from bot.runtime.runtime import Runtime
from bot.runtime.settings import ROOT, load
from bot.text.text import country_of_number
from tests import builders, closing
from tests.conftest import KEYS

BEFORE = """
INSERT INTO staff (id, email, email_index, role, created_at)
    VALUES (1, '', '', 'admin', '2026-01-01 00:00:00+00');
INSERT INTO broadcasts
    (id, kind, lane, contents, audience, drill, created_at, cursor, fanned_out_at)
    VALUES (1, 'advisory', 2, '{}', '{}', false, '2026-01-02 00:00:00+00', 9,
    '2026-01-03 00:00:00+00');
INSERT INTO advisories
    (id, state, headline_en, headline_ar, text_en, text_ar, audience, created_at, created_by)
    VALUES (1, 'sent', 'Stay', 'ابقوا', 'at home', 'في البيت', '{"countries": ["TR"]}',
    '2026-01-01 00:00:00+00', 1);
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
            await connection.execute(text("SELECT kind, severity, version FROM advisories"))
        ).one()
        gap = text("SELECT starts_at = created_at, looked_at = fanned_out_at FROM broadcasts")
        times = (await connection.execute(gap)).one()
    await db.close()
    assert tuple(advisory) == ("alert", "Unknown", 1)
    assert all(times)


NAMES_BEFORE = """
INSERT INTO staff (id, email, email_index, role, created_at)
    VALUES (1, '', '', 'admin', '2026-01-01 00:00:00+00');
INSERT INTO crises (id, name_en, name_ar, state, drill, opened_at, opened_by)
    VALUES (7, 'Earthquake in Hatay', 'زلزال هاتاي', 'open', false, '2026-01-02 00:00:00+00', 1);
INSERT INTO crisis_countries (crisis_id, country) VALUES (7, 'TR');
INSERT INTO posts
    (id, country, name_en, name_ar, address_en, address_ar, phone, emergency_phone, email)
    VALUES (3, 'TR', 'Embassy', 'سفارة', '', 'أنقرة', '+903120000000', '', '');
"""


async def test_names_and_addresses_come_along_by_language_and_back(database_url: str) -> None:
    db = open_database(load(DATABASE_URL=database_url).database, load(TAMMEN_KEYS=KEYS).keyring())
    async with db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0003"))
        for statement in filter(str.strip, NAMES_BEFORE.split(";")):
            await connection.execute(text(statement))
    await migrate(db)
    async with AsyncSession(db.writer) as session:
        crisis = await session.get_one(Crisis, 7)
        post = await session.get_one(Post, 3)
        assert crisis.names == {"en": "Earthquake in Hatay", "ar": "زلزال هاتاي"}
        assert [covered.country for covered in crisis.countries] == ["TR"]
        assert (post.names, post.street_addresses) == (
            {"en": "Embassy", "ar": "سفارة"},
            {"ar": "أنقرة"},
        )
        assert post.phone == "+903120000000"
    async with db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0003"))
        names = text("SELECT name_en, name_ar FROM crises")
        addresses = text("SELECT name_en, name_ar, address_en, address_ar FROM posts")
        assert tuple((await connection.execute(names)).one()) == (
            "Earthquake in Hatay",
            "زلزال هاتاي",
        )
        assert tuple((await connection.execute(addresses)).one()) == (
            "Embassy",
            "سفارة",
            "",
            "أنقرة",
        )
    await db.close()


BY_COLUMN = """
INSERT INTO staff (id, email, email_index, role, created_at)
    VALUES (1, '', '', 'admin', '2026-01-01 00:00:00+00');
INSERT INTO advisories
    (id, state, headline_en, headline_ar, text_en, text_ar, sms_ar, audience, created_at,
    created_by)
    VALUES (1, 'draft', 'Stay', 'ابقوا', 'at home', 'في البيت', 'البيت', '{"countries": ["TR"]}',
        '2026-01-01 00:00:00+00', 1);
INSERT INTO advisory_versions (id, advisory_id, number, saved_at, said)
    VALUES (1, 1, 1, '2026-01-01 00:00:00+00',
    '{"headline_en": "Stay", "headline_ar": "ابقوا", "text_en": "at home",
    "text_ar": "في البيت", "sms_ar": "البيت", "instruction_en": "", "instruction_ar": "",
    "sms_en": "", "severity": "Severe", "valid_from": null}');
INSERT INTO advisory_templates (id, name_en, name_ar, said, saved_at) VALUES (1, 'Bridge', 'جسر',
    '{"headline_en": "Closed", "headline_ar": "مغلق", "text_en": "the bridge",
    "text_ar": "الجسر", "drill": true}',
    '2026-01-01 00:00:00+00');
"""


async def test_words_by_column_become_words_by_language(database_url: str) -> None:
    """Advisories, their versions and templates keep every word there and back, and are read by the
    models.
    """
    db = open_database(load(DATABASE_URL=database_url).database, load(TAMMEN_KEYS=KEYS).keyring())
    async with db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0003"))
        for statement in filter(str.strip, BY_COLUMN.split(";")):
            await connection.exec_driver_sql(statement)
    await migrate(db)
    async with db.read() as session:
        advisory = await session.get_one(Advisory, 1)
        version = await session.get_one(AdvisoryVersion, 1)
        template = await session.get_one(AdvisoryTemplate, 1)
    arabic = AdvisoryText("ابقوا", "في البيت", sms="البيت")
    assert advisory.texts == {"ar": arabic, "en": AdvisoryText("Stay", "at home")}
    assert texts_from_json(version.content["texts"]) == advisory.texts
    assert (version.content["severity"], version.content["valid_from"]) == ("Severe", None)
    assert template.names == {"ar": "جسر", "en": "Bridge"}
    assert template.content["texts"]["ar"]["text"] == "الجسر"
    assert template.content["drill"] is True

    async with db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0003"))
        columns = text("SELECT headline_ar, text_en, sms_ar, sms_en FROM advisories")
        advisory_row = (await connection.execute(columns)).one()
        saved = text("SELECT said FROM advisory_versions").columns(said=JSON)
        version_row = (await connection.execute(saved)).one()
        names = text("SELECT name_ar, name_en, said FROM advisory_templates")
        named = names.columns(name_ar=Text, name_en=Text, said=JSON)
        template_row = (await connection.execute(named)).one()
    await db.close()
    assert tuple(advisory_row) == ("ابقوا", "at home", "البيت", "")
    assert version_row.said["headline_en"] == "Stay"
    assert template_row.said["headline_ar"] == "مغلق"
    assert (template_row.name_ar, template_row.name_en) == ("جسر", "Bridge")


async def test_the_sender_of_a_reply_comes_out_of_the_message_it_answers(runtime: Runtime) -> None:
    """A reply that has not left keeps the sender that the person wrote to."""
    row_id = await builders.reply(runtime, "sms:+218910000001")
    left_id = await builders.reply(runtime, "sms:+218910000001")
    address = await builders.address_at(runtime, "sms:+218910000001")
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
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0005"))
    await migrate(runtime.db)
    assert (await builders.message(runtime, row_id)).preferred_sender == "twilio2"
    assert (await builders.message(runtime, left_id)).preferred_sender is None


async def test_what_left_by_sms_is_counted_and_cases_stay_there_and_back(runtime: Runtime) -> None:
    """The costs of this month are known after the migration; no case is lost on the way back."""
    now = runtime.clock()
    parts = {"sms:+218910000001": 2, "sms:+905321112233": 3, "telegram:7": 1}
    for index, count in parts.items():
        row_id = await builders.reply(runtime, index)
        async with runtime.db.begin() as session:
            sent = await session.get_one(OutboundMessage, row_id)
            sent.state, sent.sent_at, sent.parts = OutboundState.SENT, now, count
            address = await session.get_one(Address, sent.address_id)
            address.region = country_of_number(address.address)
    unsent_id = await builders.reply(runtime, "sms:+218910000001")
    async with runtime.db.begin() as session:
        address = await builders.address_at(runtime, "sms:+218910000001")
        person = await session.get_one(Person, address.person_id)
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        await session.execute(delete(SmsTally))
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0016"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        tallies = await session.scalars(select(SmsTally).order_by(SmsTally.country))
        counted = [(one.day, one.country, one.kind.value, one.parts) for one in tallies]
        kept = await session.get_one(Case, case.id)
        assert (kept.note, kept.held_at, kept.hold_reason) == ("محاصرون", None, None)
    assert counted == [(now.date(), "LY", "reply", 2), (now.date(), "TR", "reply", 3)]
    assert (await builders.message(runtime, unsent_id)).state is OutboundState.QUEUED


async def test_cases_that_somebody_took_are_seen_there_and_back(runtime: Runtime) -> None:
    """A case in hand is no alarm after the migration, one in nobody's hands is; none is lost."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        taken = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        waiting = await cases.open_case(session, person, CaseKind.HUMAN, "أريد موظفًا", now)
        done = await cases.open_case(session, person, CaseKind.MEDICAL, "دواء", now)
        await handling.take(session, team.officer, taken, now)
        await closing.close_case(session, team.officer, done, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0019"))
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        seen = []
        for before in (taken, waiting, done):
            case = await session.get_one(Case, before.id)
            assert (case.note, case.state, case.outcome) == (before.note, before.state, None)
            seen.append(case.seen_at)
        assert seen == [now, None, now]
        await handling.add_note(session, team.officer, case, "ملاحظة", now)
    async with runtime.db.writer.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(text("UPDATE cases SET outcome = 'gone'"))


async def test_drills_that_were_there_ask_real_people_and_keep_their_number(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        drill = await builders.earthquake(session, team.officer, now, drill=True)
        real = await builders.earthquake(session, team.officer, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0021"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        for before in (drill, real):
            crisis = await session.get_one(Crisis, before.id)
            broadcast = await session.get_one(Broadcast, before.broadcast_id)
            assert (crisis.drill, crisis.names) == (before.drill, before.names)
            assert crisis.real_people
            assert broadcast.real_people
        assert list(await session.scalars(select(Drill.crisis_id))) == [drill.id]


async def test_crises_come_along_and_report_only_when_asked(runtime: Runtime) -> None:
    """There and back, a crisis keeps its names and forgets its reports; then it makes new ones."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        await sitreps.schedule(session, team.officer, crisis, 6, now)
    await sitreps.make(runtime.db, crisis.id, team.officer, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0024"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        back = await session.get_one(Crisis, crisis.id)
        assert (back.names, back.sitrep_hours) == (crisis.names, 0)
        assert list(await sitreps.of_crisis(session, back)) == []
    await sitreps.make(runtime.db, crisis.id, team.officer, now)
