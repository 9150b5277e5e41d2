"""One worker sends each row, replies first and in order; its state only moves forward."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import outbox
from bot.messages import Channel, Status
from bot.models import Address, Lane, OutboundMessage, OutboundState, Person
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


def receipt(runtime: Runtime, state: str, provider_id: str = "m1", **more: object) -> Status:
    return Status(TELEGRAM, provider_id, state, runtime.clock(), **more)  # type: ignore[arg-type]


async def test_a_reply_goes_out_before_bulk(runtime: Runtime) -> None:
    await builders.broadcast(runtime, "telegram:1", "telegram:2")
    reply = await builders.reply(runtime, "telegram:3")
    assert (await claim(runtime))[0].id == reply


async def test_a_claimed_row_carries_what_is_needed_to_send_it(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:77", "أهلاً بك")
    (row,) = await claim(runtime)
    assert (row.address, row.channel, row.attempts) == ("77", TELEGRAM, 1)
    assert row.content is not None
    assert row.content.text == "أهلاً بك"
    assert (await builders.message(runtime, row.id)).state is State.SENDING


async def test_another_channels_rows_are_left_alone(runtime: Runtime) -> None:
    await builders.reply(runtime, "sms:+218910000001")
    assert await claim(runtime) == []


async def test_no_row_is_claimed_twice_by_workers_at_once(runtime: Runtime) -> None:
    await builders.broadcast(runtime, *(f"telegram:{n}" for n in range(60)))
    taken = await asyncio.gather(*(claim(runtime, limit=10) for _ in range(8)))
    ids = [row.id for some in taken for row in some]
    assert len(ids) == len(set(ids))
    while more := await claim(runtime, limit=10):
        ids += [row.id for row in more]
    assert len(ids) == len(set(ids)) == 60


async def test_a_persons_second_reply_waits_for_the_first(runtime: Runtime) -> None:
    first = await builders.reply(runtime, "telegram:1", "الأولى")
    second = await builders.reply(runtime, "telegram:1", "الثانية")
    other = await builders.reply(runtime, "telegram:2")
    claimed = await claim(runtime)
    assert [row.id for row in claimed] == [first, other]
    assert await claim(runtime) == []
    await mark(runtime, sent(claimed[0]))
    assert [row.id for row in await claim(runtime)] == [second]


async def test_a_reply_that_keeps_failing_holds_back_nobody_for_long(runtime: Runtime) -> None:
    first = await builders.reply(runtime, "telegram:1", "الأولى")
    second = await builders.reply(runtime, "telegram:1", "الثانية")
    async with runtime.db.begin() as session:
        later = runtime.clock() + timedelta(hours=1)
        await session.execute(
            update(OutboundMessage)
            .where(OutboundMessage.id == first)
            .values(attempts=6, due_at=later)
        )
    assert [row.id for row in await claim(runtime)] == [second]


async def test_a_row_is_not_claimed_before_it_is_due(runtime: Runtime, clock: SetClock) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    due = clock() + timedelta(seconds=30)
    await mark(
        runtime, Result(row.id, row.address_id, State.QUEUED, reason="unavailable", due_at=due)
    )
    assert await claim(runtime) == []
    clock.advance(seconds=31)
    (again,) = await claim(runtime)
    assert again.attempts == 2


async def test_a_pause_that_is_not_the_messages_fault_burns_no_attempt(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    for _ in range(4):
        (row,) = await claim(runtime)
        await mark(
            runtime,
            Result(row.id, row.address_id, State.QUEUED, due_at=runtime.clock(), spared=True),
        )
    (row,) = await claim(runtime)
    assert row.attempts == 1


async def test_a_cancelled_broadcast_is_dropped_when_it_would_go_out(runtime: Runtime) -> None:
    broadcast = await builders.broadcast(runtime, "telegram:1", cancelled_at=runtime.clock())
    assert await claim(runtime) == []
    async with runtime.db.read() as session:
        assert (await outbox.counts(session, broadcast))["dropped"] == 1


async def test_a_broadcast_past_its_time_is_expired(runtime: Runtime, clock: SetClock) -> None:
    await builders.broadcast(runtime, "telegram:1", expires_at=clock() + timedelta(hours=1))
    clock.advance(hours=1)
    assert await claim(runtime) == []
    assert list((await builders.message_states(runtime)).values()) == [State.EXPIRED]


async def test_whoever_said_stop_after_the_fan_out_gets_no_broadcast_but_still_their_reply(
    runtime: Runtime,
) -> None:
    await builders.broadcast(runtime, "telegram:1")
    async with runtime.db.begin() as session:
        await session.execute(update(Person).values(stopped_at=runtime.clock()))
    reply = await builders.reply(runtime, "telegram:1", "لن نراسلك بعد الآن. متى شئت: ابدأ")
    assert [row.id for row in await claim(runtime)] == [reply]
    dropped = [
        row_id
        for row_id, state in (await builders.message_states(runtime)).items()
        if state is State.DROPPED
    ]
    assert [(await builders.message(runtime, row_id)).reason for row_id in dropped] == ["stopped"]


async def test_nothing_goes_to_an_address_that_was_stopped(runtime: Runtime) -> None:
    reply = await builders.reply(runtime, "telegram:1")
    async with runtime.db.begin() as session:
        await session.execute(
            update(Address).values(stopped_at=runtime.clock(), stop_reason="blocked")
        )
    assert await claim(runtime) == []
    row = await builders.message(runtime, reply)
    assert (row.state, row.reason, row.attempts) == (State.DROPPED, "blocked", 0)


async def test_sent_keeps_what_the_provider_said(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row, "SM77", 3))
    kept = await builders.message(runtime, row.id)
    assert (kept.state, kept.provider_id, kept.parts, kept.sent_at) == (
        State.SENT,
        "SM77",
        3,
        runtime.clock(),
    )
    assert kept.finished_at is None


async def test_many_rows_are_marked_at_once(runtime: Runtime) -> None:
    await builders.broadcast(runtime, *(f"telegram:{n}" for n in range(6)))
    a, b, c, d, e, f = await claim(runtime)
    gone = [
        Result(row.id, row.address_id, State.FAILED, reason="gone", stop=True) for row in (c, d)
    ]
    back = [Result(row.id, row.address_id, State.QUEUED, due_at=runtime.clock()) for row in (e, f)]
    await mark(runtime, *gone, sent(a), sent(b, "m2"), *back)
    now = [(await builders.message(runtime, row.id)).state.value for row in (a, b, c, d, e, f)]
    assert now == ["sent", "sent", "failed", "failed", "queued", "queued"]


async def test_a_refusal_for_good_stops_the_address(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, Result(row.id, row.address_id, State.FAILED, reason="blocked", stop=True))
    address = await builders.address_at(runtime, "telegram:1")
    assert (address.stopped_at, address.stop_reason) == (runtime.clock(), "blocked")
    assert (await builders.message(runtime, row.id)).finished_at == runtime.clock()


@pytest.mark.parametrize(
    ("receipts", "state"),
    [
        (["delivered"], State.DELIVERED),
        (["delivered", "sent"], State.DELIVERED),
        (["read", "delivered"], State.READ),
        (["failed", "delivered"], State.FAILED),
        (["delivered", "failed"], State.DELIVERED),
        (["sent", "delivered", "read", "read"], State.READ),
    ],
)
async def test_receipts_only_move_a_row_forward(
    runtime: Runtime, receipts: list[str], state: State
) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row))
    for one in receipts:
        await record(runtime, receipt(runtime, one))
    assert (await builders.message(runtime, row.id)).state is state


async def test_a_receipt_that_overtakes_sent_is_kept(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await record(runtime, receipt(runtime, "delivered", row_id=row.id))
    await mark(runtime, sent(row, parts=2))
    kept = await builders.message(runtime, row.id)
    assert (kept.state, kept.provider_id, kept.parts) == (State.DELIVERED, "m1", 2)


async def test_a_receipt_spares_the_second_copy_when_the_answer_was_lost(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, Result(row.id, row.address_id, State.QUEUED, due_at=runtime.clock()))
    await record(runtime, receipt(runtime, "sent", row_id=row.id))
    assert await claim(runtime) == []
    await record(runtime, receipt(runtime, "delivered"))
    assert (await builders.message(runtime, row.id)).state is State.DELIVERED


async def test_an_old_copys_receipt_does_not_touch_the_new_one(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row, "second"))
    await record(runtime, receipt(runtime, "failed", "first", row_id=row.id))
    assert (await builders.message(runtime, row.id)).state is State.SENT


def came_back(runtime: Runtime, provider_id: str = "m1", row: int | None = None) -> Status:
    """The provider's queue was full: it never left."""
    return replace(receipt(runtime, "failed", provider_id, row_id=row, reason="flood"), retry=60.0)


