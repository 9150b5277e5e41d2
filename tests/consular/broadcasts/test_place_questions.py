"""Whom we ask whether they are still there: whose turn it is, by day, once, and never too often."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import outbox
from bot.consular.broadcasts import fan_out, place_questions
from bot.consular.crises import cases, checkins, crises, endings
from bot.consular.people import confirmations, facts, merging
from bot.messages import Channel, Content
from bot.models import (
    CaseKind,
    CheckInStatus,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    PlaceAnswer,
    PlaceQuestion,
)
from bot.runtime.runtime import Runtime
from tests import builders, freshening
from tests.clock import SetClock
from tests.freshening import ask, asked, registered

DAY = timedelta(days=1)


async def test_whoever_confirmed_half_a_year_ago_is_asked_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        old = await registered(session, now, 181, "telegram:1", "sms:+905550000001")
        await registered(session, now, 149, "telegram:2")
    assert await ask(runtime) == 1
    assert await ask(runtime) == 0
    assert await asked(runtime) == [old.id]
    async with runtime.db.read() as session:
        message = (await session.scalars(select(OutboundMessage))).one()
        content = Content.from_json(message.content or {})
    assert (message.channel, message.lane) == (Channel.TELEGRAM, Lane.ROUTINE)
    assert "إسطنبول" in content.text
    payloads = [button.payload for button in content.buttons]
    assert payloads == ["/still_there TR/Istanbul", "/moved_away"]


async def test_each_person_has_a_day_of_their_own_before_the_place_goes_stale(
    runtime: Runtime, clock: SetClock
) -> None:
    now = clock()
    days = place_questions.SPREAD_DAYS
    async with runtime.db.begin() as session:
        for number in range(days * 2):
            await registered(session, now, place_questions.FIRST_DAY, f"telegram:{number}")
    a_day = []
    for _day in range(days):
        a_day.append(await ask(runtime))
        clock.advance(days=1)
    assert a_day == [2] * days


@pytest.mark.parametrize(
    ("zone", "hour", "is_asked"),
    [
        ("Europe/Istanbul", 6, False),  # 9 o'clock there
        ("Europe/Istanbul", 7, True),
        ("Europe/Istanbul", 15, True),
        ("Europe/Istanbul", 16, False),
        ("Europe/Istanbul", 23, False),
        ("America/New_York", 12, False),
        ("America/New_York", 16, True),
        (None, 8, True),  # by the clock at home
        (None, 20, False),
    ],
)
async def test_nobody_is_asked_at_night(
    runtime: Runtime, zone: str | None, hour: int, is_asked: bool
) -> None:
    now = datetime.combine(runtime.clock().date(), datetime.min.time(), runtime.clock().tzinfo)
    now += timedelta(hours=hour)
    async with runtime.db.begin() as session:
        await registered(session, now, 200, "telegram:1", timezone=zone)
    assert await ask(runtime, now) == is_asked


async def test_whoever_sleeps_keeps_nobody_waiting(runtime: Runtime) -> None:
    now = runtime.clock()  # 9 in the morning in UTC, 4 in New York
    async with runtime.db.begin() as session:
        for number in range(place_questions.BATCH_PEOPLE):
            zone = "America/New_York"
            await registered(session, now, 900, f"telegram:{number}", country="US", timezone=zone)
        awake = await registered(session, now, 200, "telegram:100")
    assert await ask(runtime) == 1
    assert await asked(runtime) == [awake.id]


@pytest.mark.parametrize(
    "columns",
    [
        {"stopped_at": 0},
        {"forgotten_at": 0},
        {"erasure_asked_at": 0},
        {"consented_at": None},
        {"synthetic": True},
        {"country": None, "city": None},
        {"placed_at": None},
    ],
)
async def test_whoever_may_not_be_asked_is_not(runtime: Runtime, columns: dict[str, Any]) -> None:
    now = runtime.clock()
    told = {name: now if value == 0 else value for name, value in columns.items()}
    told = {name: columns[name] if columns[name] is True else told[name] for name in told}
    async with runtime.db.begin() as session:
        await registered(session, now, 200, "telegram:1", **told)
    assert await ask(runtime) == 0


async def test_nobody_is_asked_whom_no_message_reaches(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await registered(session, now, 200)
        await builders.address(session, person, "telegram:1", now, stopped_at=now)
    assert await ask(runtime) == 0


async def test_a_satellite_phone_is_not_paid_for(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await registered(session, now, 300, "sms:+881612345678")
        cheap = await registered(session, now, 200, "sms:+905550000001")
    assert await ask(runtime) == 1
    assert await asked(runtime) == [cheap.id]
    assert await ask(runtime) == 0


async def test_nobody_is_asked_in_a_crisis_or_while_a_case_is_open(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await registered(session, now, 200, "telegram:1")
        ill = await registered(session, now, 200, "telegram:2", country="EG", city=None)
        await cases.open_case(session, ill, CaseKind.MEDICAL, "دواء", now)
        await builders.earthquake(session, team.officer, now)
    assert await ask(runtime) == 0


async def test_a_drill_for_made_up_people_stops_no_question(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await registered(session, now, 200, "telegram:1")
        await builders.earthquake(session, team.officer, now, drill=True)
    assert await ask(runtime) == 1


async def test_whoever_is_silent_is_asked_again_after_half_a_year(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        await registered(session, clock(), 181, "telegram:1")
    times = []
    for day in range(400):
        if await ask(runtime):
            times.append(day)
        clock.advance(days=1)
    assert times == [0, 180, 360]


async def test_whoever_answers_is_asked_twice_a_year(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        person = await registered(session, clock(), 181, "telegram:1")
    times = []
    for day in range(365):
        if await ask(runtime):
            times.append(day)
            async with runtime.db.begin() as session:
                same = await session.get_one(Person, person.id)
                await confirmations.by_person(session, same, clock(), clock())
        clock.advance(days=1)
    assert len(times) <= 3
    assert all(later - earlier >= 180 for earlier, later in pairwise(times))


async def test_an_hour_has_its_most(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        for number in range(12):
            await registered(session, clock(), 200, f"telegram:{number}")
    assert await ask(runtime, per_hour=5) == 5
    assert await ask(runtime, per_hour=5) == 0
    clock.advance(minutes=61)
    assert await ask(runtime, per_hour=5) == 5
    assert await ask(runtime, per_hour=0) == 0
    assert len(set(await asked(runtime))) == 10


async def test_a_crash_in_between_asks_nobody_and_nobody_twice(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await registered(session, now, 200, "telegram:1")

    async def crash() -> None:
        async with runtime.db.begin() as session:
            await place_questions.ask(session, freshening.PER_HOUR, now, has_link=True)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await crash()
    assert await asked(runtime) == []
    assert await ask(runtime) == 1
    assert len(await asked(runtime)) == 1


async def test_two_workers_ask_each_person_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(30):
            await registered(session, now, 200, f"telegram:{number}")
    await asyncio.gather(*(ask(runtime) for _worker in range(4)))
    people = await asked(runtime)
    assert len(people) == len(set(people)) == 30


async def test_a_stop_holds_back_a_question_that_waits(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await registered(session, now, 200, "telegram:1")
    assert await ask(runtime) == 1
    async with runtime.db.begin() as session:
        await facts.stop(session, await session.get_one(Person, person.id), now)
    async with runtime.db.begin() as session:
        claimed = await outbox.claim(session, Channel.TELEGRAM, [Lane.ROUTINE], 9, now)
        state = await session.scalar(select(OutboundMessage.state))
    assert (claimed, state) == ([], OutboundState.DROPPED)


async def test_a_crisis_takes_a_question_back_that_waits(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await registered(session, now, 200, "telegram:1")
    assert await ask(runtime) == 1
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.earthquake(session, team.officer, now)
    async with runtime.db.begin() as session:
        claimed = await outbox.claim(session, Channel.TELEGRAM, [Lane.ROUTINE], 9, now)
        message = (await session.scalars(select(OutboundMessage))).one()
        questions = await session.scalar(select(func.count()).select_from(PlaceQuestion))
    assert (claimed, message.state, message.reason) == ([], OutboundState.DROPPED, "crisis")
    assert questions == 0  # it counts as never asked


# After a crisis


async def closed_crisis(runtime: Runtime, *, drill: bool = False, thanks: bool = False) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, drill=drill)
        if thanks:
            await checkins.record(
                session,
                (await session.scalars(select(Person))).one(),
                CheckInStatus.SAFE,
                "telegram",
                now,
            )
            await endings.close(session, team.officer, crisis, "انتهى", True, now)
        else:
            await crises.close(session, team.officer, crisis, now)


async def days_asked(runtime: Runtime, clock: SetClock, days: int) -> list[int]:
    times = []
    for day in range(days):
        if await ask(runtime):
            times.append(day)
        clock.advance(days=1)
    return times


async def test_everybody_is_asked_once_after_a_crisis(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        person = await registered(session, clock(), 20, "sms:+905550000001")
    await closed_crisis(runtime)
    times = await days_asked(runtime, clock, 100)
    assert len(times) == 1
    assert place_questions.CALM_DAYS <= times[0] < place_questions.CALM_DAYS + 14
    async with runtime.db.read() as session:
        question = await session.get_one(PlaceQuestion, person.id)
        content = await session.scalar(select(OutboundMessage.content))
    assert question.kind == "crisis_over"
    assert "نرجو لك السلامة" in Content.from_json(content or {}).text


async def test_nobody_is_asked_after_a_drill(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        await registered(session, clock(), 20, "telegram:1")
    await closed_crisis(runtime, drill=True)
    assert await days_asked(runtime, clock, 30) == []


async def test_whoever_was_asked_within_two_months_is_not_asked_after_a_crisis(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        await registered(session, clock(), 181, "telegram:1")
    assert await ask(runtime) == 1
    clock.advance(days=10)
    await closed_crisis(runtime)
    assert await days_asked(runtime, clock, 40) == []


async def test_whoever_told_a_place_since_is_not_asked_after_a_crisis(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        person = await registered(session, clock(), 20, "telegram:1")
    await closed_crisis(runtime)
    async with runtime.db.begin() as session:
        same = await session.get_one(Person, person.id)
        await confirmations.by_person(session, same, clock(), clock() + timedelta(seconds=1))
    assert await days_asked(runtime, clock, 60) == []


async def test_thanks_that_ask_where_people_are_are_the_question(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        await registered(session, clock(), 20, "telegram:1")
    await closed_crisis(runtime, thanks=True)
    assert await days_asked(runtime, clock, 60) == []
    async with runtime.db.read() as session:
        questions = await session.scalar(select(func.count()).select_from(PlaceQuestion))
        broadcast = (await fan_out.open_ones(session, clock()))[-1]
    assert questions == 1
    chat, text = (broadcast.contents["ar"][form] for form in ("chat", "text"))
    assert [button["payload"] for button in chat["buttons"]] == ["/still_there", "/moved_away"]
    assert not text.get("buttons")


async def test_thanks_by_sms_ask_nothing_so_that_the_question_follows(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        await registered(session, clock(), 20, "sms:+905550000001")
    await closed_crisis(runtime, thanks=True)
    assert len(await days_asked(runtime, clock, 60)) == 1


# Two records of one person


async def test_of_two_records_the_later_question_counts(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        first = await registered(session, clock(), 200, "telegram:1")
        second = await registered(session, clock(), 200, "sms:+905550000001")
        old = PlaceQuestion(person_id=first.id, kind="half_year", asked_at=clock() - 300 * DAY)
        new = PlaceQuestion(person_id=second.id, kind="half_year", asked_at=clock() - DAY)
        session.add_all([old, new])
        await session.flush()
        await merging.merge(session, first, second.id, "system", clock())
    async with runtime.db.read() as session:
        question = (await session.scalars(select(PlaceQuestion))).one()
        assert (question.person_id, question.asked_at) == (first.id, clock() - DAY)
    assert await ask(runtime) == 0


async def test_questions_are_counted_by_their_answers(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = []
        for number in range(3):
            people.append(await registered(session, now, 200, f"telegram:{number}"))
    assert await ask(runtime) == 3
    async with runtime.db.begin() as session:
        answers = zip(people, (PlaceAnswer.STILL_THERE, PlaceAnswer.MOVED), strict=False)
        for person, place_answer in answers:
            await confirmations.answer(session, person, place_answer, now)
        counts = await confirmations.count_questions(session, now - DAY)
        assert counts == {
            "asked": 3,
            "still_there": 1,
            "moved": 1,
            "silent": 1,
            "after_crisis": 0,
        }
        long_ago = update(PlaceQuestion).values(asked_at=now - 300 * DAY)
        await session.execute(long_ago)
        assert (await confirmations.count_questions(session, now - DAY))["asked"] == 0
