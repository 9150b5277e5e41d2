"""Retention is a table of settings, a hold goes before it, and each run can be proved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import cases, checkins, crises, handling, holds, outreach
from bot.consular.errors import ConsularError
from bot.consular.trust import export, retention, rights, runs
from bot.messages import Channel, Content
from bot.models import (
    Address,
    Case,
    CaseKind,
    CheckIn,
    CheckInStatus,
    InboundMessage,
    InboundState,
    OutboundMessage,
    Outreach,
    OutreachKind,
    Person,
    RetentionRun,
)
from bot.runtime.limits import Periods
from bot.runtime.runtime import Runtime
from bot.runtime.settings import SettingsError, load
from tests import builders, closing
from tests.builders import Team
from tests.line import Line

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
REASON = "أمر من النيابة رقم ٧"


@dataclass
class Life:
    """Somebody who wrote, was answered, shared a position, checked in, and whose case is closed."""

    team: Team
    person: Person
    case: Case


async def life(session: AsyncSession, now: datetime) -> Life:
    """Add somebody with a row of every kind, all of them of now."""
    team = await builders.team(session, now)
    person = await builders.person(
        session, now, consented_at=now, registered_at=now, location="41.01384,28.94966"
    )
    address = await builders.address(session, person, "telegram:1", now, heard_at=now)
    await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
    case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
    await closing.close_case(session, team.officer, case, now)
    received = InboundMessage(
        channel=Channel.TELEGRAM,
        provider_id="1",
        person_id=person.id,
        address_id=address.id,
        content={"text": "نجدة"},
        state=InboundState.DONE,
        received_at=now,
    )
    session.add(received)
    answer = Content("وصلنا نداؤك")
    await outbox.reply(
        session, person=person, address=address, content=answer, inbound_id=None, now=now
    )
    await session.flush()
    return Life(team, person, case)


async def count(session: AsyncSession, table: Any) -> int:
    return await session.scalar(select(func.count()).select_from(table)) or 0


COUNTED: dict[str, Callable[[AsyncSession], Awaitable[int]]] = {
    "received": lambda session: count(session, InboundMessage),
    "replies": lambda session: count(session, OutboundMessage),
    "answers": lambda session: count(session, CheckIn),
    "cases": lambda session: count(session, Case),
    "silent": lambda session: count(session, Person),
}
NAME_OF_RULE = {"replies": "sent"}


@pytest.mark.parametrize("period", COUNTED)
@pytest.mark.parametrize("days", [40, 400])
async def test_the_period_that_is_set_decides_what_goes(
    runtime: Runtime, period: str, days: int
) -> None:
    now = runtime.clock()
    periods = Periods()._replace(**dict.fromkeys(COUNTED, 9000 * DAY))
    periods = periods._replace(**{period: days * DAY})
    async with runtime.db.begin() as session:
        await life(session, now)
        await retention.sweep(session, now + days * DAY - timedelta(minutes=1), periods)
        assert await COUNTED[period](session) == 1
        counts = await retention.sweep(session, now + days * DAY, periods)
        assert counts[NAME_OF_RULE.get(period, period)] == 1
        assert await COUNTED[period](session) == 0


async def test_without_any_setting_nothing_goes_within_a_month(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await life(session, now)
        counts = await retention.sweep(session, now + 30 * DAY)
    del counts["links"]  # of the accounts that were made
    del counts["positions"]  # its case is closed
    assert not any(counts.values())


EXACT = {"latitude": 41.01384, "longitude": 28.94966}
ROUNDED = {"latitude": 41.01, "longitude": 28.95}


async def test_an_exact_position_goes_with_the_closing_of_the_last_case(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        lived = await life(session, now)
        person = lived.person
        person.city = "TR/Istanbul"
        person.position = "41.01,28.95"
        person.dialogue = {"slots": {"place": {"position": [41.01384, 28.94966]}}}
        message = (await session.scalars(select(InboundMessage))).one()
        message.content = {"kind": "location", "location": EXACT}
        await handling.reopen(session, lived.team.officer, lived.case, "اتصل ثانية", now)
        await session.flush()
        assert (await retention.sweep(session, now + HOUR))["positions"] == 0
        assert (person.location, message.content["location"]) == ("41.01384,28.94966", EXACT)
        await closing.close_case(session, lived.team.officer, lived.case, now + HOUR)
        assert (await retention.sweep(session, now + HOUR))["positions"] == 1
    async with runtime.db.read() as session:
        person = await session.get_one(Person, person.id)
        message = (await session.scalars(select(InboundMessage))).one()
        assert (person.location, person.city) == (None, "TR/Istanbul")
        assert person.position == "41.01,28.95"
        assert person.dialogue == {"slots": {"place": {"position": [41.01, 28.95]}}}
        assert message.content == {"kind": "location", "location": ROUNDED}


async def test_an_exact_position_stays_while_a_closed_case_is_on_hold(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        lived = await life(session, now)
        lived.case.held_at = now
        await session.flush()
        assert (await retention.sweep(session, now + HOUR))["positions"] == 0
        assert lived.person.location == "41.01384,28.94966"


async def test_what_officers_did_goes_with_the_answers_after_the_crisis(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1", consented_at=now)
        kind = OutreachKind.NO_ANSWER
        await outreach.call(session, team.officer, crisis, person.id, kind, "لا يرد", now)
        later = now + 730 * DAY
        assert (await retention.sweep(session, later))["outreach"] == 0
        await crises.close(session, team.officer, crisis, later)
        assert (await retention.sweep(session, later))["outreach"] == 1
        assert await count(session, Outreach) == 0


async def test_answers_of_an_open_crisis_stay(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1", consented_at=now)
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
        later = now + 730 * DAY
        assert (await retention.sweep(session, later))["answers"] == 0
        await crises.close(session, team.officer, crisis, later)
        assert (await retention.sweep(session, later))["answers"] == 1


async def test_each_run_is_written_down_with_counts_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await life(session, now)
        await retention.sweep(session, now)  # takes the position of the closed case
        await retention.sweep(session, now + 90 * DAY)
    async with runtime.db.read() as session:
        last, first = await runs.latest(session, 9)
        assert (first.at, sum(first.counts.values())) == (now, 1)
        assert (last.at, last.counts["received"], last.counts["sent"]) == (now + 90 * DAY, 1, 1)
        assert all(isinstance(removed, int) for removed in last.counts.values())
        assert (await runs.removed_since(session, now))["received"] == 1
    async with runtime.db.begin() as session:
        await retention.sweep(session, now + 90 * DAY + YEAR)
        assert await count(session, RetentionRun) == 1


# --- holds ----------------------------------------------------------------------------------------


async def test_a_case_on_hold_survives_every_period(runtime: Runtime) -> None:
    now = runtime.clock()
    late = now + 20 * YEAR
    async with runtime.db.begin() as session:
        lived = await life(session, now)
        await holds.hold(session, lived.team.officer, lived.case, REASON, now)
        await retention.sweep(session, late)
        assert {name: await counted(session) for name, counted in COUNTED.items()} == dict.fromkeys(
            COUNTED, 1
        )
        await holds.release(session, lived.team.officer, lived.case, late)
        await retention.sweep(session, late)
        assert [await counted(session) for counted in COUNTED.values()] == [0] * len(COUNTED)


async def test_an_erasure_waits_for_the_hold_and_then_happens(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        lived = await life(session, now)
        await holds.hold(session, lived.team.officer, lived.case, REASON, now)
        await rights.postpone(session, lived.person, now)
        assert (await retention.sweep(session, now + 9 * DAY))["waited"] == 0
        with pytest.raises(ConsularError, match="on hold"):
            await rights.erase(session, lived.person, trail.SYSTEM, now)
        assert await count(session, Person) == 1
        await holds.release(session, lived.team.officer, lived.case, now + 9 * DAY)
        assert (await retention.sweep(session, now + 9 * DAY))["waited"] == 1
        assert await count(session, Person) == 0


async def test_whoever_asks_to_be_forgotten_hears_of_the_hold(house: Line) -> None:
    await house.chat("نجدة")
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        team = await builders.team(session, now)
        (case,) = await session.scalars(select(Case))
        await closing.close_case(session, team.officer, case, now)
        await holds.hold(session, team.officer, case, REASON, now)
    await house.chat("احذف بياناتي")
    await house.wait()
    assert "لأمر قانوني" in house.messages()[-1]
    (person,) = await house.rows(Person)
    assert person.erasure_asked_at is not None
    assert person.forgotten_at is None
    async with house.runtime.db.begin() as session:
        case = await cases.get(session, case.id)
        await holds.release(session, team.officer, case, now)
        assert (await retention.sweep(session, now + 2 * DAY))["waited"] == 1
    assert await house.rows(Address) == []


async def test_holds_are_for_headquarters_and_are_noted(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        lived = await life(session, now)
        for account in (lived.team.post, lived.team.auditor):
            with pytest.raises(ConsularError):
                await holds.hold(session, account, lived.case, REASON, now)
        with pytest.raises(ConsularError, match="Say why"):
            await holds.hold(session, lived.team.officer, lived.case, " \u200b", now)
        await holds.hold(session, lived.team.officer, lived.case, REASON, now)
        with pytest.raises(ConsularError, match="already"):
            await holds.hold(session, lived.team.approver, lived.case, REASON, now)
        assert [case.id for case in await holds.held(session)] == [lived.case.id]
        exported = await export.export(session, lived.person)
        assert REASON not in str(exported)
        await holds.release(session, lived.team.approver, lived.case, now)
        with pytest.raises(ConsularError, match="not on hold"):
            await holds.release(session, lived.team.approver, lived.case, now)
        notes = await trail.of(session, f"case:{lived.case.id}")
        assert [note.action for note in notes[:2]] == ["case.released", "case.held"]
        assert all(REASON not in str(note.detail) for note in notes)
        assert lived.case.hold_reason is None


# --- the settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("KEEP_RECEIVED_DAYS", "6"),
        ("KEEP_REPLIES_DAYS", "731"),
        ("KEEP_STRANGERS_DAYS", "0"),
        ("KEEP_SILENT_DAYS", "179"),
        ("KEEP_ANSWERS_DAYS", "for ever"),
        ("KEEP_ANSWERS_DAYS", "29"),
        ("KEEP_CASES_DAYS", "7301"),
        ("KEEP_AUDIT_YEARS", "1"),
        ("REPLY_PARTS_PER_NUMBER", "9"),
        ("REPLY_CRIES_PER_NUMBER", "0"),
    ],
)
def test_a_period_out_of_its_range_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(SettingsError, match=name):
        load()


def test_settings_are_the_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEP_RECEIVED_DAYS", "30")
    monkeypatch.setenv("KEEP_AUDIT_YEARS", "3")
    periods = load().periods
    assert (periods.received, periods.audit) == (30 * DAY, 3 * YEAR)
    assert periods._replace(received=90 * DAY, audit=10 * YEAR) == Periods()


async def test_people_are_told_how_long_messages_are_kept(house: Line) -> None:
    house.runtime = house_keeping(house, keep_received_days=30, keep_replies_days=14)
    await house.chat("خصوصية")
    await house.wait()
    assert "30 يومًا" in house.messages()[-1]


def house_keeping(house: Line, **settings: int) -> Runtime:
    """The runtime of a line with other periods."""
    changed = house.runtime.settings.model_copy(update=settings)
    return Runtime(
        changed,
        house.runtime.keyring,
        house.runtime.db,
        house.runtime.redis,
        house.runtime.http,
        house.runtime.clock,
    )
