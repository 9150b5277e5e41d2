"""Situation reports: equal to the board, the same for ever, and of the own country alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import board, cases, checkins, crises, sitreps
from bot.consular.crises.sitrep_figures import Figures
from bot.consular.errors import ConsularError
from bot.consular.people import household, placement
from bot.models import (
    AuditNote,
    CaseKind,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
    SitRep,
    Staff,
)
from bot.reports import sitreps as words
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.clock import SetClock


async def settle(session: AsyncSession, person: Person, city: str | None, now: datetime) -> None:
    person.city, person.placed_at = city, now
    placement.mark(person)
    await session.flush()


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    async with runtime.db.begin() as session:
        return await builders.team(session, runtime.clock())


@pytest.fixture
async def crisis(runtime: Runtime, team: Team) -> Crisis:
    """A crisis in Türkiye and Syria: people in two cities, one erased, one whom nobody reaches."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = []
        for number in range(6):
            person = await builders.person(session, now, f"telegram:{number}", party_size=3)
            await settle(session, person, "TR/Antakya" if number < 4 else "TR/Istanbul", now)
            people.append(person)
        syrian = await builders.person(session, now, "telegram:70", country="SY")
        await builders.person(session, now, country="SY", placed_at=now - timedelta(days=200))
        await builders.person(session, now, "telegram:71", synthetic=True)
        opened = await builders.earthquake(session, team.officer, now, countries=["TR", "SY"])
        await builders.fan_out(session, opened.broadcast_id, now)
        later = now + timedelta(minutes=30)
        await checkins.record(session, people[0], CheckInStatus.SAFE, "telegram", later)
        await checkins.record(session, people[1], CheckInStatus.EVACUATE, "telegram", later)
        await checkins.record(session, syrian, CheckInStatus.HELP, "sms", later)
        await cases.open_case(session, people[1], CaseKind.EVACUATION, "معي أطفال", now)
        await cases.open_case(session, syrian, CaseKind.LIFE, "تحت الأنقاض", now)
    return opened


async def made(runtime: Runtime, crisis: Crisis, staff: Staff) -> SitRep:
    sitrep_id = await sitreps.make(runtime.db, crisis.id, staff, runtime.clock())
    async with runtime.db.read() as session:
        return await session.get_one(SitRep, sitrep_id)


def by_standing(figures: Figures, country: str) -> dict[str, int]:
    totals: dict[str, int] = {}
    for counts in figures["countries"][country]["cities"].values():
        for standing, people in counts.items():
            totals[standing] = totals.get(standing, 0) + people
    return totals


async def test_the_figures_are_those_of_the_board(
    runtime: Runtime, team: Team, crisis: Crisis, clock: SetClock
) -> None:
    clock.advance(hours=1)
    sitrep = await made(runtime, crisis, team.officer)
    async with runtime.db.read() as session:
        whole = await board.board(session, crisis, clock())
        reading = await sitreps.read(session, team.auditor, sitrep.id)
    assert {code: by_standing(reading.figures, code) for code in ("TR", "SY")} == whole.by_country
    turkey, syria = reading.figures["countries"]["TR"], reading.figures["countries"]["SY"]
    assert turkey["cities"]["TR/Antakya"]["safe"] == 1
    assert turkey["cities"]["TR/Antakya"]["not_asked"] == 2
    assert turkey["cities"]["TR/Istanbul"]["not_asked"] == 2
    assert turkey["stale"] + syria["stale"] == whole.stale == 1
    assert turkey["leaving"] == 3
    assert turkey["cases"] == {"evacuation": {"red": 0, "amber": 0, "green": 1, "closed": 0}}
    assert syria["cases"]["life"]["red"] == 1
    assert turkey["delivery"] == {"queued": 4, "dropped": 2}  # two answered before they were asked
    assert syria["delivery"] == {"dropped": 1, "no_channel": 1}
    assert turkey["answers"][0] == 0
    assert turkey["answers"][-1] == 2
    assert syria["answers"][-1] == 1


async def test_an_old_report_stays_when_answers_and_receipts_come_in(
    runtime: Runtime, team: Team, crisis: Crisis, clock: SetClock
) -> None:
    clock.advance(hours=1)
    before = await made(runtime, crisis, team.officer)
    frozen = json.dumps(before.figures, sort_keys=True)
    async with runtime.db.begin() as session:
        for person in await session.scalars(select(Person).where(Person.country == "TR")):
            await checkins.record(session, person, CheckInStatus.SAFE, "sms", clock())
        delivered = update(OutboundMessage).values(state=OutboundState.DELIVERED)
        await session.execute(delivered)
    clock.advance(hours=1)
    after = await made(runtime, crisis, team.officer)
    async with runtime.db.read() as session:
        old = await sitreps.read(session, team.officer, before.id)
        new = await sitreps.read(session, team.officer, after.id)
    assert json.dumps(dict(old.figures), sort_keys=True) == frozen
    assert (old.sitrep.number, new.sitrep.number) == (1, 2)
    assert old.before is None
    assert new.before == old.figures
    assert by_standing(new.figures, "TR")["safe"] == 6
    assert by_standing(new.before, "TR")["safe"] == 1
    assert new.figures["countries"]["TR"]["delivery"] == {"delivered": 6}


