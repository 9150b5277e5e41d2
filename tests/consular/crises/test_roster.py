"""The people behind the board: whom a list shows, in which order, and what it says of each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.consular.crises import board, cases, checkins, outreach, roster, roster_entries
from bot.consular.crises.outreach import Word
from bot.consular.crises.roster import Filter
from bot.consular.errors import ConsularError
from bot.consular.people import tags
from bot.messages import Channel
from bot.models import (
    CaseKind,
    CheckInStatus,
    OutreachKind,
    OutreachMeans,
    OutreachSource,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock


async def test_each_count_of_the_board_is_a_list_of_as_many(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR", "SD"])
        await builders.population(session, 120, ["TR", "SD", "TN"], Channel.PHONE, now)
        silent = await builders.person(session, now, stopped_at=now)
        await builders.person(session, now, "phone:text:1", synthetic=True)
        helped = await builders.person(session, now, "phone:text:2")
        await checkins.record(session, helped, CheckInStatus.MEDICAL, "phone", now)
        figures = await board.board(session, crisis, now)
        for standing, people in figures.counts.items():
            chosen = await roster.page(session, team.officer, crisis, Filter(standing), 1, now)
            assert chosen.total == people
            listed = await roster_entries.entries(session, crisis, chosen.ids)
            assert {entry.standing for entry in listed} <= {standing}
        stale = await roster.page(session, team.officer, crisis, Filter("stale"), 1, now)
        assert stale.total == figures.stale
        unreachable = await roster.page(session, team.post, crisis, Filter("unreachable"), 1, now)
        assert unreachable.ids == [silent.id]


async def test_a_post_sees_its_own_people_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR", "SD"])
        own = await builders.person(session, now)
        other = await builders.person(session, now, country="SD")
        everyone = await roster.everybody(session, team.officer, crisis, Filter(), now)
        assert set(everyone) == {own.id, other.id}
        assert await roster.everybody(session, team.post, crisis, Filter(), now) == [own.id]
        sudan = Filter(country="SD")
        assert await roster.count(session, team.post, crisis, sudan, now) == 0
        away = await builders.earthquake(session, team.officer, now, countries=["SD"])
        with pytest.raises(ConsularError, match="no such crisis"):
            await roster.find(session, team.post, away.id)
        with pytest.raises(ConsularError, match="may not do that"):
            await roster.find(session, team.auditor, crisis.id)


async def test_vulnerable_people_come_first_and_then_those_without_news(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        people: list[Person] = []
        for days in (1, 30, 3):
            placed_at = now - timedelta(days=days)
            index = f"sms:+90532{days:07}"
            person = await builders.person(
                session, now, index, city="TR/Istanbul", placed_at=placed_at
            )
            people.append(person)
        recent, long_ago, between = people
        frail = await builders.person(session, now, "telegram:9", city="TR/Antakya")
        await tags.add(session, team.officer, frail.id, "فئة هشة", now)
        order = [frail.id, long_ago.id, between.id, recent.id]
        assert await roster.everybody(session, team.post, crisis, Filter(), now) == order
        istanbul = Filter("not_asked", city="TR/Istanbul", channel=Channel.SMS)
        assert await roster.everybody(session, team.post, crisis, istanbul, now) == order[1:]
        vulnerable = Filter(tag="vulnerable")
        chosen = await roster.page(session, team.post, crisis, vulnerable, 1, now)
        assert (chosen.ids, chosen.total) == ([frail.id], 1)
        beyond = await roster.page(session, team.post, crisis, Filter(), 9, now)
        assert (beyond.ids, beyond.total) == ([], 4)


async def test_people_are_sorted_by_name_and_by_age_of_answer(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        ids = {}
        for name in ("هدى", "أحمد", "سالم"):
            person = await builders.person(session, now, name=name)
            ids[name] = person.id
            clock.advance(minutes=1)
            await checkins.record(session, person, CheckInStatus.SAFE, "sms", runtime.clock())
        nameless = await builders.person(session, now)
        by_name = await roster.page(session, team.post, crisis, Filter(order="name"), 1, now)
        assert by_name.ids == [ids["أحمد"], ids["سالم"], ids["هدى"], nameless.id]
        by_age = Filter(order="answer")
        oldest_first = await roster.everybody(session, team.post, crisis, by_age, now)
        assert oldest_first == [ids["هدى"], ids["أحمد"], ids["سالم"], nameless.id]


async def test_an_entry_says_how_somebody_is_reached_and_what_comes_next(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        silent = await builders.person(session, now, "sms:+905321234567", name="سالم")
        quiet = await builders.person(session, now, "telegram:2", phone="+905327654321")
        quiet.no_calls_at = now
        lost = await builders.person(session, now, "telegram:3", phone="+905320000000")
        for kind in (OutreachKind.NO_ANSWER, OutreachKind.WRONG_NUMBER):
            clock.advance(minutes=1)
            await outreach.call(session, team.post, crisis, lost.id, kind, "", runtime.clock())
        helped = await builders.person(session, now, "telegram:4")
        await cases.open_case(session, helped, CaseKind.HUMAN, "", now)
        await cases.open_case(session, helped, CaseKind.LIFE, "محاصر", now)
        safe = await builders.person(session, now, "telegram:5")
        word = Word(CheckInStatus.SAFE, OutreachSource.EMPLOYER, OutreachMeans.OFFICIAL_LIST)
        await outreach.tell(session, team.post, crisis, safe.id, word, now)
        people = (silent, quiet, lost, helped, safe)
        ids = [person.id for person in people]
        listed = await roster_entries.entries(session, crisis, ids)
        steps = [entry.next_step for entry in listed]
        assert steps == ["call", "write", "ask_again", "case", "none"]
        assert [entry.phone for entry in listed[:3]] == [
            "+905321234567",
            "+905327654321",
            "+905320000000",
        ]
        assert [call.kind.value for call in listed[2].calls] == ["wrong_number", "no_answer"]
        assert listed[3].case is not None
        assert listed[3].case.kind is CaseKind.LIFE
        assert listed[4].told is not None
        assert listed[4].told.source is OutreachSource.EMPLOYER
        assert listed[4].answer is not None
        assert listed[4].answer.via == "staff"
