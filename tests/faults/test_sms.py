"""An SMS broadcast through real processes while workers die and Twilio misbehaves.

What arrived is counted there.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import select

from bot.consular.broadcasts import fan_out
from bot.messages import Channel, Content
from bot.models import Address, BroadcastKind, Lane, OutboundMessage, OutboundState
from tests import builders
from tests.faults.house import House
from tests.servers import twilio
from tests.servers.provider import Trouble
from tests.servers.twilio import Twilio

SENDING = OutboundMessage.state == OutboundState.SENDING
TOO_FAST = Trouble(429, {"code": 20429, "status": 429})
CUT, TAKEN_AND_CUT = Trouble(cut=True), Trouble(cut=True, took=True)
SILENT = Trouble(hang=True)
LATE = Trouble(hang=True, late=16.0)  # seconds: delivered after we gave up waiting for the answer
LONG = 120.0  # seconds for what waits for a silence to end


async def _people(house: House, number: int) -> list[str]:
    """Numbers of people in Turkey who are reached by SMS."""
    async with house.db.begin() as session:
        await builders.population(session, number, ["TR"], Channel.SMS, datetime.now(UTC))
        return list(await session.scalars(select(Address.address)))


async def _broadcast(house: House) -> None:
    said = Content("ابقوا في بيوتكم الليلة، وطمّنونا عليكم: {link}").to_json()
    contents = {language: dict.fromkeys(("chat", "text"), said) for language in ("ar", "en")}
    now = datetime.now(UTC)
    async with house.db.begin() as session:
        await fan_out.create(
            session,
            BroadcastKind.ROLL_CALL,
            Lane.CRISIS,
            contents,
            {"countries": ["TR"]},
            False,
            now,
        )


def _copies(*servers: Twilio) -> Counter[str]:
    """Messages that reached each number."""
    return Counter(call.fields["To"] for server in servers for call in server.delivered)


async def _all_are_sent(house: House, number: int, seconds: float = LONG) -> None:
    async def is_so() -> bool:
        return await house.states() == {"sent": number}

    await house.until(is_so, seconds)


async def test_workers_killed_in_mid_broadcast_miss_nobody_and_nobody_gets_it_twice(
    house: House,
) -> None:
    """Killed three times while messages are on their way; what stood in `sending` is looked up at
    Twilio.
    """
    numbers = await _people(house, 600)
    await _broadcast(house)
    house.twilio.latency = 0.2
    stood = 0
    for round_ in range(1, 4):
        await house.worker()
        # awaited at once
        await house.until(lambda: len(house.twilio.delivered) > 120 * round_)  # noqa: B023
        await house.kill("worker")
        stood += await house.count(SENDING, of=OutboundMessage)
        await house.time_passes()
    await house.worker()
    await _all_are_sent(house, len(numbers))
    assert stood > 0
    assert house.twilio.asked > 0
    assert _copies(house.twilio) == Counter(numbers)


async def test_whatever_twilio_does_nobody_is_missed_and_nobody_gets_it_twice(house: House) -> None:
    """500, 429, cut before and after it was taken, silent, and so late that we had given up."""
    numbers = await _people(house, 120)
    troubles = [twilio.DOWN, CUT, TAKEN_AND_CUT, SILENT, LATE, TOO_FAST]
    for address, trouble in zip(numbers[:60:10], troubles, strict=True):
        house.twilio.for_address[address] = trouble
    await _broadcast(house)
    await house.worker()
    await house.until(
        lambda: {call.fields["To"] for call in house.twilio.calls} >= set(numbers[:60:10])
    )
    house.twilio.for_address.clear()
    await _all_are_sent(house, len(numbers))
    assert _copies(house.twilio) == Counter(numbers)


async def test_when_the_first_provider_goes_away_the_second_takes_over(house: House) -> None:
    async with Twilio(account=twilio.ACCOUNT_2, token=twilio.TOKEN_2).running() as second:
        house.env |= {
            "TWILIO2_ACCOUNT_SID": twilio.ACCOUNT_2,
            "TWILIO2_AUTH_TOKEN": twilio.TOKEN_2,
            "TWILIO2_FROM": twilio.SENDER_2,
            "TWILIO2_API_URL": second.url,
            "TWILIO2_RATE": "100000",
            "TWILIO_RATE": "100",
        }
        numbers = await _people(house, 300)
        await _broadcast(house)
        await house.worker("one")
        await house.worker("two")
        await house.until(lambda: len(house.twilio.delivered) > 20)
        house.twilio.always = twilio.DOWN
        await _all_are_sent(house, len(numbers))
        assert len(second.delivered) > 100
        assert _copies(house.twilio, second) == Counter(numbers)
        async with house.db.read() as session:
            kept = Counter(await session.scalars(select(OutboundMessage.sender)))
    assert kept == {"twilio": len(house.twilio.delivered), "twilio2": len(second.delivered)}
