"""A crisis of a part of its countries: who is in it, who comes in, and how it grows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.consular.crises import areas, board, cases, checkins, course, coverage, crises, endings
from bot.consular.crises.areas import Fields
from bot.consular.errors import ConsularError
from bot.models import (
    AuditNote,
    Broadcast,
    BroadcastKind,
    CaseKind,
    CheckInStatus,
    Crisis,
    CrisisEntryKind,
    OutboundMessage,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders

ISTANBUL = {"cities": ["TR/Istanbul"]}
AROUND_IZMIR = {"circle": {"latitude": 38.42, "longitude": 27.14, "km": 40.0}}


async def asked(session: AsyncSession, crisis: Crisis) -> set[int | None]:
    """Return who has a row in the roll call of a crisis."""
    people = await session.scalars(
        select(OutboundMessage.person_id).where(OutboundMessage.broadcast_id == crisis.broadcast_id)
    )
    return set(people)


async def in_city(session: AsyncSession, now: datetime, chat: int, city: str) -> Person:
    country, _slash, _name = city.partition("/")
    return await builders.person(session, now, f"telegram:{chat}", country=country, city=city)


@pytest.mark.parametrize(
    ("fields", "area"),
    [
        (Fields(cities="إسطنبول"), ISTANBUL),
        (Fields(cities="istanbul، İzmir"), {"cities": ["TR/Istanbul", "TR/Izmir"]}),
        (Fields(around="٣٨٫٤٢, 27.14", km="٤٠"), AROUND_IZMIR),
        (
            Fields(corners="36, 35\n36, 37\n٣٧، 37"),
            {"polygon": [[36.0, 35.0], [36.0, 37.0], [37.0, 37.0]]},
        ),
        (
            Fields(cities="Istanbul", around="38.42, 27.14", km="40"),
            {"any": [ISTANBUL, AROUND_IZMIR]},
        ),
        (Fields(), None),
    ],
)
def test_an_area_is_read_as_people_write_it(fields: Fields, area: dict[str, Any] | None) -> None:
    assert areas.of_fields(fields, ["TR"]) == area


@pytest.mark.parametrize(
    "fields",
    [
        Fields(cities="Nowhereville"),
        Fields(cities="Khartoum"),  # in no country of this crisis
        Fields(around="Istanbul"),
        Fields(km="40"),
        Fields(around="Istanbul", km="far"),
        Fields(corners="36, 35\nhere"),
    ],
)
def test_what_is_no_area_is_refused_in_words(fields: Fields) -> None:
    with pytest.raises(ConsularError):
        areas.of_fields(fields, ["TR"])


async def test_only_the_area_is_asked_and_counted(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        inside = await in_city(session, now, 1, "TR/Istanbul")
        outside = await in_city(session, now, 2, "TR/Adana")
        stopped = await builders.person(
            session, now, "telegram:3", city="TR/Istanbul", stopped_at=now
        )
        crisis = await builders.earthquake(session, team.officer, now, area=ISTANBUL)
        await builders.fan_out(session, crisis.broadcast_id, now)
        assert await asked(session, crisis) == {inside.id, stopped.id}
        counts = (await board.board(session, crisis, now)).counts
        assert {name: count for name, count in counts.items() if count} == {
            "not_asked": 1,
            "unreachable": 1,
        }
        assert await coverage.covering(session, inside) is crisis
        assert await coverage.covering(session, outside) is None


async def test_an_answer_and_a_case_belong_to_the_crisis_whose_area_holds_the_person(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, area=ISTANBUL)
        newcomer = await in_city(session, now, 1, "TR/Istanbul")
        elsewhere = await in_city(session, now, 2, "TR/Adana")
        inside = await checkins.record(session, newcomer, CheckInStatus.HELP, "telegram", now)
        outside = await checkins.record(session, elsewhere, CheckInStatus.HELP, "telegram", now)
        case = await cases.open_case(session, elsewhere, CaseKind.LIFE, "ساعدونا", now)
        assert (inside.crisis_id, outside.crisis_id) == (crisis.id, None)
        assert case.crisis_id is None
        assert (await board.board(session, crisis, now)).counts["help"] == 1


async def test_the_area_grows_in_the_middle_of_a_roll_call(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first = await in_city(session, now, 1, "TR/Istanbul")
        second = await in_city(session, now, 2, "TR/Izmir")
        third = await in_city(session, now, 3, "SD/Khartoum")
        crisis = await builders.earthquake(session, team.officer, now, area=ISTANBUL)
        broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
        await fan_out.fan_out(session, broadcast, 1, now)  # not whole yet
        await course.grow(session, team.officer, crisis, [], AROUND_IZMIR_CITY, now)
        await course.grow(session, team.officer, crisis, ["SD"], {"cities": ["SD/Khartoum"]}, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        assert await asked(session, crisis) == {first.id, second.id, third.id}
        assert set((await board.board(session, crisis, now)).by_country) == {"TR", "SD"}


AROUND_IZMIR_CITY = {"cities": ["TR/Izmir"]}


@pytest.mark.parametrize(
    ("former", "countries", "added"),
    [
        (None, [], ISTANBUL),  # the whole country is covered already
        (ISTANBUL, [], None),  # nothing is added
        (ISTANBUL, ["SD"], None),  # which part of Sudan?
        (ISTANBUL, [], {"languages": ["ar"]}),  # no place
    ],
)
async def test_what_adds_nothing_clear_is_refused(
    runtime: Runtime,
    former: dict[str, Any] | None,
    countries: list[str],
    added: dict[str, Any] | None,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, area=former)
        with pytest.raises(ConsularError):
            await course.grow(session, team.officer, crisis, countries, added, now)
        assert crises.countries_of(crisis) == ["TR"]


async def test_a_post_lets_its_crisis_grow_in_its_own_country_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        with pytest.raises(ConsularError):
            await course.grow(session, team.post, crisis, ["SD"], None, now)


async def test_those_who_stay_are_asked_once_more_before_the_last_way_out(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        staying = await builders.person(session, now, "telegram:1")
        safe = await builders.person(session, now, "telegram:2")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await checkins.record(session, staying, CheckInStatus.STAYING, "telegram", now)
        await checkins.record(session, safe, CheckInStatus.SAFE, "telegram", now)
        with pytest.raises(ConsularError):
            await course.set_last_way_out(session, team.officer, crisis, now, now)
        last = now + timedelta(days=1)
        await course.set_last_way_out(session, team.officer, crisis, last, now)
        early, due = last - timedelta(hours=7), last - timedelta(hours=5)
        assert not await course.ask_those_who_stay(session, crisis, early, has_link=False)
        assert await course.ask_those_who_stay(session, crisis, due, has_link=False)
        assert not await course.ask_those_who_stay(session, crisis, due, has_link=False)
        question = await session.scalar(select(Broadcast).order_by(Broadcast.id.desc()).limit(1))
        assert question is not None
        assert await builders.fan_out(session, question.id, due) == 1
        recipients = await session.scalars(
            select(OutboundMessage.person_id).where(OutboundMessage.broadcast_id == question.id)
        )
        assert list(recipients) == [staying.id]
        assert "باقٍ" in question.contents["ar"]["chat"]["text"]
        await checkins.record(session, staying, CheckInStatus.EVACUATE, "telegram", due)
        counts = (await board.board(session, crisis, due)).counts
        assert (counts["staying"], counts["evacuate"], counts["safe"]) == (0, 1, 1)


async def test_the_timeline_tells_what_happened_and_how_it_ended(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        answered = await builders.person(session, now, "telegram:1")
        await builders.person(session, now, "telegram:2")
        crisis = await builders.earthquake(session, team.officer, now)
        await checkins.record(session, answered, CheckInStatus.SAFE, "telegram", now)
        later = now + timedelta(minutes=1)
        await course.set_phase(session, team.officer, crisis, 3, later)
        await course.write(session, team.post, crisis, "المعبر مغلق منذ الفجر", later)
        end = now + timedelta(minutes=2)
        with pytest.raises(ConsularError):
            await endings.close(session, team.officer, crisis, "  ", thanks=True, now=end)
        await endings.close(session, team.officer, crisis, "عاد الجميع", thanks=True, now=end)
        events = await course.timeline(session, crisis)
        words = [event.entry.words for event in events if event.entry]
        assert words == ["عاد الجميع", "المعبر مغلق منذ الفجر"]
        kinds = [event.entry.kind for event in events if event.entry]
        assert kinds == [CrisisEntryKind.OUTCOME, CrisisEntryKind.NOTE]
        actions = [event.note.action for event in events if event.note]
        assert set(actions) >= {"crisis.opened", "crisis.phase", "crisis.closed"}
        details = await session.scalars(select(AuditNote.detail))
        assert "المعبر" not in str(list(details))
        thanks = await session.scalar(
            select(Broadcast).where(Broadcast.kind == BroadcastKind.ADVISORY)
        )
        assert thanks is not None
        assert await builders.fan_out(session, thanks.id, end) == 1
        assert "شكرًا" in thanks.contents["ar"]["text"]["text"]


@pytest.mark.parametrize("phase", [0, 5, -1])
async def test_there_are_four_phases(runtime: Runtime, phase: int) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        with pytest.raises(ConsularError):
            await course.set_phase(session, team.officer, crisis, phase, now)
        assert crisis.phase == 1