async def test_no_figure_is_about_a_person(runtime: Runtime, team: Team, crisis: Crisis) -> None:
    async with runtime.db.begin() as session:
        person = (await session.scalars(select(Person).limit(1))).one()
        person.name, person.phone, person.place_words = "سالم بن عمران", "+905321112233", "خيمة 4"
    sitrep = await made(runtime, crisis, team.officer)
    stored = json.dumps(sitrep.figures, ensure_ascii=False)
    for secret in ("سالم", "905321112233", "خيمة", "الأنقاض", "telegram"):
        assert secret not in stored


async def test_a_post_reads_its_own_country_alone(
    runtime: Runtime, team: Team, crisis: Crisis
) -> None:
    sitrep = await made(runtime, crisis, team.officer)
    async with runtime.db.read() as session:
        reading = await sitreps.read(session, team.post, sitrep.id)
        counted = await board.board(session, crisis, runtime.clock(), ["TR"])
    assert set(reading.figures["countries"]) == {"TR"}
    assert by_standing(reading.figures, "TR") == counted.counts


async def test_a_post_reads_no_report_of_a_crisis_elsewhere(runtime: Runtime, team: Team) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        elsewhere = await builders.earthquake(session, team.officer, now, countries=["SD"])
    sitrep = await made(runtime, elsewhere, team.officer)
    async with runtime.db.read() as session:
        with pytest.raises(ConsularError, match="no such crisis"):
            await sitreps.read(session, team.post, sitrep.id)
    with pytest.raises(ConsularError, match="no such crisis"):
        await sitreps.make(runtime.db, elsewhere.id, team.post, now)


async def test_an_auditor_reads_and_makes_none(
    runtime: Runtime, team: Team, crisis: Crisis
) -> None:
    with pytest.raises(ConsularError, match="may not"):
        await sitreps.make(runtime.db, crisis.id, team.auditor, runtime.clock())
    async with runtime.db.read() as session:
        assert (await session.scalars(select(SitRep))).all() == []


async def test_a_crisis_reports_by_itself_every_so_many_hours(
    runtime: Runtime, team: Team, crisis: Crisis, clock: SetClock
) -> None:
    async def due() -> list[int]:
        async with runtime.db.read() as session:
            return await sitreps.due(session, clock())

    clock.advance(days=1)
    assert await due() == []
    async with runtime.db.begin() as session:
        own = await crises.get(session, crisis.id)
        await sitreps.schedule(session, team.officer, own, 6, clock())
    assert await due() == [crisis.id]
    assert await sitreps.make_due(runtime.db, crisis.id, clock()) is not None
    assert await sitreps.make_due(runtime.db, crisis.id, clock()) is None
    clock.advance(hours=5, minutes=59)
    assert await due() == []
    clock.advance(minutes=1)
    assert await due() == [crisis.id]
    async with runtime.db.begin() as session:
        own = await crises.get(session, crisis.id)
        await crises.close(session, team.officer, own, clock())
    assert await due() == []
    assert await sitreps.make_due(runtime.db, crisis.id, clock()) is None
    async with runtime.db.read() as session:
        notes = select(AuditNote.detail).where(AuditNote.action == "crisis.reported")
        assert (await session.scalars(notes)).all() == [{"number": 1}]


@pytest.mark.parametrize("hours", [-1, 169])
async def test_hours_that_make_no_sense_are_refused(
    runtime: Runtime, team: Team, crisis: Crisis, hours: int
) -> None:
    async with runtime.db.begin() as session:
        own = await crises.get(session, crisis.id)
        with pytest.raises(ConsularError, match="how many hours"):
            await sitreps.schedule(session, team.officer, own, hours, runtime.clock())
    async with runtime.db.read() as session:
        assert (await crises.get(session, crisis.id)).sitrep_hours == 0


async def test_a_report_counts_the_vulnerable_and_those_of_them_without_an_answer(
    runtime: Runtime, team: Team, crisis: Crisis
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        query = select(Person).where(Person.country == "TR", Person.synthetic.is_(False))
        answered, _leaving, silent, *_others = await session.scalars(query.order_by(Person.id))
        for person in (answered, silent):
            await household.tell(session, person, {"own": {"needs": ["mobility"]}}, now)
    sitrep = await made(runtime, crisis, team.officer)
    async with runtime.db.read() as session:
        reading = await sitreps.read(session, team.officer, sitrep.id)
    turkey, syria = (reading.figures["countries"][country] for country in ("TR", "SY"))
    assert (turkey["vulnerable"], turkey["vulnerable_silent"]) == (2, 1)
    assert (syria["vulnerable"], syria["vulnerable_silent"]) == (0, 0)
    facts = dict(words.document(reading, "en").facts)
    assert (facts["Vulnerable"], facts["Vulnerable, without an answer"]) == ("2", "1")


async def test_a_report_from_before_the_vulnerable_were_counted_says_nothing_of_them(
    runtime: Runtime, team: Team, crisis: Crisis
) -> None:
    sitrep = await made(runtime, crisis, team.officer)
    figures = json.loads(json.dumps(sitrep.figures))
    for country in figures["countries"].values():
        del country["vulnerable"], country["vulnerable_silent"]
    async with runtime.db.begin() as session:
        await session.execute(update(SitRep).values(figures=figures))
    async with runtime.db.read() as session:
        reading = await sitreps.read(session, team.officer, sitrep.id)
    assert "Vulnerable" not in dict(words.document(reading, "en").facts)
