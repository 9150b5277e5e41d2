"""An SMS in doubt is looked up at its provider, and only sent again when it is not there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import outbox
from bot.channels import sms
from bot.delivery import reconcile
from bot.messages import Channel, Content, Outbound
from bot.models import Lane, OutboundMessage, OutboundState
from bot.runtime.runtime import Runtime
from tests import builders
from tests.channels_on import RunningClock, with_channels
from tests.sending import all_are, sending
from tests.servers.provider import Trouble
from tests.servers.twilio import ACCOUNT_2, DOWN, TOKEN_2, Twilio, refused
from tests.waiting import until

State = OutboundState
NUMBER = "+218910000001"
NUMBERS = [f"+2189100004{n:02}" for n in range(10)]
TAKEN_AND_CUT = Trouble(cut=True, took=True)


async def _died_in_mid_work(runtime: Runtime, twilio: Twilio, took: int) -> None:
    """A worker claimed all rows, sent the first `took`, and died before it could mark them."""
    await builders.broadcast(runtime, *(f"sms:{number}" for number in NUMBERS))
    async with sending(runtime, Channel.SMS) as (dispatcher, _):
        async with runtime.db.begin() as session:
            rows = await outbox.claim(
                session, Channel.SMS, [Lane.ADVISORY], len(NUMBERS), runtime.clock()
            )
        for row in rows[:took]:
            content = await dispatcher._contents.of(row)
            await dispatcher.wire.senders.all[0].send(
                Outbound(row.id, row.address, row.form, content)
            )
    assert len(twilio.delivered) == took


async def _sweep(runtime: Runtime) -> int:
    async with runtime.db.begin() as session:
        return await outbox.requeue_lost(
            session, runtime.clock() + timedelta(minutes=2), runtime.clock()
        )


async def test_rows_of_a_dead_worker_that_twilio_has_are_not_sent_again(
    live: Runtime, twilio: Twilio
) -> None:
    await _died_in_mid_work(live, twilio, took=6)
    assert await _sweep(live) == len(NUMBERS)
    async with sending(live, Channel.SMS):
        await all_are(live, State.SENT, len(NUMBERS))
    assert Counter(call.fields["To"] for call in twilio.delivered) == Counter(NUMBERS)
    assert twilio.asked == len(NUMBERS)
    async with live.db.read() as session:
        rows = await session.execute(
            select(OutboundMessage.provider_id, OutboundMessage.sender, OutboundMessage.parts)
        )
        assert {tuple(row) for row in rows} == {
            (call.fields["sid"], "twilio", 2) for call in twilio.delivered
        }


async def test_an_answer_cut_off_means_no_second_sms(
    live: Runtime, twilio: Twilio, clock_now: RunningClock
) -> None:
    row_id = await builders.reply(live, f"sms:{NUMBER}")
    twilio.troubles.append(TAKEN_AND_CUT)
    async with sending(live, Channel.SMS):
        await all_are(live, State.QUEUED, 1)
        await until(lambda: twilio.calls)
        clock_now.advance(seconds=5)
        await all_are(live, State.SENT, 1)
    assert len(twilio.to(NUMBER)) == 1
    assert (await builders.message(live, row_id)).provider_id == twilio.to(NUMBER)[0].fields["sid"]


@pytest.mark.parametrize(
    "listing", [None, refused(404, 20404)], ids=["nothing listed", "no such list"]
)
async def test_a_request_that_was_cut_before_it_was_taken_is_sent_again(
    live: Runtime, twilio: Twilio, clock_now: RunningClock, listing: Trouble | None
) -> None:
    await builders.reply(live, f"sms:{NUMBER}")
    twilio.troubles.append(Trouble(cut=True))
    twilio.listing = listing
    async with sending(live, Channel.SMS):
        await until(lambda: twilio.calls)
        await all_are(live, State.QUEUED, 1)
        clock_now.advance(seconds=5)
        await all_are(live, State.SENT, 1)
    assert len(twilio.to(NUMBER)) == 1


async def test_while_twilio_cannot_be_asked_the_row_waits_and_after_long_it_goes_out(
    live: Runtime, twilio: Twilio, clock_now: RunningClock
) -> None:
    row_id = await builders.reply(live, f"sms:{NUMBER}")
    twilio.troubles.append(TAKEN_AND_CUT)
    twilio.listing = DOWN
    async with sending(live, Channel.SMS):
        await until(lambda: twilio.calls)
        await all_are(live, State.QUEUED, 1)
        clock_now.advance(seconds=5)
        await until(lambda: twilio.asked)
        await all_are(live, State.QUEUED, 1)
        row = await builders.message(live, row_id)
        assert (row.reason, row.attempts) == ("unclear", 2)
        async with live.db.begin() as session:
            await session.execute(update(OutboundMessage).values(attempts=reconcile.MAX_LOOK_UPS))
        clock_now.advance(minutes=1)
        await all_are(live, State.SENT, 1)
    assert len(twilio.to(NUMBER)) == 2


async def test_the_same_words_sent_before_are_another_rows(
    live: Runtime, twilio: Twilio, clock_now: RunningClock
) -> None:
    await builders.reply(live, f"sms:{NUMBER}", "وصلتنا رسالتك")
    async with sending(live, Channel.SMS):
        await all_are(live, State.SENT, 1)
        twilio.troubles.append(Trouble(cut=True))
        await builders.reply(live, f"sms:{NUMBER}", "وصلتنا رسالتك")
        await until(lambda: len(twilio.calls) == 2)
        await all_are(live, State.QUEUED, 1)
        clock_now.advance(seconds=5)
        await all_are(live, State.SENT, 2)
    assert len(twilio.to(NUMBER)) == 2


async def test_what_the_other_account_sent_is_found_as_well(
    live: Runtime, twilio: Twilio, clock_now: RunningClock
) -> None:
    async with Twilio(account=ACCOUNT_2, token=TOKEN_2).running() as second:
        two = with_channels(
            live, twilio=twilio, clock=clock_now, second=second, twilio2_rate=100_000.0
        )
        row_id = await builders.reply(two, f"sms:{NUMBER}")
        async with two.db.begin() as session:
            (row,) = await outbox.claim(session, Channel.SMS, [0], 1, two.clock())
        assert row.content is not None
        other = sms.Credentials(
            ACCOUNT_2, TOKEN_2, "+15005550007", second.url, two.settings.public_url or "", "twilio2"
        )
        await sms.send(two.http, other, Outbound(row.id, row.address, row.form, row.content))
        found = await reconcile.look_up(two, replace(row, reason="lost"), row.content)
    assert found is not None
    assert (found.id, found.state, found.sender) == (row_id, State.SENT, "twilio2")


@pytest.mark.parametrize("reason", ["unclear", "lost"])
async def test_a_row_stays_in_doubt_while_its_channel_rests(
    live: Runtime, twilio: Twilio, reason: str
) -> None:
    row_id = await builders.reply(live, f"sms:{NUMBER}", Content("طمّنا عليك").text)
    async with live.db.begin() as session:
        await session.execute(update(OutboundMessage).values(reason=reason))
    async with sending(live, Channel.SMS) as (dispatcher, _):
        dispatcher.wire.senders.all[0].breaker.silence(60)
        async with live.db.begin() as session:
            (row,) = await outbox.claim(session, Channel.SMS, [0], 1, live.clock())
        dispatcher._give_back(dispatcher.wire.senders.all[0], row, 30)
        await dispatcher.settle()
    kept = await builders.message(live, row_id)
    assert (kept.state, kept.reason, twilio.calls) == (State.QUEUED, reason, [])
