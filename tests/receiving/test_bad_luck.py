"""What people read when their bad luck meets ours: two channels at once, a wish in mid-crisis."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.consular.broadcasts import fan_out
from bot.consular.crises import board, crises
from bot.conversation import turns
from bot.messages import Channel
from bot.models import Case, CaseState, CheckIn, CheckInStatus, OutboundMessage, Person
from bot.practice.talk import EXACT
from tests import builders
from tests.channels_on import RunningClock
from tests.line import CHAT, FLOWS, NUMBER, Line
from tests.servers import telegram as updates

SAFE, CRY = "أنا بخير", "نجدة"
SECOND = timedelta(seconds=1)


async def settled_in_a_crisis(house: Line) -> None:
    """Have the person known on both channels, and asked in a crisis."""
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        staff = await builders.team(session, now)
        await builders.person(
            session,
            now,
            f"telegram:{CHAT}",
            f"sms:{NUMBER}",
            consented_at=now,
            registered_at=now,
        )
        crisis = await builders.earthquake(session, staff.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
    await house.send()
    assert isinstance(house.runtime.clock, RunningClock)
    house.runtime.clock.advance(seconds=60)


async def standing(house: Line) -> dict[str, int]:
    """Return the counts of the board that are not zero; they add up to all its people."""
    async with house.runtime.db.read() as session:
        [crisis] = await crises.open_ones(session)
        seen = await board.board(session, crisis, house.runtime.clock())
    assert sum(seen.counts.values()) == seen.people
    return {name: count for name, count in seen.counts.items() if count}


async def hand_in(house: Line, channel: Channel, words: str) -> None:
    """A message comes in, and nobody answers it yet."""
    if channel is Channel.SMS:
        await house.hand_in_sms(words)
    else:
        now = int(house.runtime.clock().timestamp())
        await house.update(updates.message(next(house.ids), CHAT, words, date=now))


async def handle_twice_at_once(house: Line) -> None:
    """Let two workers answer the person at once."""
    [person] = await house.rows(Person)
    workers = [turns.handle(house.runtime, FLOWS, person.id, EXACT) for _ in range(2)]
    await asyncio.gather(*workers)
    await house.send()


@pytest.mark.parametrize("first", [Channel.TELEGRAM, Channel.SMS])
@pytest.mark.parametrize("words", [(SAFE, CRY), (CRY, SAFE)])
async def test_safe_and_help_within_a_second_from_two_channels(
    house: Line, first: Channel, words: tuple[str, str]
) -> None:
    await settled_in_a_crisis(house)
    second = Channel.SMS if first is Channel.TELEGRAM else Channel.TELEGRAM
    await hand_in(house, first, words[0])
    await hand_in(house, second, words[1])
    await handle_twice_at_once(house)

    answers = sorted(await house.rows(CheckIn), key=lambda answer: answer.at)
    expected = [CheckInStatus.SAFE if word == SAFE else CheckInStatus.HELP for word in words]
    assert [answer.answer for answer in answers] == expected
    assert await standing(house) == {expected[-1].value: 1}
    [case] = await house.rows(Case)
    assert (case.kind.value, case.state) == ("life", CaseState.OPEN)
    assert CRY in case.note


async def test_two_messages_that_come_in_at_the_same_time_are_both_recorded(house: Line) -> None:
    await settled_in_a_crisis(house)
    await asyncio.gather(
        hand_in(house, Channel.TELEGRAM, SAFE),
        hand_in(house, Channel.SMS, CRY),
    )
    await handle_twice_at_once(house)
    answers = [answer.answer for answer in await house.rows(CheckIn)]
    assert sorted(answers) == [CheckInStatus.HELP, CheckInStatus.SAFE]
    [case] = await house.rows(Case)
    assert case.state is CaseState.OPEN


async def test_who_wants_to_be_forgotten_in_mid_case_reads_that_it_waits(house: Line) -> None:
    await settled_in_a_crisis(house)
    await house.sms(CRY)
    await house.sms("انسني")
    [person] = await house.rows(Person)
    assert person.erasure_asked_at is not None
    assert "وعندما ينتهي نحذف كل بياناتك" in house.texts()[-1]
    assert await standing(house) == {"help": 1}
    [case] = await house.rows(Case)
    assert "انسني" in case.note


async def test_who_wants_to_be_forgotten_in_mid_crisis_goes_and_no_question_follows(
    house: Line,
) -> None:
    await settled_in_a_crisis(house)
    for words in ("انسني", "نعم"):
        await hand_in(house, Channel.TELEGRAM, words)
        await house.settle()
    [person] = await house.rows(Person)
    assert person.forgotten_at is not None
    assert await standing(house) == {}
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        for roll_call in await fan_out.awaiting_joiners(session, now + SECOND, now + SECOND):
            assert await fan_out.add_joiners(session, roll_call, now + SECOND) == 0
    recipients = [row.person_id for row in await house.rows(OutboundMessage) if row.broadcast_id]
    assert recipients == [None]  # counted still, and nobody any more
