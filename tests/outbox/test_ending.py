"""Rows queued for a broadcast that was cancelled or is over end, a slice at a time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import outbox
from bot.messages import Channel
from bot.models import Address, Broadcast, Lane, OutboundMessage, OutboundState, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

State = OutboundState


async def over(runtime: Runtime) -> dict[int, OutboundState]:
    async with runtime.db.read() as session:
        return await outbox.over(session, runtime.clock())


async def counted(runtime: Runtime) -> Counter[OutboundState]:
    return Counter((await builders.message_states(runtime)).values())


async def test_the_rows_of_what_was_cancelled_end_slice_by_slice(runtime: Runtime) -> None:
    broadcast = await builders.broadcast(
        runtime, *(f"telegram:{n}" for n in range(8)), cancelled_at=runtime.clock()
    )
    await builders.reply(runtime, "telegram:99")
    assert await over(runtime) == {broadcast: State.DROPPED}
    ended: list[int] = []
    while not ended or ended[-1]:
        async with runtime.db.begin() as session:
            ended.append(
                await outbox.end(session, broadcast, State.DROPPED, runtime.clock(), limit=3)
            )
    assert ended == [3, 3, 2, 0]
    assert await counted(runtime) == {State.DROPPED: 8, State.QUEUED: 1}
    assert await over(runtime) == {}


async def test_what_is_over_expires_and_what_holds_is_left_alone(
    runtime: Runtime, clock: SetClock
) -> None:
    short = await builders.broadcast(runtime, "telegram:1", expires_at=clock() + timedelta(hours=1))
    await builders.broadcast(runtime, "telegram:2", expires_at=clock() + timedelta(hours=2))
    await builders.broadcast(runtime, "telegram:3")
    assert await over(runtime) == {}
    clock.advance(hours=1)
    assert await over(runtime) == {short: State.EXPIRED}
    async with runtime.db.begin() as session:
        assert await outbox.end(session, short, State.EXPIRED, clock()) == 1
    assert await counted(runtime) == {State.EXPIRED: 1, State.QUEUED: 2}


async def test_what_was_cancelled_and_is_over_counts_as_cancelled(
    runtime: Runtime, clock: SetClock
) -> None:
    both = await builders.broadcast(runtime, "telegram:1", expires_at=clock() + timedelta(hours=1))
    async with runtime.db.begin() as session:
        await session.execute(update(Broadcast).values(cancelled_at=clock()))
    clock.advance(hours=2)
    assert await over(runtime) == {both: State.DROPPED}


@pytest.mark.parametrize(
    "state", sorted(set(State) - {State.QUEUED}), ids=lambda state: state.value
)
async def test_what_left_or_ended_stays_as_it_is(runtime: Runtime, state: OutboundState) -> None:
    broadcast = await builders.broadcast(runtime, "telegram:1", cancelled_at=runtime.clock())
    async with runtime.db.begin() as session:
        await session.execute(update(OutboundMessage).values(state=state))
    assert await over(runtime) == {}
    async with runtime.db.begin() as session:
        assert await outbox.drop(session, broadcast, runtime.clock()) == 0


@pytest.mark.parametrize("why", ["cancelled", "over", "address stopped", "said stop"])
async def test_what_may_have_gone_out_before_keeps_saying_so(
    runtime: Runtime, clock: SetClock, why: str
) -> None:
    """Its answer never came, and it must not leave again: a correction still finds it."""
    await builders.broadcast(runtime, "telegram:1")
    changes = {
        "cancelled": update(Broadcast).values(cancelled_at=clock()),
        "over": update(Broadcast).values(expires_at=clock()),
        "address stopped": update(Address).values(stopped_at=clock(), stop_reason="blocked"),
        "said stop": update(Person).values(stopped_at=clock()),
    }
    async with runtime.db.begin() as session:
        await session.execute(update(OutboundMessage).values(reason="unclear", attempts=1))
        await session.execute(changes[why])
    async with runtime.db.begin() as session:
        assert await outbox.claim(session, Channel.TELEGRAM, [Lane.ADVISORY], 10, clock()) == []
        row = (await session.scalars(select(OutboundMessage))).one()
        assert (row.state in (State.DROPPED, State.EXPIRED), row.reason, row.attempts) == (
            True,
            "unclear",
            1,
        )
