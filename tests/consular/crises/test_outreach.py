"""What officers are told of people in a crisis, calls in vain, taking back, asking again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.crises import asking_again, board, cases, checkins, crises, outreach
from bot.consular.crises.outreach import Word
from bot.consular.errors import ConsularError
from bot.consular.people import merging
from bot.messages import Channel, Content
from bot.models import (
    Case,
    CaseKind,
    CheckIn,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
    Outreach,
    OutreachKind,
    OutreachMeans,
    OutreachSource,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

SAFE = Word(CheckInStatus.SAFE, OutreachSource.PERSON, OutreachMeans.PHONE)
HELP = Word(
    CheckInStatus.HELP,
    OutreachSource.RELATIVE,
    OutreachMeans.PHONE,
    relation="brother",
    words="أخوه يقول إنه محاصر في الطابق الثالث",
)


def no_link(_person_id: int) -> str:
    return ""


async def counts(session: AsyncSession, crisis: Crisis, runtime: Runtime) -> Mapping[str, int]:
    figures = await board.board(session, crisis, runtime.clock())
    return {name: people for name, people in figures.counts.items() if people}


async def test_what_a_relative_told_counts_and_opens_a_case(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1", name="سالم بن عمران")
        told = await outreach.tell(session, team.post, crisis, person.id, HELP, now)
        assert await counts(session, crisis, runtime) == {"help": 1}
        check_in = await session.get_one(CheckIn, told.check_in_id)
        assert (check_in.via, check_in.answer) == ("staff", CheckInStatus.HELP)
        case = (await session.scalars(select(Case))).one()
        assert case.kind is CaseKind.LIFE
        assert case.note is not None
        assert case.note.endswith("أخوه يقول إنه محاصر في الطابق الثالث")
        assert (told.source, told.relation) == (OutreachSource.RELATIVE, "brother")


SOURCES = {
    OutreachSource.PERSON: OutreachMeans.PHONE,
    OutreachSource.RELATIVE: OutreachMeans.MESSAGE,
    OutreachSource.NEIGHBOUR: OutreachMeans.IN_PERSON,
    OutreachSource.EMPLOYER: OutreachMeans.MESSAGE,
    OutreachSource.HOSPITAL: OutreachMeans.OFFICIAL_LIST,
    OutreachSource.AUTHORITY: OutreachMeans.OFFICIAL_LIST,
}


async def test_whoever_told_it_is_written_down(runtime: Runtime) -> None:
    now = runtime.clock()
    assert list(SOURCES) == list(OutreachSource)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        for source, means in SOURCES.items():
            word = Word(CheckInStatus.SAFE, source, means, relation="sister")
            await outreach.tell(session, team.post, crisis, person.id, word, now)
        told = await outreach.of_person(session, person.id)
        pairs = {attempt.source: attempt.means for attempt in told}
        assert pairs == SOURCES
        relations = {attempt.relation for attempt in told}
        assert relations == {None, "sister"}


async def test_the_person_overrides_by_time(runtime: Runtime, clock: SetClock) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        clock.advance(minutes=30)
        at = now + timedelta(minutes=10)
        late = Word(
            CheckInStatus.EVACUATE, OutreachSource.NEIGHBOUR, OutreachMeans.IN_PERSON, at=at
        )
        later = now + timedelta(minutes=20)
        await checkins.record(session, person, CheckInStatus.SAFE, "sms", later)
        await outreach.tell(session, team.officer, crisis, person.id, late, runtime.clock())
        assert await counts(session, crisis, runtime) == {"safe": 1}
        await outreach.tell(session, team.officer, crisis, person.id, HELP, runtime.clock())
        assert await counts(session, crisis, runtime) == {"help": 1}
        clock.advance(minutes=1)
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", runtime.clock())
        assert await counts(session, crisis, runtime) == {"safe": 1}


async def test_taking_back_lets_the_answer_before_count_again(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        clock.advance(minutes=1)
        await checkins.record(session, person, CheckInStatus.EVACUATE, "sms", runtime.clock())
        clock.advance(minutes=1)
        told = await outreach.tell(session, team.post, crisis, person.id, SAFE, runtime.clock())
        assert await counts(session, crisis, runtime) == {"safe": 1}
        clock.advance(minutes=10)
        assert outreach.may_undo(team.post, told, runtime.clock())
        await outreach.undo(session, team.post, told.id, runtime.clock())
        assert await counts(session, crisis, runtime) == {"evacuate": 1}
        kept = (await outreach.of_person(session, person.id))[0]
        assert (kept.answer, kept.undone_by) == ("safe", team.post.id)
        assert kept.check_in_id is None
        with pytest.raises(ConsularError, match="too late"):
            await outreach.undo(session, team.post, told.id, runtime.clock())


async def test_only_its_author_takes_back_within_ten_minutes_and_headquarters_always(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        mine = await outreach.tell(session, team.post, crisis, person.id, SAFE, now)
        other = await outreach.tell(session, team.officer, crisis, person.id, SAFE, now)
        assert not outreach.may_undo(team.post, other, now)
        assert not outreach.may_undo(team.auditor, mine, now)
        clock.advance(minutes=11)
        with pytest.raises(ConsularError, match="ask headquarters"):
            await outreach.undo(session, team.post, mine.id, runtime.clock())
        await outreach.undo(session, team.officer, mine.id, runtime.clock())
        assert await counts(session, crisis, runtime) == {"safe": 1}


async def test_a_call_in_vain_is_no_answer_of_the_person(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        for kind in (OutreachKind.NO_ANSWER, OutreachKind.WRONG_NUMBER):
            await outreach.call(session, team.post, crisis, person.id, kind, "لا يرد", now)
        assert await counts(session, crisis, runtime) == {"not_asked": 1}
        assert await session.scalar(select(func.count()).select_from(CheckIn)) == 0
        kind = OutreachKind.ASKED_AGAIN
        with pytest.raises(ConsularError, match="what came of the call"):
            await outreach.call(session, team.post, crisis, person.id, kind, "", now)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"at": timedelta(minutes=5)}, "not come yet"),
        ({"at": timedelta(minutes=-5)}, "before the crisis began"),
        ({"source": OutreachSource.RELATIVE}, "which relative"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    runtime: Runtime, changes: dict[str, Any], words: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        columns: dict[str, Any] = {
            "status": CheckInStatus.SAFE,
            "source": OutreachSource.PERSON,
            "means": OutreachMeans.PHONE,
            **changes,
        }
        if "at" in columns:
            columns["at"] += now
        with pytest.raises(ConsularError, match=words):
            await outreach.tell(session, team.post, crisis, person.id, Word(**columns), now)
        assert await counts(session, crisis, runtime) == {"not_asked": 1}
        assert await session.scalar(select(func.count()).select_from(Outreach)) == 0


async def test_nobody_marks_people_of_another_post_or_of_no_crisis(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR", "SD"])
        away = await builders.person(session, now, country="SD")
        elsewhere = await builders.person(session, now, country="TN")
        exercise = await builders.person(session, now, synthetic=True)
        with pytest.raises(ConsularError, match="TR only"):
            await outreach.tell(session, team.post, crisis, away.id, SAFE, now)
        for person in (elsewhere, exercise):
            with pytest.raises(ConsularError, match="not in the crisis"):
                await outreach.tell(session, team.officer, crisis, person.id, SAFE, now)
        with pytest.raises(ConsularError, match="may not do that"):
            await outreach.tell(session, team.auditor, crisis, away.id, SAFE, now)
        await crises.close(session, team.officer, crisis, now)
        with pytest.raises(ConsularError, match="closed"):
            await outreach.tell(session, team.officer, crisis, away.id, SAFE, now)


async def test_outreach_goes_along_when_two_records_become_one(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        duplicate = await builders.person(session, now, "sms:+905321234567")
        await outreach.tell(session, team.post, crisis, duplicate.id, SAFE, now)
        await merging.merge(session, person, duplicate.id, "system", now)
        assert len(await outreach.of_person(session, person.id)) == 1


def text_of(message: OutboundMessage) -> str:
    assert message.content is not None
    return Content.from_json(message.content).text


async def asked(session: AsyncSession) -> list[OutboundMessage]:
    query = select(OutboundMessage).where(OutboundMessage.broadcast_id.is_(None))
    return list(await session.scalars(query.order_by(OutboundMessage.id)))


async def test_a_person_is_asked_again_by_the_other_channel(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1", "sms:+905321234567")
        await asking_again.ask(session, team.post, crisis, person.id, no_link, now)
        clock.advance(minutes=29)
        with pytest.raises(ConsularError, match="less than 30 minutes"):
            await asking_again.ask(session, team.post, crisis, person.id, no_link, runtime.clock())
        clock.advance(minutes=1)

        def link(person_id: int) -> str:
            return f"https://tammen.example/r/{person_id}"

        await asking_again.ask(session, team.post, crisis, person.id, link, runtime.clock())
        first, second = await asked(session)
        assert (first.channel, second.channel) == (Channel.TELEGRAM, Channel.SMS)
        assert "زلزال" in text_of(first)
        assert "{link}" not in text_of(second)
        clock.advance(minutes=30)
        await asking_again.ask(session, team.post, crisis, person.id, no_link, runtime.clock())
        assert (await asked(session))[2].channel is Channel.TELEGRAM


async def test_an_answer_or_the_end_of_the_crisis_ends_the_question(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        first = await builders.person(session, now, "telegram:1")
        second = await builders.person(session, now, "telegram:2")
        for person in (first, second):
            await asking_again.ask(session, team.post, crisis, person.id, no_link, now)
        await checkins.record(session, first, CheckInStatus.SAFE, "telegram", now)
        clock.advance(hours=1)
        with pytest.raises(ConsularError, match="has answered"):
            await asking_again.ask(session, team.post, crisis, first.id, no_link, runtime.clock())
        states = select(OutboundMessage.state).order_by(OutboundMessage.id)
        assert list(await session.scalars(states)) == [
            OutboundState.DROPPED,
            OutboundState.QUEUED,
        ]
        await crises.close(session, team.officer, crisis, runtime.clock())
        assert list(await session.scalars(states)) == [OutboundState.DROPPED] * 2


@pytest.mark.parametrize("kind", ["stopped", "no address"])
async def test_nobody_is_asked_who_cannot_be(runtime: Runtime, kind: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person: Person
        if kind == "stopped":
            person = await builders.person(session, now, "telegram:1", stopped_at=now)
        else:
            person = await builders.person(session, now)
        with pytest.raises(ConsularError, match="call, or ask those around"):
            await asking_again.ask(session, team.post, crisis, person.id, no_link, now)
        assert await asked(session) == []


async def test_a_case_of_a_marked_person_stays_when_it_is_taken_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now, "telegram:1")
        told = await outreach.tell(session, team.post, crisis, person.id, HELP, now)
        await outreach.undo(session, team.post, told.id, now)
        assert await cases.has_open(session, person)
        assert await counts(session, crisis, runtime) == {"not_asked": 1}
        backlog = await outbox.backlog(session, now)
        assert backlog == []
