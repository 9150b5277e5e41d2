"""SMS takes over a severe advisory that Telegram fails, once, and only while it holds."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot import outbox
from bot.messages import Channel, Form
from bot.models import Address, Broadcast, OutboundMessage, OutboundState, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.channels_on import RunningClock
from tests.sending import all_are, sending
from tests.servers.telegram import BLOCKED, Telegram
from tests.servers.twilio import Twilio

State = OutboundState
NUMBER = "+218910000001"


@pytest.fixture
async def severe(live: Runtime) -> Broadcast:
    """A severe broadcast to a person with Telegram and a number, and to one with Telegram alone."""
    broadcast_id = await builders.broadcast(
        live, "telegram:1001", "telegram:1002", fallback_after=600
    )
    async with live.db.begin() as session:
        address = (
            await session.scalars(select(Address).where(Address.index == "telegram:1001"))
        ).one()
        person = await session.get_one(Person, address.person_id)
        await builders.address(session, person, f"sms:{NUMBER}", live.clock())
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
        row = (
            await session.scalars(
                select(OutboundMessage).where(OutboundMessage.channel == Channel.SMS)
            )
        ).one()
        counts = await outbox.counts(session, severe.id)
        assert (row.moved_from, row.form, sum(counts.values())) == (
            Channel.TELEGRAM, Form.TEXT, 2
        )  # fmt: skip
    assert await moved(live, severe) == 0


async def test_what_only_waits_for_its_turn_is_not_moved_unless_telegram_is_away(
    live: Runtime, severe: Broadcast, clock_now: RunningClock
) -> None:
    clock_now.advance(minutes=11)
    assert await moved(live, severe) == 0
    assert await moved(live, severe, is_away=True) == 1


@pytest.mark.parametrize(
    "state", sorted(set(State) - outbox.FALLBACK_STATES), ids=lambda state: state.value
)
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
        await session.execute(
            update(Address).where(Address.channel == Channel.SMS).values(stopped_at=live.clock())
        )
    assert await moved(live, severe, is_away=True) == 0
    async with live.db.begin() as session:
        await session.execute(update(Address).values(stopped_at=None))
        await session.execute(update(Person).values(stopped_at=live.clock()))
    assert await moved(live, severe, is_away=True) == 0
    async with live.db.begin() as session:
        await session.execute(update(Broadcast).values(expires_at=live.clock()))
        assert await outbox.severe(session, live.clock()) == []
