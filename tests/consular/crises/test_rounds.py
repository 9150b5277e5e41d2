"""A roll call goes on: by another way, by SMS, then on the call list of a named officer."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.consular.crises import board, call_list, checkins, crises, rounds
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.messages import Channel
from bot.models import (
    Address,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
)
from bot.runtime.runtime import Runtime
from tests import builders

HALF_AN_HOUR = timedelta(minutes=30)


async def send_all(session: AsyncSession, at: datetime) -> None:
    """Let what is queued be sent."""
    queued = update(OutboundMessage).where(OutboundMessage.state == OutboundState.QUEUED)
    await session.execute(queued.values(state=OutboundState.SENT, sent_at=at))


async def questions(session: AsyncSession, person: Person) -> list[Channel | None]:
    """Return the channels by which a person was asked, in order."""
    rows = await session.scalars(
        select(OutboundMessage.channel)
        .where(OutboundMessage.person_id == person.id)
        .order_by(OutboundMessage.id)
    )
    return list(rows)


async def opened(session: AsyncSession, officer: object, now: datetime) -> Crisis:
    """Open a crisis in Turkey whose first question has been sent."""
    crisis = await builders.earthquake(session, officer, now)  # type: ignore[arg-type]
    await builders.fan_out(session, crisis.broadcast_id, now)
    await send_all(session, now)
    return crisis


async def test_the_silent_are_asked_by_the_other_channel_and_then_stand_on_a_call_list(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", "sms:+905550000001")
        crisis = await opened(session, team.officer, now)
        assert await rounds.advance(session, crisis, now + timedelta(minutes=29)) == 0
        again = now + HALF_AN_HOUR
        assert await rounds.advance(session, crisis, again) == 1
        assert await rounds.advance(session, crisis, again) == 0  # under way: nothing to do yet
        await send_all(session, again)
        assert await call_list.listed(session, crisis) == []
        last = again + HALF_AN_HOUR
        await rounds.advance(session, crisis, last)
        assert await questions(session, person) == [Channel.TELEGRAM, Channel.SMS]
        [call] = await call_list.listed(session, crisis)
        assert (call.person_id, call.officer_id) == (person.id, team.post.id)
        counts = (await board.board(session, crisis, last)).counts
        assert (counts["no_answer"], counts["unreachable"]) == (1, 0)


@pytest.mark.parametrize("answers_at", ["before the second question", "after it"])
async def test_nobody_is_asked_or_called_who_has_answered(
    runtime: Runtime, answers_at: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", "sms:+905550000001")
        crisis = await opened(session, team.officer, now)
        again = now + HALF_AN_HOUR
        if answers_at == "after it":
            await rounds.advance(session, crisis, again)
        await checkins.record(session, person, CheckInStatus.STAYING, "sms", again)
        for hours in range(1, 6):
            await rounds.advance(session, crisis, again + timedelta(hours=hours))
        assert await call_list.listed(session, crisis) == []
        queued = select(OutboundMessage.id).where(OutboundMessage.state == OutboundState.QUEUED)
        assert (await session.scalars(queued)).all() == []
        expected = 2 if answers_at == "after it" else 1
        assert len(await questions(session, person)) == expected


async def test_nobody_gets_more_than_three_questions(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        numbers = [f"sms:+90555000000{n}" for n in range(5)]
        person = await builders.person(session, now, "telegram:1", *numbers)
        crisis = await opened(session, team.officer, now)
        for hours in range(1, 9):
            at = now + timedelta(hours=hours)
            await rounds.advance(session, crisis, at)
            await send_all(session, at)
        assert len(await questions(session, person)) == rounds.MAX_QUESTIONS
        assert len(await call_list.listed(session, crisis)) == 1


async def test_whom_no_question_can_reach_is_on_a_list_at_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        stopped = await builders.person(session, now, "telegram:1", stopped_at=now)
        unreachable = await builders.person(session, now)
        closed = await builders.person(session, now, "sms:+905550000001")
        failed = await builders.person(session, now, "sms:+905550000002")
        await session.execute(
            update(Address).where(Address.person_id == closed.id).values(stopped_at=now)
        )
        reached = await builders.person(session, now, "telegram:3")
        crisis = await opened(session, team.officer, now)
        await builders.set_state(session, OutboundState.FAILED, failed)
        await rounds.advance(session, crisis, now)
        listed = {call.person_id for call in await call_list.listed(session, crisis)}
        assert listed == {stopped.id, unreachable.id, closed.id, failed.id}
        assert reached.id not in listed


async def test_calls_are_shared_among_those_who_look_after_the_country(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for _ in range(6):
            await builders.person(session, now)
        for _ in range(3):
            await builders.person(session, now, country="SD")
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR", "SD"])
        await builders.fan_out(session, crisis.broadcast_id, now)
        await rounds.advance(session, crisis, now)
        calls = await call_list.listed(session, crisis)
        by_officer = Counter(call.officer_id for call in calls)
        assert by_officer[team.post.id] == 6  # of Turkey; nobody is there for Sudan
        assert by_officer[team.officer.id] + by_officer[team.approver.id] == 3


async def test_calls_of_a_blocked_officer_go_to_others(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now)
        crisis = await opened(session, team.officer, now)
        await rounds.advance(session, crisis, now)
        await accounts.block(session, team.post, now, team.admin)
        await rounds.advance(session, crisis, now)
        [call] = await call_list.listed(session, crisis)
        assert call.officer_id in {team.officer.id, team.approver.id}


async def test_a_call_is_handed_to_a_colleague_who_looks_after_the_country(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        crisis = await opened(session, team.officer, now)
        await rounds.advance(session, crisis, now)
        egypt, _token = await accounts.add(
            session, "cairo@mofa.example", Role.POST_OFFICER, "EG", now, None
        )
        with pytest.raises(ConsularError):
            await call_list.hand(session, team.post, crisis, person.id, egypt, now)
        with pytest.raises(ConsularError):
            await call_list.hand(session, egypt, crisis, person.id, team.officer, now)
        await call_list.hand(session, team.post, crisis, person.id, team.officer, now)
        [call] = await call_list.listed(session, crisis, team.officer)
        assert call.person_id == person.id


async def test_a_closed_crisis_asks_nobody_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", "sms:+905550000001")
        crisis = await opened(session, team.officer, now)
        await crises.close(session, team.officer, crisis, now)
        assert await rounds.advance(session, crisis, now + timedelta(hours=2)) == 0
        assert await rounds.going_on(session) == []
        assert len(await questions(session, person)) == 1


async def test_who_comes_into_the_area_is_asked_and_who_told_us_is_not(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await opened(session, team.officer, now)
        later = now + timedelta(minutes=10)
        newcomer = await builders.person(session, later, "telegram:1", changed_at=later)
        teller = await builders.person(session, later, "telegram:2", changed_at=later)
        await checkins.record(session, teller, CheckInStatus.SAFE, "telegram", later)
        [roll_call] = await fan_out.awaiting_joiners(session, later, later)
        await fan_out.add_joiners(session, roll_call, later)
        assert await questions(session, newcomer) == [Channel.TELEGRAM]
        assert await questions(session, teller) == []
        counts = (await board.board(session, crisis, later)).counts
        assert (counts["safe"], counts["not_asked"]) == (1, 1)


async def test_two_workers_never_ask_the_same_person_twice(runtime: Runtime) -> None:
    now = runtime.clock()
    again = now + HALF_AN_HOUR
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", "sms:+905550000001")
        crisis = await opened(session, team.officer, now)
    for _worker in range(2):
        async with runtime.db.begin() as session:
            same_crisis = await crises.get(session, crisis.id)
            await rounds.advance(session, same_crisis, again)
    async with runtime.db.read() as session:
        assert len(await questions(session, person)) == 2
