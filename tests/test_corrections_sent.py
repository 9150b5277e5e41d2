"""Corrections and fallbacks as they leave: the wrong message is edited, the right one sent; SMS takes over."""

from __future__ import annotations

import json

import aiohttp
import pytest
from sqlalchemy import select, update

from bot import outbox
from bot.channels import telegram
from bot.delivery import Circuit
from bot.messages import Channel, Content, Form, Outbound
from bot.models import Address, Broadcast, Lane, OutboundMessage, OutboundState, Person
from bot.runtime import Runtime
from tests.channels_on import RunningClock
from tests.consular import world
from tests.mail import a_broadcast
from tests.sending import all_are, sending
from tests.servers.telegram import BLOCKED, TOKEN, Telegram
from tests.servers.twilio import Twilio

State = OutboundState
HEADLINE = "📢 *ابقوا* في _بيوتكم_ <b>الليلة</b>"
NUMBER = "+218910000001"


async def test_a_headline_is_bold_and_its_signs_are_only_signs(bot_api: Telegram) -> None:
    content = Content(f"{HEADLINE}\n\nالطرق مقفلة.", heading=len(HEADLINE))
    async with aiohttp.ClientSession() as http:
        bot = telegram.Credentials(TOKEN, bot_api.url)
        await telegram.send(http, bot, Outbound(1, "1001", Form.CHAT, content))
    (call,) = bot_api.to("1001")
    (bold,) = json.loads(call.fields["entities"])
    assert (bold["type"], bold["offset"]) == ("bold", 0)
    assert bold["length"] == len(HEADLINE) + 1  # the megaphone is two UTF-16 units
    assert "parse_mode" not in call.fields
    assert call.fields["text"].startswith(HEADLINE)


@pytest.fixture
async def right(live: Runtime) -> int:
    """A correction for somebody who has the wrong message (number 77), and for somebody who never got it."""
    wrong = await a_broadcast(live, "telegram:1001")
    async with live.db.begin() as session:
        await session.execute(update(OutboundMessage).values(state=State.SENT, provider_id="77"))
    made = await a_broadcast(live, "telegram:1002", corrects_id=wrong)
    async with live.db.begin() as session:
        first = (await session.scalars(select(OutboundMessage).order_by(OutboundMessage.id).limit(1))).one()
        same = {name: getattr(first, name) for name in ("person_id", "address_id", "channel", "form", "language")}
        now = live.clock()
        session.add(OutboundMessage(**same, lane=Lane.ADVISORY, broadcast_id=made, created_at=now, due_at=now))
    return made


async def test_a_correction_edits_the_wrong_message_and_sends_the_right_one(
    live: Runtime, bot_api: Telegram, right: int
) -> None:
    async with sending(live):
        await all_are(live, State.SENT, 3)
    edits = [call.fields for call in bot_api.calls if call.name == "editMessageText"]
    assert [(call["chat_id"], call["message_id"]) for call in edits] == [("1001", "77")]
    assert edits[0]["text"] == bot_api.to("1001")[-1].fields["text"]
    assert (len(bot_api.to("1001")), len(bot_api.to("1002"))) == (1, 1)


async def test_a_message_that_cannot_be_edited_any_more_does_not_stop_the_correction(
    live: Runtime, bot_api: Telegram, right: int
) -> None:
    bot_api.stubborn.add("77")
    async with sending(live):
        await all_are(live, State.SENT, 3)
    assert len(bot_api.to("1001")) == 1


@pytest.fixture
async def severe(live: Runtime) -> Broadcast:
    """A severe broadcast to somebody with Telegram and a number, and to somebody with Telegram alone."""
    broadcast_id = await a_broadcast(live, "telegram:1001", "telegram:1002", fallback_after=600)
    async with live.db.begin() as session:
        address = (await session.scalars(select(Address).where(Address.index == "telegram:1001"))).one()
        person = await session.get_one(Person, address.person_id)
        await world.address(session, person, f"sms:{NUMBER}", live.clock())
        return await session.get_one(Broadcast, broadcast_id)


async def moved(runtime: Runtime, broadcast: Broadcast, *, is_away: bool = False) -> int:
    async with runtime.db.begin() as session:
        assert [one.id for one in await outbox.severe(session, runtime.clock())] == [broadcast.id]
        return await outbox.fall_back(session, broadcast, is_away, runtime.clock())


async def test_who_blocked_the_bot_gets_a_severe_advisory_by_sms(
    live: Runtime, bot_api: Telegram, twilio: Twilio, severe: Broadcast, clock_now: RunningClock
) -> None:
    bot_api.troubles.extend([BLOCKED, BLOCKED])
    async with sending(live):
        await all_are(live, State.FAILED, 2)
    assert await moved(live, severe) == 0  # not yet: ten minutes are not over
    clock_now.advance(minutes=11)
    assert await moved(live, severe) == 1  # the other one has no number
    async with sending(live, Channel.SMS):
        await all_are(live, State.SENT, 1)
    (call,) = twilio.to(NUMBER)
    assert "ابقوا في بيوتكم" in call.fields["Body"]
    async with live.db.read() as session:
        row = (await session.scalars(select(OutboundMessage).where(OutboundMessage.channel == Channel.SMS))).one()
        assert (row.moved_from, row.form, sum((await outbox.counts(session, severe.id)).values())) == (
            Channel.TELEGRAM, Form.TEXT, 2
        )  # fmt: skip
    assert await moved(live, severe) == 0


async def test_what_only_waits_for_its_turn_is_not_moved_unless_telegram_is_away(
    live: Runtime, severe: Broadcast, clock_now: RunningClock
) -> None:
    clock_now.advance(minutes=11)
    assert await moved(live, severe) == 0
    assert await moved(live, severe, is_away=True) == 1


@pytest.mark.parametrize("state", [State.SENDING, State.SENT, State.DROPPED, State.EXPIRED])
async def test_what_left_or_ended_is_never_moved(
    live: Runtime, severe: Broadcast, clock_now: RunningClock, state: State
) -> None:
    async with live.db.begin() as session:
        await session.execute(update(OutboundMessage).values(state=state))
    clock_now.advance(minutes=11)
    assert await moved(live, severe, is_away=True) == 0


async def test_nothing_is_moved_after_its_time_or_to_a_stopped_number(
    live: Runtime, severe: Broadcast, clock_now: RunningClock
) -> None:
    clock_now.advance(minutes=11)
    async with live.db.begin() as session:
        await session.execute(update(Address).where(Address.channel == Channel.SMS).values(stopped_at=live.clock()))
    assert await moved(live, severe, is_away=True) == 0
    async with live.db.begin() as session:
        await session.execute(update(Broadcast).values(expires_at=live.clock()))
        assert await outbox.severe(session, live.clock()) == []


def test_a_channel_is_away_only_while_it_keeps_failing() -> None:
    circuit = Circuit(Channel.TELEGRAM)
    circuit.fail("unavailable")
    assert not circuit.is_away(0)
    circuit.fail("credentials")
    assert circuit.is_away(0)
    assert not circuit.is_away(60)
    circuit.succeed()
    assert not circuit.is_away(0)