@pytest.mark.parametrize("order", ["after", "before"])
async def test_what_never_left_is_queued_again_after_a_minute_and_once(
    runtime: Runtime, clock: SetClock, order: str
) -> None:
    """The receipt comes after the provider's answer was written down, or before."""
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    if order == "after":
        await mark(runtime, sent(row))
    await record(runtime, came_back(runtime, row=row.id))
    if order == "before":
        await mark(runtime, sent(row))
    kept = await builders.message(runtime, row.id)
    assert (kept.state, kept.due_at, kept.reason) == (
        State.QUEUED,
        clock() + timedelta(seconds=60),
        "flood",
    )
    clock.advance(seconds=30)
    await record(runtime, came_back(runtime, row=row.id), receipt(runtime, "sent", row_id=row.id))
    assert (await builders.message(runtime, row.id)).due_at == clock() + timedelta(seconds=30)
    assert await claim(runtime) == []
    clock.advance(seconds=31)
    (again,) = await claim(runtime)
    await mark(runtime, sent(again, "m2"))
    await record(
        runtime, came_back(runtime, row=row.id), receipt(runtime, "delivered", "m2", row_id=row.id)
    )
    kept = await builders.message(runtime, row.id)
    assert (kept.state, kept.provider_id, again.attempts) == (State.DELIVERED, "m2", 2)


