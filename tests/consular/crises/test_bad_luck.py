"""Bad luck in a crisis: what the people and the officers see when two things go wrong at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import outbox
from bot.consular.broadcasts import fan_out
from bot.consular.crises import (
    call_list,
    call_sheet,
    cases,
    checkins,
    clocks,
    crises,
    handling,
    rounds,
)
from bot.consular.staff import accounts
from bot.consular.trust import retention, rights
from bot.messages import Channel
from bot.models import (
    Address,
    Call,
    CaseKind,
    CaseState,
    CheckInStatus,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
)
from bot.runtime.runtime import Runtime
from tests import builders, closing
from tests.asking import HALF_AN_HOUR, MINUTE, advance, asked, counts, send_all

# --- the clock jumps ---


async def test_a_clock_three_hours_ahead_asks_one_question_a_run_and_none_twice(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    numbers = [f"sms:+90555000000{n}" for n in range(3)]
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", *numbers)
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await send_all(session, now)
    ahead = now + timedelta(hours=3)
    for run in range(3):
        async with runtime.db.begin() as session:
            same_crisis = await crises.get(session, crisis.id)
            await rounds.advance(session, same_crisis, ahead + timedelta(seconds=20 * run))
            assert len(await asked(session, person)) == 2
    await advance(runtime, [crisis], ahead + MINUTE)
    async with runtime.db.read() as session:
        addresses = select(OutboundMessage.address_id).where(OutboundMessage.person_id == person.id)
        used = list(await session.scalars(addresses))
        assert len(used) == len(set(used)) == 2


async def test_a_clock_set_back_asks_nobody_early_and_holds_nothing_up(runtime: Runtime) -> None:
    now = runtime.clock()
    back = now - timedelta(hours=1)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", "sms:+905550000001")
        crisis = await builders.earthquake(session, team.officer, now)
        [begun] = await fan_out.open_ones(session, back)
        assert begun.id == crisis.broadcast_id
        await builders.fan_out(session, crisis.broadcast_id, now)
        [claimed] = await outbox.claim(session, Channel.TELEGRAM, Lane, 20, back)
        sent = outbox.Result(claimed.id, claimed.address_id, OutboundState.SENT)
        await outbox.mark(session, [sent], back)
    for minutes in range(0, 30, 5):
        await advance(runtime, [crisis], back + timedelta(minutes=minutes))
    async with runtime.db.begin() as session:
        assert await asked(session, person) == [Channel.TELEGRAM]
    for _run in range(2):
        await advance(runtime, [crisis], back + HALF_AN_HOUR)
    async with runtime.db.read() as session:
        assert await asked(session, person) == [Channel.TELEGRAM, Channel.SMS]


async def test_who_comes_after_the_clock_was_set_back_is_asked(runtime: Runtime) -> None:
    now = runtime.clock()
    back = now - timedelta(hours=1)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        person = await builders.person(session, back, "telegram:1", changed_at=back)
        [roll_call] = await fan_out.awaiting_joiners(session, back, back)
        await fan_out.add_joiners(session, roll_call, back)
        assert await asked(session, person) == [Channel.TELEGRAM]


async def test_answers_keep_their_order_while_the_clock_is_set_back(runtime: Runtime) -> None:
    now = runtime.clock()
    back = now - timedelta(hours=1)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first = await builders.person(session, now, "telegram:1")
        second = await builders.person(session, now, "telegram:2")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await checkins.record(session, first, CheckInStatus.SAFE, "telegram", now + MINUTE)
        await checkins.record(session, first, CheckInStatus.HELP, "telegram", back)
        await checkins.record(session, second, CheckInStatus.STAYING, "telegram", back)
        assert await counts(session, crisis, back) == {"help": 1, "staying": 1}
        late = back - HALF_AN_HOUR
        await checkins.record(session, first, CheckInStatus.SAFE, "telegram", back, late, back)
        assert await counts(session, crisis, back) == {"help": 1, "staying": 1}


# --- somebody wants to be forgotten ---


async def test_who_wants_to_be_forgotten_counts_until_their_case_ends(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        leaving = await builders.person(session, now, consented_at=now)
        await builders.person(session, now, "telegram:2")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await send_all(session, now)
        await rounds.advance(session, crisis, now)
        case = await cases.open_case(session, leaving, CaseKind.UNCLEAR, "اتصلوا بي", now)
        await rights.postpone(session, leaving, now)
        assert await counts(session, crisis, now) == {"no_answer": 1, "unreachable": 1}
        assert len(await call_list.listed(session, crisis)) == 1
        await closing.close_case(session, team.officer, case, now)
        later = now + timedelta(days=1)
        assert (await retention.sweep(session, later))["waited"] == 1
        assert await counts(session, crisis, later) == {"no_answer": 1}
        assert await call_list.listed(session, crisis) == []
        assert await session.scalar(select(func.count()).select_from(Call)) == 0


async def test_who_is_forgotten_in_a_crisis_is_on_no_call_list_while_the_goodbye_leaves(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        leaving = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await builders.set_state(session, OutboundState.FAILED, leaving)
        await rounds.advance(session, crisis, now)
        assert len(await call_list.listed(session, crisis)) == 1
        farewell = (await session.scalars(select(Address))).one()
        await rights.erase(session, leaving, "person:1", now, farewell)
        assert await counts(session, crisis, now) == {}
        assert (await call_list.loads_of(session, crisis)).total() == 0
        assert await session.scalar(select(func.count()).select_from(Call)) == 0


# --- an officer is blocked ---


async def test_cases_and_calls_of_a_blocked_officer_go_on_without_them(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await rounds.advance(session, crisis, now)
        case = await cases.open_case(session, person, CaseKind.LIFE, "تحت الأنقاض", now)
        await handling.take(session, team.post, case, now + MINUTE)
        later = now + timedelta(minutes=20)
        await accounts.block(session, team.post, later, team.admin)
        assert (case.state, case.owner_id, case.opened_at) == (CaseState.OPEN, None, now)
        alarm = await clocks.alarm(session, team.officer, later)
        assert alarm.lives == 1
        await rounds.advance(session, crisis, later)
        [call] = await call_list.listed(session, crisis)
        assert call.officer_id in {team.officer.id, team.approver.id}


async def test_calls_that_nobody_else_can_take_stay_in_sight_of_headquarters(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        officer = await builders.account(session, Role.HQ_OFFICER, now)
        person = await builders.person(session, now)
        crisis = await builders.earthquake(session, officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await rounds.advance(session, crisis, now)
        await accounts.block(session, officer, now, None)
        await rounds.advance(session, crisis, now)
        [call] = await call_list.listed(session, crisis)
        assert (call.person_id, call.officer_id) == (person.id, officer.id)
        approver = await builders.account(session, Role.APPROVER, now)
        sheet = await call_sheet.look(session, approver, crisis, None, 1, now)
        assert [line.person.id for line in sheet.lines] == [person.id]
        await rounds.advance(session, crisis, now + MINUTE)
        [call] = await call_list.listed(session, crisis)
        assert call.officer_id == approver.id


# --- a crisis closes in the middle of something ---


async def test_a_crisis_that_closes_while_a_round_is_made_asks_nobody_more(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for number in range(1, 6):
            addresses = (f"telegram:{number}", f"sms:+90555000000{number}")
            await builders.person(session, now, *addresses)
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await send_all(session, now)
    again = now + HALF_AN_HOUR

    async def ask_again() -> None:
        async with runtime.db.begin() as session:
            await rounds.advance(session, await crises.get(session, crisis.id), again)

    async def close() -> None:
        async with runtime.db.begin() as session:
            same_crisis = await crises.get(session, crisis.id)
            await crises.close(session, team.officer, same_crisis, again)

    await asyncio.gather(ask_again(), close(), ask_again())
    async with runtime.db.begin() as session:
        assert await outbox.claim(session, Channel.SMS, Lane, 20, again) == []
        states = select(OutboundMessage.state).distinct()
        left = set(await session.scalars(states))
        assert left <= {OutboundState.SENT, OutboundState.DROPPED}
        closed = await crises.get(session, crisis.id)
        assert await counts(session, closed, again) == {"no_answer": 5}


async def test_a_question_on_its_way_when_a_crisis_closes_still_counts(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        await builders.person(session, now, "telegram:2")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        [claimed] = await outbox.claim(session, Channel.TELEGRAM, Lane, 1, now)
        await crises.close(session, team.officer, crisis, now)
        sent = outbox.Result(claimed.id, claimed.address_id, OutboundState.SENT)
        await outbox.mark(session, [sent], now)
        assert await counts(session, crisis, now) == {"no_answer": 1, "not_asked": 1}


@pytest.mark.parametrize("status", [CheckInStatus.SAFE, CheckInStatus.HELP])
async def test_an_answer_in_the_second_of_the_closing_counts_once(
    runtime: Runtime, status: CheckInStatus
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await send_all(session, now)
    last = now + HALF_AN_HOUR

    async def answer() -> None:
        async with runtime.db.begin() as session:
            writer = await session.get_one(Person, person.id, with_for_update=True)
            await checkins.record(session, writer, status, "telegram", last)

    async def close() -> None:
        async with runtime.db.begin() as session:
            same_crisis = await crises.get(session, crisis.id)
            await crises.close(session, team.officer, same_crisis, last)

    await asyncio.gather(answer(), close())
    async with runtime.db.begin() as session:
        closed = await crises.get(session, crisis.id)
        assert await counts(session, closed, last) == {status.value: 1}
        writer = await session.get_one(Person, person.id)
        after = last + MINUTE
        await checkins.record(session, writer, CheckInStatus.STAYING, "telegram", after)
        assert await counts(session, closed, after) == {status.value: 1}
