"""Rows nobody finished: lost, cancelled, counted, and the moves that none may make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select, update

from bot import outbox
from bot.messages import Channel, Status
from bot.models import Address, Lane, OutboundMessage, OutboundState
from bot.outbox import Claimed, Result
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

TELEGRAM = Channel.TELEGRAM
ALL = tuple(Lane)
State = OutboundState


async def claim(runtime: Runtime, lanes: Iterable[int] = ALL, limit: int = 100) -> list[Claimed]:
    async with runtime.db.begin() as session:
        return await outbox.claim(session, TELEGRAM, lanes, limit, runtime.clock())


async def mark(runtime: Runtime, *results: Result) -> None:
    async with runtime.db.begin() as session:
        await outbox.mark(session, results, runtime.clock())


async def record(runtime: Runtime, *statuses: Status) -> None:
    async with runtime.db.begin() as session:
        await outbox.record(session, statuses, runtime.clock())


def sent(row: Claimed, provider_id: str = "m1", parts: int = 1) -> Result:
    return Result(row.id, row.address_id, State.SENT, provider_id=provider_id, parts=parts)


async def test_rows_of_a_dead_worker_are_queued_again(runtime: Runtime, clock: SetClock) -> None:
    await builders.broadcast(runtime, "telegram:1", "telegram:2")
    lost = await claim(runtime, limit=1)
    clock.advance(minutes=2)
    await claim(runtime, limit=1)
    async with runtime.db.begin() as session:
        assert await outbox.requeue_lost(session, clock() - timedelta(minutes=1), clock()) == 1
    assert [row.id for row in await claim(runtime)] == [row.id for row in lost]


async def test_a_row_that_kills_every_worker_is_given_up(runtime: Runtime, clock: SetClock) -> None:
    await builders.reply(runtime, "telegram:1")
    for _ in range(outbox.MAX_ATTEMPTS):
        (row,) = await claim(runtime)
        async with runtime.db.begin() as session:
            await outbox.requeue_lost(session, clock.advance(minutes=1), clock())
    kept = await builders.message(runtime, row.id)
    assert (kept.state, kept.reason) == (State.FAILED, "lost")


async def test_counts_name_every_state_and_add_up(runtime: Runtime) -> None:
    broadcast = await builders.broadcast(runtime, *(f"telegram:{n}" for n in range(5)))
    first, second = await claim(runtime, limit=2)
    await mark(
        runtime, sent(first), Result(second.id, second.address_id, State.FAILED, reason="gone")
    )
    async with runtime.db.read() as session:
        counts = await outbox.counts(session, broadcast)
    assert (
        " ".join(counts) == "queued sending sent delivered read failed expired dropped no_channel"
    )
    assert (counts["queued"], counts["sent"], counts["failed"], sum(counts.values())) == (
        3,
        1,
        1,
        5,
    )


async def test_cancelling_drops_what_is_queued_and_only_that(runtime: Runtime) -> None:
    broadcast = await builders.broadcast(runtime, *(f"telegram:{n}" for n in range(3)))
    reply = await builders.reply(runtime, "telegram:9")
    claimed = await claim(runtime, lanes=[Lane.ADVISORY], limit=1)
    async with runtime.db.begin() as session:
        assert await outbox.drop(session, broadcast, runtime.clock()) == 2
    now = await builders.message_states(runtime)
    assert (now[claimed[0].id], now[reply]) == (State.SENDING, State.QUEUED)


async def test_the_backlog_tells_how_long_each_lane_waits(
    runtime: Runtime, clock: SetClock
) -> None:
    began = clock()
    await builders.broadcast(runtime, "telegram:1", "telegram:2")
    clock.advance(minutes=1)
    async with runtime.db.read() as session:
        assert await outbox.backlog(session, clock()) == [
            outbox.Backlog(TELEGRAM, Lane.ADVISORY, 2, began)
        ]


FORBIDDEN = [pair for pair in product(State, State) if pair[1] not in outbox.TRANSITIONS[pair[0]]]


@pytest.mark.parametrize(("before", "after"), FORBIDDEN, ids=lambda state: state.value)
async def test_no_forbidden_move_is_made(runtime: Runtime, before: State, after: State) -> None:
    row_id = await builders.reply(runtime, "telegram:1")
    async with runtime.db.begin() as session:
        await session.execute(update(OutboundMessage).values(state=before))
        address_id = await session.scalar(select(Address.id)) or 0
    await mark(runtime, Result(row_id, address_id, after))
    assert (await builders.message(runtime, row_id)).state is before


def test_every_state_is_in_the_table_and_ends_are_ends() -> None:
    assert set(outbox.TRANSITIONS) == set(State)
    assert {state for state, targets in outbox.TRANSITIONS.items() if not targets} == {
        State.READ, State.FAILED, State.EXPIRED, State.DROPPED, State.NO_CHANNEL,
    }  # fmt: skip
