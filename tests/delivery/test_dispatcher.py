"""Delivery against real small providers that are fast, slow, away, or change their minds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import func, select, update

from bot import outbox
from bot.consular.people import reply_links
from bot.messages import Channel
from bot.models import Broadcast, Lane, OutboundMessage, OutboundState
from bot.runtime.runtime import Runtime
from bot.signals import bells
from tests import builders
from tests.channels_on import PUBLIC, RunningClock
from tests.sending import all_are, count, sending
from tests.servers.provider import Trouble
from tests.servers.telegram import BLOCKED, DOWN, NOT_FOUND, Telegram, flood
from tests.servers.twilio import DOWN as TWILIO_DOWN
from tests.servers.twilio import Twilio
from tests.signals.test_limits import busiest
from tests.waiting import until

State = OutboundState
NUMBER = "+218910000001"


def paced(live: Runtime, **rates: float) -> Runtime:
    return replace(live, settings=live.settings.model_copy(update=rates))


async def test_a_reply_reaches_a_chat_and_is_written_down(live: Runtime, bot_api: Telegram) -> None:
    row_id = await builders.reply(live, "telegram:1001", "طمّنتنا عليك")
    async with sending(live):
        await all_are(live, State.SENT, 1)
    assert [call.fields["text"] for call in bot_api.to("1001")] == ["طمّنتنا عليك"]
    assert (await builders.message(live, row_id)).provider_id == "1"


async def test_an_sms_is_sent_with_its_parts(live: Runtime, twilio: Twilio) -> None:
    row_id = await builders.reply(live, f"sms:{NUMBER}", "ب" * 71)
    async with sending(live, Channel.SMS):
        await all_are(live, State.SENT, 1)
    (call,) = twilio.to(NUMBER)
    row = await builders.message(live, row_id)
    assert (row.parts, row.provider_id) == (2, call.fields["sid"])
    assert call.fields["StatusCallback"].endswith(f"?id={row_id}")


async def test_the_phone_page_hears_of_what_arrived(live: Runtime) -> None:
    await builders.reply(live, "phone:chat:+999000000001")
    address = await builders.address_at(live, "phone:chat:+999000000001")
    heard = bells.announcements(live.redis, [f"phone:{address.id}"])
    await anext(heard)
    async with sending(live, Channel.PHONE):
        await asyncio.wait_for(anext(heard), 10)
        assert await count(live, State.DELIVERED) == 1
    await heard.aclose()  # type: ignore[attr-defined]  # a generator


async def test_a_reply_does_not_wait_behind_bulk(live: Runtime, bot_api: Telegram) -> None:
    slow = paced(live, telegram_rate=20)
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(100)))
    async with sending(slow) as dispatchers:
        await until(lambda: len(bot_api.delivered) > 5)
        await builders.reply(live, "telegram:777", "نحن معك")
        for dispatcher in dispatchers:
            dispatcher.bell.set()
        before = len(bot_api.delivered)
        await until(lambda: bot_api.to("777"))
    behind = bot_api.delivered.index(bot_api.to("777")[0]) - before
    assert behind <= 10  # what was already on its way


async def test_two_workers_hold_the_pace_together_from_the_first_second_on(
    live: Runtime, bot_api: Telegram
) -> None:
    slow = paced(live, telegram_rate=30)
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(91)))
    async with sending(slow), sending(slow):
        await until(lambda: len(bot_api.delivered) == 91)
    times = sorted(call.at for call in bot_api.delivered)
    ahead = max(n / 30 - (at - times[0]) for n, at in enumerate(times))  # seconds; late is no harm
    assert ahead < 0.25


def _has_taken(bot_api: Telegram, number: int) -> bool:
    return len(bot_api.delivered) > number


@pytest.mark.parametrize("latency", [0.0, 0.12])
async def test_no_second_holds_more_than_was_agreed_while_bulk_and_replies_run(
    live: Runtime, bot_api: Telegram, latency: float
) -> None:
    bot_api.latency = latency
    slow = paced(live, telegram_rate=30)
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(75)))
    waits: list[float] = []
    async with sending(slow) as first, sending(slow) as second:
        for place in range(12):
            await until(partial(_has_taken, bot_api, place * 5))
            began = live.clock.monotonic()
            await builders.reply(live, f"telegram:{7000 + place}", "نحن معك")
            for dispatcher in (*first, *second):
                dispatcher.bell.set()
            await until(partial(bot_api.to, str(7000 + place)))
            waits.append(live.clock.monotonic() - began)
        await until(lambda: len(bot_api.delivered) == 87)
    assert busiest([call.at for call in bot_api.sent()]) <= 30
    assert max(waits) < 2


async def test_sms_are_paced_by_their_parts(live: Runtime, twilio: Twilio) -> None:
    slow = paced(live, twilio_rate=20)
    for number in range(5):
        await builders.reply(live, f"sms:+21891000010{number}", "ب" * 201)  # 3 parts each
    async with sending(slow, Channel.SMS):
        await until(lambda: len(twilio.delivered) == 5)
    times = sorted(call.at for call in twilio.delivered)
    assert times[-1] - times[0] > 4 * 3 / 20 - 0.08


async def test_when_told_to_slow_down_the_whole_channel_waits(
    live: Runtime, bot_api: Telegram
) -> None:
    bot_api.troubles.append(flood(1))
    rows = [await builders.reply(live, f"telegram:{n}") for n in range(3)]
    async with sending(paced(live, telegram_rate=20)):
        await until(lambda: len(bot_api.delivered) == 3)
    at = [call.at for call in bot_api.sent()]
    assert max(later - earlier for earlier, later in pairwise(at)) > 0.8
    assert [(await builders.message(live, row)).attempts for row in rows] == [1, 1, 1]


async def test_a_blocked_bot_and_a_dead_chat_stop_those_addresses_and_nobody_else(
    live: Runtime, bot_api: Telegram
) -> None:
    bot_api.for_address |= {"3": BLOCKED, "5": NOT_FOUND}
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(10)))
    async with sending(live):
        await all_are(live, State.SENT, 8)
    assert await count(live, State.FAILED) == 2
    assert (await builders.address_at(live, "telegram:3")).stop_reason == "blocked"
    assert (await builders.address_at(live, "telegram:5")).stop_reason == "gone"
    assert (await builders.address_at(live, "telegram:4")).stopped_at is None


async def test_one_that_hangs_holds_up_nobody_else(live: Runtime, bot_api: Telegram) -> None:
    bot_api.for_address["3"] = Trouble(hang=True)
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(30)))
    async with sending(live):
        await all_are(live, State.SENT, 29)


async def test_a_failure_is_tried_again_later(
    live: Runtime, bot_api: Telegram, clock_now: RunningClock
) -> None:
    row_id = await builders.reply(live, "telegram:1001")
    bot_api.troubles.append(DOWN)
    async with sending(live):
        await until(lambda: bot_api.calls)
        await all_are(live, State.QUEUED, 1)
        row = await builders.message(live, row_id)
        assert timedelta(seconds=1) < row.due_at - clock_now() < timedelta(seconds=4)
        assert row.reason == "unavailable"
        clock_now.advance(seconds=5)
        await all_are(live, State.SENT, 1)
    assert (await builders.message(live, row_id)).attempts == 2


async def test_an_answer_cut_off_means_one_more_copy_and_not_none(
    live: Runtime, bot_api: Telegram, clock_now: RunningClock
) -> None:
    await builders.reply(live, "telegram:1001")
    bot_api.troubles.append(Trouble(cut=True, took=True))
    async with sending(live):
        await until(lambda: bot_api.calls)
        await all_are(live, State.QUEUED, 1)
        clock_now.advance(seconds=5)
        await all_are(live, State.SENT, 1)
    assert len(bot_api.to("1001")) == 2


async def test_after_many_tries_a_message_is_given_up(live: Runtime, bot_api: Telegram) -> None:
    row_id = await builders.reply(live, "telegram:1001")
    async with live.db.begin() as session:
        await session.execute(update(OutboundMessage).values(attempts=outbox.MAX_ATTEMPTS - 1))
    bot_api.always = DOWN
    async with sending(live):
        await all_are(live, State.FAILED, 1)
    assert (await builders.message(live, row_id)).reason == "unavailable"


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SMS])
async def test_while_a_provider_is_away_nothing_is_lost_and_no_attempt_burnt(
    live: Runtime, bot_api: Telegram, twilio: Twilio, clock_now: RunningClock, channel: Channel
) -> None:
    server = bot_api if channel is Channel.TELEGRAM else twilio
    server.always = DOWN if channel is Channel.TELEGRAM else TWILIO_DOWN
    rows = [await builders.reply(live, f"{channel}:+2189100002{n:02}") for n in range(40)]
    async with sending(live, channel) as dispatchers:
        await until(lambda: dispatchers[0].breaker.is_doubtful)
        server.always = None
        clock_now.advance(seconds=30)
        await all_are(live, State.SENT, 40)
    assert len(server.calls) < 100
    assert max([(await builders.message(live, row)).attempts for row in rows]) <= 3


async def test_wrong_credentials_rest_the_channel_at_once(live: Runtime, bot_api: Telegram) -> None:
    wrong = replace(live, settings=live.settings.model_copy(update={"telegram_token": "99:wrong"}))
    for number in range(5):
        await builders.reply(live, f"telegram:{number}")
    async with sending(wrong) as dispatchers:
        await until(lambda: dispatchers[0].breaker.is_doubtful)
        await dispatchers[0].settle()
        assert await count(live, State.QUEUED) == 5


async def test_a_persons_replies_arrive_in_order(live: Runtime, bot_api: Telegram) -> None:
    texts = [f"رسالة {n}" for n in range(6)]
    for text in texts:
        await builders.reply(live, "telegram:1001", text)
    bot_api.troubles.extend([Trouble(200, wait=0.2), Trouble(200, wait=0.1)])
    async with sending(live), sending(live):
        await all_are(live, State.SENT, 6)
    assert [call.fields["text"] for call in bot_api.sent()] == texts


async def test_two_workers_send_every_row_once(live: Runtime, bot_api: Telegram) -> None:
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(300)))
    async with sending(live), sending(live):
        await all_are(live, State.SENT, 300)
    assert sorted(int(call.fields["chat_id"]) for call in bot_api.delivered) == list(range(300))


async def test_rows_claimed_by_a_worker_that_died_are_sent_by_another(
    live: Runtime, bot_api: Telegram, clock_now: RunningClock
) -> None:
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(6)))
    async with live.db.begin() as session:
        lost = await outbox.claim(session, Channel.TELEGRAM, [Lane.ADVISORY], 2, clock_now())
    async with sending(live):
        await all_are(live, State.SENT, 4)
        assert len(lost) == 2
        async with live.db.begin() as session:
            await outbox.requeue_lost(session, clock_now.advance(minutes=1), clock_now())
        await all_are(live, State.SENT, 6)
    assert len(bot_api.delivered) == 6


async def test_a_cancelled_broadcast_stops_in_the_middle(live: Runtime, bot_api: Telegram) -> None:
    slow = paced(live, telegram_rate=20)
    broadcast = await builders.broadcast(live, *(f"telegram:{n}" for n in range(60)))
    async with sending(slow):
        await until(lambda: len(bot_api.delivered) > 5)
        async with live.db.begin() as session:
            (await session.get_one(Broadcast, broadcast)).cancelled_at = live.clock()
            await outbox.drop(session, broadcast, live.clock())
        await until(lambda: _is_over(live, broadcast))
    async with live.db.read() as session:
        counts = await outbox.counts(session, broadcast)
    assert counts["sent"] == len(bot_api.delivered) < 30
    assert counts["sent"] + counts["dropped"] == 60


async def _is_over(runtime: Runtime, broadcast: int) -> bool:
    async with runtime.db.read() as session:
        counts = await outbox.counts(session, broadcast)
    return counts["queued"] + counts["sending"] == 0


async def test_a_broadcast_comes_in_each_ones_language_and_form(
    live: Runtime, bot_api: Telegram, twilio: Twilio
) -> None:
    await builders.broadcast(live, "telegram:1", f"sms:{NUMBER}")
    async with sending(live, Channel.TELEGRAM, Channel.SMS):
        await all_are(live, State.SENT, 2)
    assert bot_api.to("1")[0].fields["text"] == "ابقوا في بيوتكم الليلة."
    body = twilio.to(NUMBER)[0].fields["Body"]
    token = body.rpartition("/r/")[2]
    person_id = (await builders.address_at(live, f"sms:{NUMBER}")).person_id
    assert body.startswith(f"ابقوا في بيوتكم الليلة. {PUBLIC}/r/")
    read = reply_links.read_token(live.keyring, token, live.clock())
    assert read is not None
    assert read.person_id == person_id


async def test_a_text_that_cannot_be_read_fails_alone(live: Runtime, bot_api: Telegram) -> None:
    broadcast = await builders.broadcast(live, "telegram:1", "telegram:2")
    async with live.db.begin() as session:
        only_arabic = {"ar": {"chat": {"text": "ابقوا في بيوتكم."}}}
        (await session.get_one(Broadcast, broadcast)).contents = only_arabic
        first = select(func.min(OutboundMessage.id)).scalar_subquery()
        await session.execute(
            update(OutboundMessage).where(OutboundMessage.id == first).values(language="en")
        )
    async with sending(live):
        await all_are(live, State.SENT, 1)
        await all_are(live, State.FAILED, 1)
