"""Telegram and Twilio are away, overloaded, or silent: every reply goes out when they are back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot import outbox
from bot.messages import Content
from bot.models import Address, OutboundMessage, OutboundState, Person
from tests.faults.house import House, texts_to
from tests.servers import telegram, twilio
from tests.servers.provider import Trouble
from tests.servers.proxy import Proxy

CHATS = range(3000, 3010)
NUMBERS = [f"+2189100001{number:02d}" for number in range(10)]
SILENCE, OUR_SILENCE = 4, 10  # seconds: Telegram says how long, for Twilio it is ours to know
ON_ITS_WAY = 0.5  # seconds in which calls that had left before the answer still arrive
ONE_IN_DOUBT = 5  # messages that a channel tries before it rests, so that may be in doubt at once


async def _both_write(house: House) -> None:
    for chat, number in zip(CHATS, NUMBERS, strict=True):
        await house.says(chat, "أنا بخير")
        await house.texts(f"SM{number}", number, "أنا بخير")


async def _all_are_answered(house: House) -> None:
    await house.until(house.is_settled)
    assert await house.count(OutboundMessage.state != OutboundState.SENT, of=OutboundMessage) == 0
    assert texts_to(house.telegram, CHATS) == {str(chat): 1 for chat in CHATS}
    assert texts_to(house.twilio, NUMBERS) == dict.fromkeys(NUMBERS, 1)


@pytest.mark.parametrize(
    ("with_telegram", "with_twilio"),
    [
        pytest.param(telegram.DOWN, twilio.DOWN, id="500"),
        pytest.param(Trouble(cut=True), Trouble(cut=True), id="cut"),
        pytest.param(Trouble(hang=True), Trouble(hang=True), id="silent"),
    ],
)
async def test_replies_wait_for_a_provider_that_is_away(
    house: House, with_telegram: Trouble, with_twilio: Trouble
) -> None:
    await house.web()
    await house.worker()
    house.telegram.always, house.twilio.always = with_telegram, with_twilio
    await _both_write(house)
    await house.until(lambda: len(house.telegram.sent()) > 2 and len(house.twilio.calls) > 2)
    assert (house.telegram.delivered, house.twilio.delivered) == ([], [])
    house.telegram.always = house.twilio.always = None
    await _all_are_answered(house)


async def test_nothing_is_sent_while_telegram_asks_for_silence(house: House) -> None:
    """At 30/s: replies that have their turn of the next seconds already must wait like all
    others.
    """
    chats = await house.seeded(90)
    await _queue_replies(house)
    house.env["TELEGRAM_RATE"] = "30"
    house.telegram.for_address[str(chats[0])], house.telegram.latency = telegram.flood(SILENCE), 0.3
    await house.web()
    await house.worker()
    await house.until(
        lambda: len(house.telegram.delivered) > 3
    )  # they were behind the one that was refused
    house.telegram.for_address.clear()
    await house.until(house.is_settled)
    calls = [call.at for call in house.telegram.sent()]
    assert [at - calls[0] for at in calls if calls[0] + ON_ITS_WAY < at < calls[0] + SILENCE] == []
    assert texts_to(house.telegram, chats) == {str(chat): 1 for chat in chats}


async def test_nothing_is_sent_while_twilio_asks_for_silence(house: House) -> None:
    house.twilio.troubles.append(Trouble(429, {"code": 20429, "status": 429}))
    await house.web()
    await house.worker()
    await _both_write(house)
    await _all_are_answered(house)
    calls = [call.at for call in house.twilio.calls]
    assert [
        at - calls[0] for at in calls if calls[0] + ON_ITS_WAY < at < calls[0] + OUR_SILENCE
    ] == []
    assert len(calls) > len(NUMBERS)


async def _queue_replies(house: House) -> None:
    """A reply waits for everybody."""
    async with house.db.begin() as session:
        for address in await session.scalars(select(Address).order_by(Address.id)):
            person, content = await session.get_one(Person, address.person_id), Content("أهلاً")
            now = datetime.now(UTC)
            await outbox.reply(
                session, person=person, address=address, content=content, inbound_id=None, now=now
            )


async def test_a_bad_line_loses_nothing(house: House) -> None:
    """The way to Telegram refuses connections, then cuts answers short (so Telegram had taken
    them), then is slow.
    """
    async with Proxy(house.telegram.port, refuses=True).running() as line:
        house.env["TELEGRAM_API_URL"] = f"http://127.0.0.1:{line.port}"
        await house.web()
        await house.worker()
        for chat in CHATS:
            await house.says(chat, "أنا بخير")
        await house.until(lambda: line.connections > 2)
        assert house.telegram.delivered == []
        line.refuses, line.cut_after = False, 20
        await house.until(lambda: house.telegram.delivered)
        taken = len(house.telegram.delivered)
        line.cut_after, line.delay = None, 0.2
        await house.until(house.is_settled)
    copies = texts_to(house.telegram, CHATS)
    assert min(copies.values()) == 1
    assert sum(copies.values()) - len(CHATS) <= taken + ONE_IN_DOUBT
    assert await house.states() == {"sent": len(CHATS)}