async def test_the_second_copy_may_come_back_as_well_before_its_answer(
    runtime: Runtime, clock: SetClock
) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row))
    await record(runtime, came_back(runtime, row=row.id))
    clock.advance(seconds=61)
    (again,) = await claim(runtime)
    await record(runtime, came_back(runtime, "m2", row=row.id))
    await mark(runtime, sent(again, "m2"))
    assert (await builders.message(runtime, row.id)).state is State.QUEUED


@pytest.mark.parametrize(
    "before", sorted(set(State) - outbox.RETURN_STATES), ids=lambda state: state.value
)
async def test_nothing_comes_back_from_another_state(runtime: Runtime, before: State) -> None:
    row_id = await builders.reply(runtime, "telegram:1")
    async with runtime.db.begin() as session:
        await session.execute(update(OutboundMessage).values(state=before, provider_id="m1"))
    await record(runtime, came_back(runtime, row=row_id))
    kept = await builders.message(runtime, row_id)
    assert (kept.state, kept.reason) == (before, None)


async def test_what_comes_back_too_often_is_given_up(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row))
    async with runtime.db.begin() as session:
        await session.execute(update(OutboundMessage).values(attempts=outbox.MAX_ATTEMPTS))
    await record(runtime, came_back(runtime, row=row.id))
    kept = await builders.message(runtime, row.id)
    assert (kept.state, kept.reason, kept.finished_at) == (State.FAILED, "flood", runtime.clock())


async def test_a_receipt_for_nothing_of_ours_changes_nothing(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row))
    await record(
        runtime,
        receipt(runtime, "failed", "unknown"),
        receipt(runtime, "failed", "x", row_id=999_999),
    )
    assert (await builders.message(runtime, row.id)).state is State.SENT


async def test_a_receipt_that_says_stop_stops_the_address(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1")
    (row,) = await claim(runtime)
    await mark(runtime, sent(row))
    await record(runtime, receipt(runtime, "failed", reason="blocked", stop=True))
    assert (await builders.message(runtime, row.id)).reason == "blocked"
    assert (await builders.address_at(runtime, "telegram:1")).stop_reason == "blocked"
