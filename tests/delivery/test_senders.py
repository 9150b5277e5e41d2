"""Two SMS senders: the first takes all at rest, and one that fails loses its share slowly."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import delivery
from bot.delivery import senders
from bot.delivery.sharing import Minute, shift
from bot.messages import Channel
from bot.models import OutboundMessage, OutboundState
from bot.runtime.redis import open_redis
from bot.runtime.runtime import Runtime
from bot.signals import paces
from bot.signals.shares import Share
from tests import builders
from tests.channels_on import RunningClock, with_channels
from tests.sending import all_are, sending
from tests.servers.provider import Trouble
from tests.servers.twilio import ACCOUNT_2, DOWN, SENDER_2, TOKEN_2, Twilio, refused
from tests.waiting import until

State = OutboundState
NOW = 1_800_000_000
FAILS, SLOW, WELL = Minute(60, 0, 50), Minute(30, 11, 0), Minute(60, 20, 49)
NUMBERS = [f"+2189100003{n:02}" for n in range(40)]


@pytest.fixture
async def second() -> AsyncIterator[Twilio]:
    """Another provider that speaks like Twilio."""
    async with Twilio(account=ACCOUNT_2, token=TOKEN_2).running() as server:
        yield server


@pytest.fixture
def two(live: Runtime, twilio: Twilio, second: Twilio, clock_now: RunningClock) -> Runtime:
    """A runtime with two SMS senders and no pace to speak of."""
    return with_channels(
        live, twilio=twilio, clock=clock_now, second=second, twilio2_rate=100_000.0
    )


def of(runtime: Runtime) -> senders.Senders:
    return delivery.wires(runtime)[Channel.SMS].senders


@pytest.mark.parametrize(
    ("first", "other", "points"),
    [
        pytest.param(WELL, WELL, 80, id="both well"),
        pytest.param(FAILS, WELL, 70, id="the first fails"),
        pytest.param(SLOW, WELL, 70, id="the first is slow"),
        pytest.param(WELL, FAILS, 90, id="the second fails"),
        pytest.param(FAILS, SLOW, 80, id="both fail"),
        pytest.param(Minute(9, 9, 0), WELL, 80, id="too few to tell"),
    ],
)
def test_a_failing_sender_loses_ten_points(first: Minute, other: Minute, points: int) -> None:
    assert shift(Share(80, NOW - 61), first, other, NOW).points == points


def test_points_move_once_a_minute_and_never_below_nothing() -> None:
    share, seen = Share(), []
    for second_of in range(0, 15 * 60, 5):
        share = shift(share, FAILS, WELL, NOW + second_of)
        seen.append(share.points)
    assert seen[: 12 * 2] == [90] * 12 + [80] * 12
    assert seen[-1] == 0


def test_points_walk_back_by_five_every_five_minutes_to_rest_and_no_further() -> None:
    share, moved = Share(70, NOW), []
    for minute in range(1, 60):
        after = shift(share, WELL, WELL, NOW + 60 * minute)
        if after != share:
            moved.append((minute, after.points))
        share = after
    assert moved == [(5, 75), (10, 80), (15, 85), (20, 90), (25, 95), (30, 100)]


def test_a_sender_that_fails_for_a_moment_again_and_again_does_not_flap() -> None:
    """Bad and well by turns of two minutes: the share only falls, as walking back takes five."""
    share, seen = Share(), []
    for minute in range(20):
        share = shift(share, FAILS if minute % 4 < 2 else WELL, WELL, NOW + 61 * minute)
        seen.append(share.points)
    assert seen == sorted(seen, reverse=True)


async def test_at_rest_the_first_sends_everything_and_it_is_written_down(
    two: Runtime, twilio: Twilio, second: Twilio
) -> None:
    await builders.broadcast(two, *(f"sms:{number}" for number in NUMBERS))
    async with sending(two, Channel.SMS):
        await all_are(two, State.SENT, len(NUMBERS))
    assert (len(twilio.delivered), len(second.delivered)) == (len(NUMBERS), 0)
    async with two.db.read() as session:
        assert set(await session.scalars(select(OutboundMessage.sender))) == {"twilio"}


async def test_rows_go_by_their_shares(two: Runtime, twilio: Twilio, second: Twilio) -> None:
    now = int(two.clock().timestamp())
    await two.redis.client.hset("tammen:senders:sms", "share", str(Share(50, now)))
    await builders.broadcast(two, *(f"sms:{number}" for number in NUMBERS))
    async with sending(two, Channel.SMS):
        await all_are(two, State.SENT, len(NUMBERS))
    assert len(twilio.delivered) + len(second.delivered) == len(NUMBERS)
    assert min(len(twilio.delivered), len(second.delivered)) > 5
    async with two.db.read() as session:
        kept = Counter(await session.scalars(select(OutboundMessage.sender)))
    assert kept == {"twilio": len(twilio.delivered), "twilio2": len(second.delivered)}
    assert {call.fields["From"] for call in second.delivered} == {SENDER_2}


async def test_nobody_waits_for_a_provider_that_is_away(
    two: Runtime, twilio: Twilio, second: Twilio, clock_now: RunningClock
) -> None:
    twilio.always = DOWN
    await builders.broadcast(two, *(f"sms:{number}" for number in NUMBERS))
    async with sending(two, Channel.SMS):
        await until(lambda: len(second.delivered) > 20)
        clock_now.advance(seconds=5)  # those that found out are tried again after a moment
        await all_are(two, State.SENT, len(NUMBERS))
    assert twilio.delivered == []
    assert Counter(call.fields["To"] for call in second.delivered) == Counter(NUMBERS)


async def test_one_that_is_asked_for_silence_leaves_its_rows_to_the_other(
    two: Runtime, twilio: Twilio, second: Twilio
) -> None:
    twilio.troubles.append(Trouble(429, {"code": 20429, "status": 429}))
    await builders.reply(two, f"sms:{NUMBERS[0]}")
    async with sending(two, Channel.SMS):
        await all_are(two, State.SENT, 1)
    assert (len(twilio.delivered), len(second.delivered)) == (0, 1)
    first, other = two.settings.sms_accounts
    assert await paces.present(two.redis, first.pace_key, 10) < 10
    assert await paces.present(two.redis, other.pace_key, 10) == 10


@pytest.mark.parametrize("code", [21408, 21612])
async def test_a_country_one_account_may_not_write_to_is_written_to_by_the_other(
    two: Runtime, twilio: Twilio, second: Twilio, code: int
) -> None:
    twilio.for_address[NUMBERS[0]] = refused(400, code)
    await builders.broadcast(two, *(f"sms:{number}" for number in NUMBERS[:3]))
    async with sending(two, Channel.SMS):
        await all_are(two, State.SENT, 3)
    assert [call.fields["To"] for call in second.delivered] == [NUMBERS[0]]
    assert sorted(call.fields["To"] for call in twilio.delivered) == NUMBERS[1:3]


async def test_what_neither_account_can_write_to_fails_after_each_was_asked_once(
    two: Runtime, twilio: Twilio, second: Twilio
) -> None:
    for server in (twilio, second):
        server.for_address[NUMBERS[0]] = refused(400, 21408)
    await builders.broadcast(two, f"sms:{NUMBERS[0]}")
    async with sending(two, Channel.SMS):
        await all_are(two, State.FAILED, 1)
    async with two.db.read() as session:
        assert await session.scalar(select(OutboundMessage.reason)) == "unroutable"
    assert (len(twilio.calls), len(second.calls)) == (1, 1)


async def test_a_silence_asked_of_another_worker_is_kept_and_the_other_sender_takes_over(
    two: Runtime, twilio: Twilio, second: Twilio
) -> None:
    await paces.hold(two.redis, two.settings.sms_accounts[0].pace_key, 30)
    await builders.reply(two, f"sms:{NUMBERS[0]}")
    await builders.broadcast(two, *(f"sms:{number}" for number in NUMBERS[1:]))
    async with sending(two, Channel.SMS):
        await all_are(two, State.SENT, len(NUMBERS))
    assert (len(twilio.delivered), len(second.delivered)) == (0, len(NUMBERS))


async def test_the_present_paces_follow_refusals_and_shares(two: Runtime) -> None:
    paced = replace(
        two, settings=two.settings.model_copy(update={"twilio_rate": 10.0, "twilio2_rate": 40.0})
    )
    assert (await paces.configured_rates(paced))[Channel.SMS] == 10
    await two.redis.client.hset("tammen:senders:sms", "share", "50 0")
    assert (await paces.configured_rates(paced))[Channel.SMS] == 20
    await paces.hold(two.redis, paced.settings.sms_accounts[0].pace_key, 30)
    assert (await paces.configured_rates(paced))[Channel.SMS] == pytest.approx(14, abs=0.1)
    assert set(await paces.configured_rates(paced)) == {Channel.TELEGRAM, Channel.SMS}


async def test_fifty_errors_seen_by_two_workers_shift_the_share_for_both(
    two: Runtime, clock_now: RunningClock
) -> None:
    one, other = of(two), of(two)
    for worker in (one, other):
        for _ in range(25):
            worker.note(worker.all[0], 0.1, has_failed=True)
        await worker.refresh()
    assert (one.share.points, other.share.points) == (100, 90)
    clock_now.advance(seconds=senders.LOOK_SECONDS)
    await one.refresh()
    assert one.share.points == 90


async def test_errors_of_long_ago_do_not_count(two: Runtime, clock_now: RunningClock) -> None:
    one = of(two)
    for _ in range(30):
        one.note(one.all[0], 0.1, has_failed=True)
    await one.refresh()
    clock_now.advance(seconds=70)
    for _ in range(30):
        one.note(one.all[0], 0.1, has_failed=True)
    clock_now.advance(seconds=senders.LOOK_SECONDS)
    await one.refresh()
    assert one.share.points == 100
    clock_now.advance(seconds=senders.LOOK_SECONDS)
    await one.refresh()
    kept = await two.redis.client.hgetall("tammen:senders:sms")
    assert (
        sum(int(number) for number in kept.values()) == 60
    )  # sent and failed: what is old was dropped


async def test_without_redis_a_worker_goes_by_what_it_saw(
    two: Runtime, clock_now: RunningClock, tmp_path: Path
) -> None:
    redis = open_redis(f"unix://{tmp_path}/nobody")
    one = of(replace(two, redis=redis))
    for _ in range(60):
        one.note(one.all[0], 0.1, has_failed=True)
    await one.refresh()
    assert one.share.points == 90
    clock_now.advance(minutes=6)
    clock_now.advance(seconds=senders.LOOK_SECONDS)
    await one.refresh()
    assert one.share.points == 95
    await redis.aclose()


async def test_a_share_survives_a_redis_that_was_emptied(
    two: Runtime, clock_now: RunningClock
) -> None:
    one = of(two)
    await two.redis.client.hset(
        "tammen:senders:sms", "share", str(Share(40, int(two.clock().timestamp())))
    )
    await one.refresh()
    await two.redis.client.flushall()
    clock_now.advance(seconds=senders.LOOK_SECONDS)
    await one.refresh()
    assert one.share.points == 40
    other = of(two)
    await other.refresh()
    assert other.share.points == 40


async def test_while_a_provider_is_in_doubt_one_message_finds_out(
    two: Runtime, clock_now: RunningClock
) -> None:
    one = of(two)
    first, other = one.all
    for _ in range(senders.TOLERATED_FAILURES):
        first.note_failure("unavailable")
    assert one.pick() is other
    clock_now.advance(seconds=first.breaker.rest_seconds)
    assert [one.pick() for _ in range(3)] == [first, other, other]
    first.note_answer()
    one.note(first, 0.1, has_failed=False)
    assert one.pick() is first


async def test_a_reply_comes_from_the_sender_the_person_wrote_to(
    two: Runtime, twilio: Twilio, second: Twilio
) -> None:
    row_id = await builders.reply(two, f"sms:{NUMBERS[0]}")
    async with two.db.begin() as session:
        (await session.get_one(OutboundMessage, row_id)).preferred_sender = "twilio2"
    async with sending(two, Channel.SMS):
        await all_are(two, State.SENT, 1)
    assert (len(twilio.delivered), len(second.delivered)) == (0, 1)
    assert (await builders.message(two, row_id)).sender == "twilio2"
