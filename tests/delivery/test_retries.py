"""Messages that did not arrive for a while: tried again with growing delays, and at once when the
person writes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.consular.broadcasts import fan_out
from bot.consular.crises import board as boards
from bot.messages import Channel
from bot.models import Broadcast, Crisis, Lane, OutboundMessage, OutboundState, Role
from tests import builders
from tests.channels_on import RunningClock
from tests.line import NUMBER, Line

SMS = f"sms:{NUMBER}"


async def state(house: Line) -> tuple[OutboundState, str | None]:
    (row,) = await house.rows(OutboundMessage)
    return row.state, row.reason


async def roll_call(house: Line, *indices: str) -> int:
    """Ask people in Turkey whether they are safe; return the crisis."""
    async with house.runtime.db.begin() as session:
        now = house.runtime.clock()
        by = await builders.account(session, Role.HQ_OFFICER, now)
        await builders.person(session, now, *indices, country="TR")
        crisis = await builders.earthquake(session, by, now)
        broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
        await fan_out.fan_out(session, broadcast, 100, now)
    await house.send()
    return crisis.id


@pytest.mark.parametrize("code", [30003, 30008, 30017, 30036, 30001])
async def test_a_temporary_failure_is_tried_again_with_growing_delays(
    house: Line, clock_now: RunningClock, code: int
) -> None:
    await roll_call(house, SMS)
    delays: list[int] = []
    for _ in range(2):
        tries = len(house.texts())
        await house.receipt("undelivered", code)
        began = clock_now()
        await house.send()
        assert len(house.texts()) == tries, "not at once"
        (row,) = await house.rows(OutboundMessage)
        delays.append(round((row.due_at - began).total_seconds()))
        clock_now.advance(seconds=delays[-1] + 1)
        await house.send()
        assert len(house.texts()) == tries + 1
    assert delays[1] >= delays[0] > 30
    await house.receipt("delivered")
    assert (await state(house))[0] is OutboundState.DELIVERED


async def test_a_phone_that_stays_off_is_given_up_after_days(
    house: Line, clock_now: RunningClock
) -> None:
    await roll_call(house, SMS)
    began, tries = clock_now(), 0
    while (await state(house))[0] is not OutboundState.FAILED:
        await house.receipt("undelivered", 30003)
        (row,) = await house.rows(OutboundMessage)
        clock_now.advance(seconds=max(0.0, (row.due_at - clock_now()).total_seconds()) + 1)
        await house.send()
        tries += 1
    assert 5 <= tries <= 12
    assert 1 < (clock_now() - began).days < 7
    assert await state(house) == (OutboundState.FAILED, "unreachable")


async def test_nothing_is_tried_beyond_the_life_of_a_broadcast(
    house: Line, clock_now: RunningClock
) -> None:

    soon = clock_now() + timedelta(minutes=3)
    await builders.broadcast(house.runtime, SMS, lane=Lane.ADVISORY, expires_at=soon)
    await house.send()
    await house.receipt("undelivered", 30003)
    assert await state(house) == (OutboundState.FAILED, "unreachable")


@pytest.mark.parametrize("words", ["مرحبا", "السلام عليكم", "hello"])
@pytest.mark.parametrize("code", [30003, 30008, 30005])
async def test_whoever_writes_is_asked_at_once(house: Line, words: str, code: int) -> None:
    await roll_call(house, SMS)
    question = house.texts()[0]
    await house.receipt("undelivered", code)
    await house.sms(words)
    asked = [text.split("http")[0] for text in house.texts()]
    assert asked.count(question.split("http")[0]) == 2


async def test_whoever_had_no_open_address_is_asked_when_they_write(house: Line) -> None:
    async with house.runtime.db.begin() as session:
        now = house.runtime.clock()
        person = await builders.person(session, now, country="TR")
        await builders.address(session, person, SMS, now, stopped_at=now, stop_reason="gone")
        by = await builders.account(session, Role.HQ_OFFICER, now)
        crisis = await builders.earthquake(session, by, now)
        broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
        await fan_out.fan_out(session, broadcast, 100, now)
    await house.send()
    assert house.texts() == []
    await house.sms("مرحبا")
    rows = [row for row in await house.rows(OutboundMessage) if row.broadcast_id]
    assert [(row.state, row.channel) for row in rows] == [(OutboundState.SENT, Channel.SMS)]


@pytest.mark.parametrize("words", ["أنا بخير", "نجدة", "١", "بخير"])
async def test_whoever_answers_is_not_asked_again(
    house: Line, clock_now: RunningClock, words: str
) -> None:
    await roll_call(house, SMS)
    question = house.texts()[0].split("http")[0]
    await house.receipt("undelivered", 30003)
    await house.sms(words)
    clock_now.advance(days=3)
    await house.send()
    assert [text.split("http")[0] for text in house.texts()].count(question) == 1


async def test_a_reply_waits_for_its_phone_and_leaves_in_order_when_they_write(
    house: Line,
) -> None:
    await house.sms("تسجيل")
    first = house.texts()[0]
    await house.receipt("undelivered", 30003)
    await house.sms("مساعدة")
    texts = house.texts()
    assert texts[:2] == [first, first]
    assert len(texts) > 2


async def test_the_board_calls_a_phone_that_is_off_unreachable_while_it_is_tried(
    house: Line,
) -> None:
    crisis_id = await roll_call(house, SMS)
    await house.receipt("undelivered", 30003)
    counts = await board(house, crisis_id)
    assert (counts["unreachable"], counts["no_answer"]) == (1, 0)


async def board(house: Line, crisis_id: int) -> Any:
    async with house.runtime.db.read() as session:
        crisis = await session.get_one(Crisis, crisis_id)
        return (await boards.board(session, crisis, house.runtime.clock())).counts
