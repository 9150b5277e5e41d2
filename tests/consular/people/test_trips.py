"""Trips begin and end by themselves; residence lasts; a crisis holds whoever is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from bot.consular.crises import cases, checkins, crises, trip_desk
from bot.consular.errors import ConsularError
from bot.consular.people import facts, merging, residence, trips
from bot.consular.people.trips import Fault, Plan
from bot.consular.reference import places
from bot.consular.trust import export, retention, rights
from bot.models import (
    CaseKind,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    Person,
    Residence,
    ResidenceSource,
    Staff,
    Trip,
    TripEnding,
)
from bot.runtime.runtime import Runtime
from tests import asking, builders, travelling
from tests.travelling import DAY, HOME

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
TODAY = NOW.date()
TOLD_HOME = NOW - 30 * DAY


async def _trips(runtime: Runtime) -> list[tuple[str | None, str | None]]:
    """Return the country of each trip and how it ended, in the order they were told."""
    async with runtime.db.read() as session:
        told = await session.scalars(select(Trip).order_by(Trip.id))
        return [(trip.country, trip.ending.value if trip.ending else None) for trip in told]


async def _messages(runtime: Runtime) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count(OutboundMessage.id))) or 0


async def test_a_planned_trip_moves_nobody_before_its_day_and_ends_by_itself(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "TN/Tunis", TODAY + 2 * DAY, TODAY + 9 * DAY, NOW)
    places_by_day = {}
    for days in (0, 1, 2, 9, 10):
        await travelling.go_on(runtime, NOW + days * DAY)
        places_by_day[days] = await travelling.place_of(runtime, person.id)
    assert places_by_day == {
        0: (HOME, TOLD_HOME),
        1: (HOME, TOLD_HOME),
        2: ("TN/Tunis", NOW),
        9: ("TN/Tunis", NOW),
        10: (HOME, TOLD_HOME),  # as of when they last said that they live there
    }
    assert await _trips(runtime) == [("TN", "date")]


async def test_a_day_begins_where_the_person_is(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW, home="AU/Sydney")
        await travelling.plan(session, person, "TN/Tunis", TODAY + DAY, TODAY + 2 * DAY, NOW)
    noon = NOW.replace(hour=12)
    await travelling.go_on(runtime, noon)
    assert await travelling.place_of(runtime, person.id) == ("AU/Sydney", TOLD_HOME)
    await travelling.go_on(runtime, noon + timedelta(hours=2))  # past midnight in Sydney
    assert await travelling.place_of(runtime, person.id) == ("TN/Tunis", NOW)


async def test_of_two_trips_at_once_the_one_told_last_counts(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "IT/Rome", TODAY, TODAY + 20 * DAY, NOW)
        later = NOW + timedelta(minutes=1)
        await travelling.plan(session, person, "MT", TODAY + 5 * DAY, TODAY + 7 * DAY, later)
    visited = []
    for days in (0, 5, 8, 21):
        await travelling.go_on(runtime, NOW + days * DAY)
        place, _placed_at = await travelling.place_of(runtime, person.id)
        visited.append(place)
    assert visited == ["IT/Rome", "MT", "IT/Rome", HOME]
    assert await _trips(runtime) == [("IT", "date"), ("MT", "date")]


async def test_a_trip_told_anew_replaces_itself(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "TN/Tunis", TODAY + DAY, TODAY + 5 * DAY, NOW)
        again = await travelling.plan(session, person, None, TODAY + 2 * DAY, None, NOW)
        assert (again.city, again.until) == ("TN/Tunis", TODAY + 5 * DAY)
    assert await _trips(runtime) == [("TN", "replaced"), ("TN", None)]


@pytest.mark.parametrize(
    ("begins_in", "lasts", "fault"),
    [
        (3, -1, Fault.BACKWARD),
        (-5, 2, Fault.PAST),
        (400, 3, Fault.FAR),
        (1, 400, Fault.FAR),
        (-5, 6, None),
        (0, 0, None),
    ],
)
def test_days_that_no_trip_has_are_refused(begins_in: int, lasts: int, fault: Fault | None) -> None:
    begins_on = TODAY + begins_in * DAY
    assert trips.fault(Plan(None, begins_on, begins_on + lasts * DAY), TODAY) is fault


async def test_bad_days_and_too_many_trips_change_nothing(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        with pytest.raises(ConsularError, match="over already"):
            await travelling.plan(session, person, "MT", TODAY - 9 * DAY, TODAY - DAY, NOW)
        for number in range(trips.MAX_OPEN_TRIPS):
            day = TODAY + 10 * number * DAY
            await travelling.plan(session, person, "MT", day, day + DAY, NOW)
        with pytest.raises(ConsularError, match="So many trips"):
            await travelling.plan(session, person, "IT", TODAY, TODAY, NOW)
    assert await _trips(runtime) == [("MT", None)] * trips.MAX_OPEN_TRIPS


# --- a crisis -------------------------------------------------------------------------------------


async def _war(runtime: Runtime, country: str) -> tuple[Staff, Crisis]:
    async with runtime.db.begin() as session:
        team = await builders.team(session, NOW)
        crisis = await crises.open_crisis(
            session, team.officer, {"en": "War", "ar": "حرب"}, [country], drill=False, now=NOW
        )
    return team.officer, crisis


async def _abroad(runtime: Runtime) -> int:
    """Add somebody from Istanbul who is in Khartoum until tomorrow."""
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "SD/Khartoum", TODAY, TODAY + DAY, NOW)
    await travelling.go_on(runtime, NOW)
    return person.id


async def test_a_return_date_takes_nobody_out_of_a_crisis(runtime: Runtime) -> None:
    person_id = await _abroad(runtime)
    officer, crisis = await _war(runtime, "SD")
    await travelling.go_on(runtime, NOW + 3 * DAY)
    assert await travelling.place_of(runtime, person_id) == ("SD/Khartoum", NOW)
    async with runtime.db.read() as session:
        counts = await asking.counts(session, crisis, NOW + 3 * DAY)
    assert sum(counts.values()) == 1
    async with runtime.db.begin() as session:
        crisis = await session.get_one(Crisis, crisis.id)
        await crises.close(session, officer, crisis, NOW + 4 * DAY)
    await travelling.go_on(runtime, NOW + 5 * DAY)
    assert await travelling.place_of(runtime, person_id) == (HOME, TOLD_HOME)


async def test_a_planned_trip_takes_nobody_out_of_a_crisis_either(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW, home="SD/Khartoum")
        await travelling.plan(session, person, "EG/Cairo", TODAY + DAY, None, NOW)
    await _war(runtime, "SD")
    await travelling.go_on(runtime, NOW + 3 * DAY)
    assert await travelling.place_of(runtime, person.id) == ("SD/Khartoum", TOLD_HOME)


async def test_an_open_case_of_ones_own_holds_the_place_until_it_is_closed(
    runtime: Runtime,
) -> None:
    person_id = await _abroad(runtime)
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person_id)
        case = await cases.open_case(session, person, CaseKind.MEDICAL, "ill", NOW)
    await travelling.go_on(runtime, NOW + 3 * DAY)
    assert (await travelling.place_of(runtime, person_id))[0] == "SD/Khartoum"
    async with runtime.db.begin() as session:
        await session.delete(await session.merge(case))
    await travelling.go_on(runtime, NOW + 3 * DAY)
    assert (await travelling.place_of(runtime, person_id))[0] == HOME


async def test_who_was_asked_and_did_not_answer_stays_where_they_were(runtime: Runtime) -> None:
    """The crisis covers another country by now: they were asked all the same."""
    person_id = await _abroad(runtime)
    _officer, crisis = await _war(runtime, "SD")
    async with runtime.db.begin() as session:
        await asking.ask_everyone(session, crisis, NOW)
        person = await session.get_one(Person, person_id)
        await facts.set_place(session, person, places.place_of("TD"), NOW)
    await travelling.go_on(runtime, NOW + 3 * DAY)
    assert (await travelling.place_of(runtime, person_id))[0] == "TD"
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person_id)
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", NOW + 3 * DAY)
    await travelling.go_on(runtime, NOW + 3 * DAY)
    assert (await travelling.place_of(runtime, person_id))[0] == HOME


# --- the question of the last day -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "has_stopped", "asked"),
    [(24, False, 1), (24, True, 0), (24 + 11, False, 0), (24 - 3, False, 0)],
)
async def test_the_last_day_asks_once_by_day_and_nobody_who_stopped(
    runtime: Runtime, hours: int, has_stopped: bool, asked: int
) -> None:
    """Nine in UTC is ten in Tunis; eleven hours later it is night there, as three before."""
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "TN/Tunis", TODAY, TODAY + DAY, NOW)
        if has_stopped:
            await facts.stop(session, person, NOW)
    await travelling.go_on(runtime, NOW)
    for _again in range(2):
        await travelling.go_on(runtime, NOW + timedelta(hours=hours))
    assert await _messages(runtime) == asked


# --- told places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "ending", "leads_to"),
    [
        ("TR/Istanbul", "back", "TN/Tunis"),
        ("TN/Sfax", None, "TN/Sfax"),
        ("FR/Paris", None, "FR/Paris"),
    ],
)
async def test_a_place_told_on_a_trip_ends_it_at_home_and_leads_it_on_elsewhere(
    runtime: Runtime, told: str, ending: str | None, leads_to: str
) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        trip = await travelling.plan(session, person, "TN/Tunis", TODAY, TODAY + 9 * DAY, NOW)
    await travelling.go_on(runtime, NOW)
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        await trips.note_place(session, person, places.place_of(told), NOW + DAY, NOW + DAY)
        trip = await session.get_one(Trip, trip.id)
        assert (trip.ending.value if trip.ending else None, trip.city) == (ending, leads_to)


# --- staff ----------------------------------------------------------------------------------------


async def test_an_officer_ends_a_trip_of_their_people_alone(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, NOW)
        person = await travelling.resident(session, NOW)
        trip = await travelling.plan(session, person, "TN/Tunis", TODAY, TODAY + 9 * DAY, NOW)
    await travelling.go_on(runtime, NOW)
    async with runtime.db.begin() as session:
        with pytest.raises(ConsularError, match="looks after"):
            await trip_desk.end(session, team.post, trip.id, NOW)  # they are in Tunisia now
        with pytest.raises(ConsularError, match="no such trip"):
            await trip_desk.end(session, team.officer, trip.id + 1, NOW)
        with pytest.raises(ConsularError, match="has begun"):
            await trip_desk.correct(session, team.officer, trip.id, TODAY + DAY, None, NOW)
        ended = await trip_desk.end(session, team.officer, trip.id, NOW)
        assert (ended.ending, ended.ended_by) == (TripEnding.STAFF, team.officer.id)
        with pytest.raises(ConsularError, match="over already"):
            await trip_desk.end(session, team.officer, trip.id, NOW)
    assert await travelling.place_of(runtime, person.id) == (HOME, TOLD_HOME)


async def test_an_officer_who_ends_a_trip_takes_nobody_out_of_a_crisis(runtime: Runtime) -> None:
    person_id = await _abroad(runtime)
    officer, _crisis = await _war(runtime, "SD")
    async with runtime.db.begin() as session:
        trip = (await session.scalars(select(Trip))).one()
        await trip_desk.end(session, officer, trip.id, NOW)
    assert (await travelling.place_of(runtime, person_id))[0] == "SD/Khartoum"


# --- keeping, copying, forgetting, joining --------------------------------------------------------


async def test_a_trip_goes_thirty_days_after_its_end_and_the_residence_stays(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "TN/Tunis", TODAY, TODAY, NOW)
    await travelling.go_on(runtime, NOW)
    await travelling.go_on(runtime, NOW + DAY)
    removed = []
    for days in (30, 31):
        async with runtime.db.begin() as session:
            counts = await retention.sweep(session, NOW + days * DAY)
        removed.append(counts["trips"])
    assert removed == [0, 1]
    async with runtime.db.read() as session:
        home = await session.get_one(Residence, person.id)
        assert (home.city, home.source) == (HOME, ResidenceSource.BEFORE_TRIP)


async def test_trips_and_residence_are_copied_for_their_person_and_forgotten(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        await travelling.plan(session, person, "TN/Tunis", TODAY, TODAY + DAY, NOW)
        exported = await export.export(session, person)
        assert exported["residence"]["city"] == HOME
        (trip,) = exported["trips"]
        assert (trip["city"], trip["begins_on"]) == ("TN/Tunis", TODAY.isoformat())
        address = person.id
        await rights.erase(session, person, "system", NOW)
    async with runtime.db.read() as session:
        for table in (Trip, Residence):
            left = select(func.count()).select_from(table).where(table.person_id == address)
            assert await session.scalar(left) == 0


async def test_joined_records_keep_all_trips_and_one_residence(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        other = await travelling.resident(session, NOW, "telegram:1002", home="DE/Berlin")
        await travelling.plan(session, person, "TN/Tunis", TODAY, TODAY + DAY, NOW)
        await travelling.plan(session, other, "MT", TODAY, TODAY + DAY, NOW)
        await merging.merge(session, person, other.id, "system", NOW)
    assert await _trips(runtime) == [("TN", None), ("MT", None)]
    async with runtime.db.read() as session:
        (home,) = await session.scalars(select(Residence))
        assert (home.person_id, home.city) == (person.id, HOME)


async def test_a_residence_moves_along_where_the_person_has_none(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, NOW)
        other = await travelling.resident(session, NOW, "telegram:1002")
        await residence.set_told(session, other, places.place_of("DE/Berlin"), NOW)
        await merging.merge(session, person, other.id, "system", NOW)
        home = await residence.of(session, person.id)
        assert home is not None
        assert home.city == "DE/Berlin"
        await session.execute(delete(Residence))
