from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import func, select, update

from bot import outbox
from bot.consular.advisories import lifecycle
from bot.consular.audit import trail
from bot.consular.crises import cases, checkins
from bot.consular.people import facts
from bot.consular.trust import export, retention, rights
from bot.inbox import rows
from bot.messages import Channel, Content, Form, Inbound, Kind
from bot.models import (
    Address,
    Base,
    Case,
    CaseKind,
    CheckInStatus,
    InboundMessage,
    InboundState,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.limits import Periods
from bot.runtime.runtime import Runtime
from tests import builders, closing
from tests.line import Line

NOTHING_LEFT = (
    "addresses",
    "check_ins",
    "cases",
    "name_words",
    "number_endings",
    "inbound_messages",
    "people",
)


async def a_whole_life(runtime: Runtime) -> tuple[Person, Address, int]:
    """Somebody with a row in every table: registered, checked in, wrote, was answered, got an
    advisory.
    """
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        message = Inbound(
            Channel.TELEGRAM, "77", "1001", Kind.TEXT, Form.CHAT, "أنا بخير والحمد لله"
        )
        (person_id,) = await rows.receive(session, [message], now)
        person = await session.get_one(Person, person_id)
        address = (await session.scalars(select(Address))).one()
        await facts.set_name(session, person, "محمد سالم")
        person.country = "TR"
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
        await cases.open_case(session, person, CaseKind.HUMAN, "يريد أن يكلم أحداً", now)
        received = (await session.scalars(select(InboundMessage))).one()
        answer = Content("الحمد لله على سلامتك")
        await outbox.reply(
            session, person=person, address=address, content=answer, inbound_id=received.id, now=now
        )
        advisory, broadcast = await builders.approved(session, team, now)
        await builders.person(session, now, "telegram:1002")
        await builders.fan_out(session, broadcast.id, now)
        return person, address, advisory.id


async def test_an_export_holds_all_that_was_said_and_sent(runtime: Runtime) -> None:
    person, _, _ = await a_whole_life(runtime)
    async with runtime.db.read() as session:
        exported = json.loads(json.dumps(await export.export(session, person), ensure_ascii=False))
    text = json.dumps(exported, ensure_ascii=False)
    for words in (
        "محمد سالم",
        "أنا بخير والحمد لله",
        "الحمد لله على سلامتك",
        "يريد أن يكلم أحداً",
        "1001",
    ):
        assert words in text
    assert builders.ADVISORY["text_ar"] in text
    assert exported["check_ins"][0]["status"] == "safe"
    assert {note["what"] for note in exported["handled"]} >= {"person.checked_in"}


async def test_after_an_erasure_nothing_names_the_person_and_counts_still_add_up(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    person, _, advisory_id = await a_whole_life(runtime)
    async with runtime.db.begin() as session:
        before = sum(
            (await lifecycle.counts(session, await lifecycle.get(session, advisory_id))).values()
        )
        await rights.erase(session, await session.get_one(Person, person.id), trail.SYSTEM, now)
    async with runtime.db.read() as session:
        for name in NOTHING_LEFT:
            table = Base.metadata.tables[name]
            owner = table.c.id if name == "people" else table.c.person_id
            assert (await session.execute(select(table).where(owner == person.id))).all() == [], (
                name
            )
        counts = await lifecycle.counts(session, await lifecycle.get(session, advisory_id))
        assert sum(counts.values()) == before == 2
        assert (counts["dropped"], counts["queued"]) == (1, 1)
        (row,) = await session.scalars(
            select(OutboundMessage).where(OutboundMessage.person_id.is_(None))
        )
        assert (row.address_id, row.content, row.provider_id, row.inbound_id) == (
            None,
            None,
            None,
            None,
        )
        assert (await session.scalars(select(OutboundMessage.broadcast_id))).all() == [
            row.broadcast_id
        ] * 2
        assert (await trail.of(session, f"person:{person.id}"))[0].action == "person.erased"


async def test_an_erased_persons_number_is_never_given_to_another(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now)
        gone = person.id
        await rights.erase(session, person, trail.SYSTEM, now)
        assert (await builders.person(session, now)).id != gone


async def test_a_goodbye_still_goes_out_and_then_the_address_goes_too(runtime: Runtime) -> None:
    now = runtime.clock()
    person, address, _ = await a_whole_life(runtime)
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        here = await session.get_one(Address, address.id)
        await rights.erase(session, person, f"person:{person.id}", now, farewell=here)
        goodbye = await outbox.reply(
            session,
            person=person,
            address=here,
            content=Content("مع السلامة"),
            inbound_id=None,
            now=now,
        )
        await session.flush()
        assert (person.name, person.country, person.dialogue, person.forgotten_at) == (
            None,
            None,
            None,
            now,
        )
        assert (await retention.sweep(session, now))["forgotten"] == 0
        for row in await session.scalars(select(InboundMessage)):
            row.state = InboundState.DONE
        goodbye.state = OutboundState.SENT
        await session.flush()
        assert (await retention.sweep(session, now))["forgotten"] == 1
        assert (
            await session.scalar(
                select(func.count()).select_from(Address).where(Address.id == here.id)
            )
            == 0
        )


async def test_a_goodbye_that_never_leaves_keeps_nobody(runtime: Runtime) -> None:
    now = runtime.clock()
    person, address, _ = await a_whole_life(runtime)
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        await rights.erase(
            session, person, "system", now, farewell=await session.get_one(Address, address.id)
        )
    async with runtime.db.begin() as session:
        assert (await retention.sweep(session, now + timedelta(hours=23)))["forgotten"] == 0
        assert (await retention.sweep(session, now + timedelta(hours=24)))["forgotten"] == 1


async def test_who_comes_back_after_being_forgotten_is_kept(runtime: Runtime) -> None:
    now = runtime.clock()
    person, address, _ = await a_whole_life(runtime)
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        await rights.erase(
            session, person, "system", now, farewell=await session.get_one(Address, address.id)
        )
        await facts.consent(session, person, now)
        assert (await retention.sweep(session, now + timedelta(days=2)))["forgotten"] == 0


async def test_what_was_said_long_ago_goes_and_what_counts_stays(runtime: Runtime) -> None:
    person, _, advisory_id = await a_whole_life(runtime)
    later = runtime.clock() + Periods().messages
    async with runtime.db.begin() as session:
        (received,) = await session.scalars(select(InboundMessage))
        received.state = InboundState.DONE
        await session.execute(update(Person).values(consented_at=runtime.clock()))
        await session.flush()
        gone = await retention.sweep(session, later)
        assert (gone["received"], gone["sent"], gone["strangers"]) == (1, 1, 0)
        counts = await lifecycle.counts(session, await lifecycle.get(session, advisory_id))
        assert sum(counts.values()) == 2
        assert await checkins.latest(session, person) is not None


async def test_a_stranger_who_never_agreed_is_forgotten_unless_staff_look_after_them(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await builders.person(session, now, "telegram:1")
        agreed = await builders.person(session, now, "telegram:2", consented_at=now)
        helped = await builders.person(session, now, "telegram:3")
        await cases.open_case(session, helped, CaseKind.LIFE, "محاصر", now)
        recent = await builders.person(session, now)
        await builders.address(
            session, recent, "telegram:4", now, heard_at=now + timedelta(days=29)
        )
        assert (await retention.sweep(session, now + timedelta(days=30)))["strangers"] == 1
        assert set(await session.scalars(select(Person.id))) == {agreed.id, helped.id, recent.id}


async def test_a_wish_to_be_forgotten_waits_until_a_day_after_the_last_case(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    day = timedelta(days=1)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", consented_at=now)
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        await rights.postpone(session, person, now)
        assert (await retention.sweep(session, now + 30 * day))["waited"] == 0
        await closing.close_case(session, team.officer, case, now)
        assert (await retention.sweep(session, now + timedelta(hours=23)))["waited"] == 0
        assert (await retention.sweep(session, now + day))["waited"] == 1
        assert await session.scalar(select(func.count()).select_from(Person)) == 0


async def test_whoever_registers_anew_stays(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1", consented_at=now)
        await rights.postpone(session, person, now)
        await facts.register(session, person, now)
        assert (await retention.sweep(session, now + timedelta(days=9)))["waited"] == 0


async def test_a_case_of_a_thief_with_a_phone_is_not_deleted(house: Line) -> None:
    await house.sms("نجدة")
    for words in ("انسني", "نعم", "احذف بياناتي", "نعم"):
        await house.sms(words)
    (person,) = await house.rows(Person)
    assert person.erasure_asked_at is not None
    assert person.forgotten_at is None
    notes = [case.note for case in await house.rows(Case)]
    assert any("نجدة" in (note or "") for note in notes)
    assert any("نحذف كل بياناتك" in text for text in house.texts())
