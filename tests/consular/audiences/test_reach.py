"""What a broadcast will take, told before anybody presses the button."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import geometry, reach
from bot.consular.audit import trail
from bot.consular.changes import changes
from bot.consular.changes.kinds import PriceChange
from bot.consular.errors import ConsularError
from bot.consular.people import placement
from bot.consular.reference import prices
from bot.consular.staff import roles
from bot.messages import Channel
from bot.models import Lane, OutboundMessage, OutboundState, digests
from bot.runtime.runtime import Runtime
from tests import builders

CONTENTS = {
    "ar": {"chat": {"text": "خ"}, "text": {"text": "خ" * 150}},
    "en": {"chat": {"text": "a"}, "text": {"text": "a"}},
}
RATES = {Channel.TELEGRAM: 30.0, Channel.SMS: 10.0}
QUEUED_SMS = 600  # a minute of what waits already


async def _queue_sms(session: AsyncSession, now: datetime) -> None:
    """Queue replies by SMS that leave before any broadcast."""
    row = {
        "channel": Channel.SMS,
        "lane": Lane.REPLY,
        "state": OutboundState.QUEUED,
        "language": "ar",
    }
    times = {"created_at": now, "due_at": now, "attempts": 0}
    await session.execute(insert(OutboundMessage), [row | times for _ in range(QUEUED_SMS)])


async def test_it_says_who_cannot_be_reached_and_why(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        blocked = await builders.person(session, now)
        await builders.address(
            session, blocked, "telegram:1", now, stopped_at=now, stop_reason="blocked"
        )
        await builders.person(session, now, party_size=4)
        await builders.person(session, now, "telegram:3", stopped_at=now)
        told = await reach.estimate(session, builders.TURKEY, CONTENTS, RATES, now)
    assert (told.people, told.with_them, told.stopped) == (2, 5, 1)
    assert told.unreachable == {"blocked": 1, "no_address": 1}
    assert (told.no_channel, told.seconds, told.last) == (2, 0.0, 0.0)


async def test_everybody_is_counted_once_however_many_have_come_and_gone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in (1, 49_999, 50_000, 99_999, 100_000, 400_001):  # many are counted in slices
            row = await builders.person(session, now, id=number)
            await builders.address(session, row, f"telegram:{number}", now)
            await builders.address(session, row, f"sms:+2189100{number:06}", now)
        told = await reach.estimate(session, builders.TURKEY, CONTENTS, RATES, now)
    assert (told.people, told.by_channel) == (6, {Channel.TELEGRAM: 6})


async def test_sms_are_priced_by_the_country_of_the_number(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await _queue_sms(session, now)
        team = await builders.team(session, now)
        admin = roles.actor(team.admin)
        await prices.set_price(session, "LY", prices.price("LY", "٠٫٣٥"), admin, now)
        await prices.set_price(session, "", prices.price("", "0.05"), admin, now)
        for number, region in (
            ("sms:+218910000001", "LY"),
            ("sms:+218910000002", "LY"),
            ("sms:+905550000001", "TR"),
        ):
            person = await builders.person(session, now)
            await builders.address(session, person, number, now, region=region)
        told = await reach.estimate(session, builders.TURKEY, CONTENTS, RATES, now)
    assert told.sms == {"LY": 6, "TR": 3}
    assert told.cost == {"LY": 6 * 350_000, "TR": 3 * 50_000}
    assert told.last == pytest.approx(60.9)  # what waits already, then 9 parts


async def test_the_time_is_for_most_of_them_and_a_slow_channel_of_few_does_not_hide_it(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await _queue_sms(session, now)
        for n in range(96):
            await builders.person(session, now, f"telegram:{n}")
        for n in range(4):
            await builders.person(session, now, f"sms:+90555000000{n}")
        told = await reach.estimate(session, builders.TURKEY, CONTENTS, RATES, now)
    assert told.seconds == pytest.approx(95 / 30, abs=0.1)
    assert told.last == pytest.approx(60 + 12 / 10)


@pytest.mark.parametrize("dollars", ["abc", "-1", "11", "1e9", "NaN", "٠٫٣٥٫١"])
async def test_a_price_that_is_none_is_refused_and_changes_nothing(
    runtime: Runtime, dollars: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await prices.set_price(session, "TR", 100_000, roles.actor(team.admin), now)
        with pytest.raises(ConsularError):
            await changes.propose(
                session, team.admin, PriceChange("TR", prices.price("TR", dollars)), now
            )
        assert (await prices.table(session))["TR"] == 100_000
        assert await changes.waiting(session, team.admin) == []


async def test_a_price_is_set_by_who_keeps_the_settings_and_written_down(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError):
            await changes.propose(session, team.officer, PriceChange("TR", 100_000), now)
        with pytest.raises(ConsularError):
            prices.price("XX", "0.1")
        for dollars in ("0.1", " "):
            change = PriceChange("TR", prices.price("TR", dollars))
            proposed = await changes.propose(session, team.admin, change, now)
            await changes.approve(session, team.approver, proposed.id, now)
        assert prices.of(await prices.table(session), "TR") == prices.of(
            await prices.table(session), "SD"
        )
        assert [
            note.detail["micros"]
            for note in await trail.of(session, "price:TR")
            if note.action == "price.set"
        ] == [
            None,
            100_000,
        ]


async def test_a_new_area_is_worked_out_off_the_loop(runtime: Runtime) -> None:
    """A circle of 1,000 km has 40,000 cells; meanwhile pages and replies go on."""
    now = runtime.clock()
    circle = {"circle": {"latitude": 36.1, "longitude": 36.3, "km": 1000}}
    async with runtime.db.begin() as session:
        placed = await builders.person(session, now, "telegram:1", position="36.2,36.16")
        placement.mark(placed)
    async with runtime.db.read() as session:
        geometry.covered.cache_clear()
        digests.digested.cache_clear()
        begun = time.thread_time()
        begun_everywhere = time.process_time()
        told = await reach.estimate(session, circle, CONTENTS, RATES, now)
        on_loop = time.thread_time() - begun
        everywhere = time.process_time() - begun_everywhere
    assert told.people == 1
    assert on_loop < everywhere / 2
