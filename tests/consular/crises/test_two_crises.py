"""Two real crises cover the same people: nobody is asked twice, and both boards are right."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.consular.broadcasts import fan_out
from bot.consular.crises import (
    call_list,
    checkins,
    crises,
)
from bot.messages import Channel
from bot.models import (
    Broadcast,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.asking import HALF_AN_HOUR, MINUTE, advance, asked, counts, send_all
from tests.builders import Team


async def open_two(runtime: Runtime, **second: object) -> tuple[Team, Crisis, Crisis]:
    """Let two officers open a crisis in Turkey in the same minute, and ask everybody."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
    crisis_of = {}
    for officer in (team.officer, team.approver):
        async with runtime.db.begin() as session:
            changes = second if officer is team.approver else {}
            crisis_of[officer.id] = await builders.earthquake(session, officer, now, **changes)
    first, later = crisis_of.values()
    await asyncio.gather(fan_out_whole(runtime, first), fan_out_whole(runtime, later))
    return team, first, later


async def fan_out_whole(runtime: Runtime, crisis: Crisis) -> None:
    """Make the rows of a crisis, as a worker does: slice by slice, each in its transaction."""
    people = 1
    while people:
        async with runtime.db.begin() as session:
            broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
            people = await fan_out.fan_out(session, broadcast, 1, runtime.clock())


# --- two officers open the same crisis ---


async def test_two_openings_in_one_minute_ask_everybody_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = [await builders.person(session, now, f"telegram:{n}") for n in range(1, 6)]
        unreachable = await builders.person(session, now)
    _team, first, second = await open_two(runtime)
    async with runtime.db.begin() as session:
        for person in people:
            assert await asked(session, person) == [Channel.TELEGRAM]
        assert await asked(session, unreachable) == []
        await send_all(session, now)
        for crisis in (first, second):
            assert await counts(session, crisis, now) == {"no_answer": 5, "unreachable": 1}


async def test_nobody_hears_from_two_crises_within_half_an_hour_and_both_lists_have_them(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1", "sms:+905550000001")
    _team, *both = await open_two(runtime)
    async with runtime.db.begin() as session:
        await send_all(session, now)
    for minutes in range(10, 200, 10):
        await advance(runtime, both, now + timedelta(minutes=minutes))
    async with runtime.db.read() as session:
        sent = select(OutboundMessage.sent_at).where(OutboundMessage.sent_at.is_not(None))
        times = sorted(at for at in await session.scalars(sent) if at)
        assert len(times) == 4  # by each way, for each crisis
        pairs = itertools.pairwise(times)
        assert min(later - earlier for earlier, later in pairs) >= HALF_AN_HOUR
        for crisis in both:
            [call] = await call_list.listed(session, crisis)
            assert call.person_id == person.id
            assert await counts(session, crisis, now) == {"no_answer": 1}


async def test_a_second_crisis_asks_at_once_whom_the_first_cannot_ask_any_more(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
    team, first, second = await open_two(runtime)
    async with runtime.db.begin() as session:
        await crises.close(session, team.officer, await crises.get(session, first.id), now)
        assert await asked(session, person) == []
        assert await counts(session, second, now) == {"no_answer": 1}
    await advance(runtime, [second], now + MINUTE)
    async with runtime.db.read() as session:
        assert await asked(session, person) == [Channel.TELEGRAM]


async def test_a_question_that_failed_in_one_crisis_is_asked_by_the_other(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
    _team, _first, second = await open_two(runtime)
    async with runtime.db.begin() as session:
        failed = update(OutboundMessage).where(OutboundMessage.state == OutboundState.QUEUED)
        await session.execute(failed.values(state=OutboundState.FAILED, reason="unknown"))
    await advance(runtime, [second], now + MINUTE)
    async with runtime.db.read() as session:
        assert await asked(session, person) == [Channel.TELEGRAM] * 2


async def test_a_later_crisis_asks_those_who_were_asked_long_ago_and_newcomers(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    later = now + HALF_AN_HOUR
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        first = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, first.broadcast_id, now)
        await send_all(session, now)
        second = await builders.earthquake(session, team.approver, later)
        await builders.fan_out(session, second.broadcast_id, later)
        assert await asked(session, person, second) == [Channel.TELEGRAM]


async def test_who_comes_into_two_crises_is_asked_by_one(runtime: Runtime) -> None:
    now = runtime.clock()
    _team, *both = await open_two(runtime)
    at = now + timedelta(minutes=10)
    async with runtime.db.begin() as session:
        person = await builders.person(session, at, "telegram:1", changed_at=at)
        for broadcast in await fan_out.awaiting_joiners(session, at, at):
            await fan_out.add_joiners(session, broadcast, at)
        assert await asked(session, person) == [Channel.TELEGRAM]
        await send_all(session, at)
        for crisis in both:
            assert await counts(session, crisis, at) == {"no_answer": 1}


@pytest.mark.parametrize("changes", [{"drill": True}, {"ask_again_minutes": None}])
async def test_what_would_never_ask_again_leaves_nobody_to_another_crisis(
    runtime: Runtime, changes: dict[str, object]
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        if "drill" in changes:
            changes = changes | {"real_people": True}
    _team, _first, second = await open_two(runtime, **changes)
    async with runtime.db.read() as session:
        assert await asked(session, person, second) == [Channel.TELEGRAM]


# --- a person in two crises ---


async def test_one_answer_counts_in_both_crises_and_takes_the_person_off_both_lists(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now)  # no question can reach them
        others = [await builders.person(session, now, f"telegram:{n}") for n in range(1, 4)]
    team, *both = await open_two(runtime)
    await advance(runtime, both, now)
    async with runtime.db.begin() as session:
        for crisis in both:
            [call] = await call_list.listed(session, crisis)
            assert (call.person_id, call.officer_id) == (person.id, team.post.id)
            assert await counts(session, crisis, now) == {"no_answer": 3, "unreachable": 1}
        answer = await checkins.record(session, person, CheckInStatus.HELP, "phone", now + MINUTE)
        await checkins.record(session, others[0], CheckInStatus.SAFE, "telegram", now + MINUTE)
        assert answer.crisis_id == both[1].id
        for crisis in both:
            assert await call_list.listed(session, crisis) == []
            expected = {"no_answer": 2, "safe": 1, "help": 1}
            assert await counts(session, crisis, now + MINUTE) == expected
