"""What people send is stored once, in order, whoever else is storing at the same time."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.inbox import rows
from bot.messages import Channel, Form, Heard, Inbound, Kind, Language
from bot.models import Address, InboundMessage, InboundState, Person
from bot.runtime.runtime import Runtime
from tests.clock import SetClock


def message(
    number: int, sender: str = "1001", kind: Kind = Kind.TEXT, language: Language | None = None
) -> Inbound:
    return Inbound(
        Channel.TELEGRAM,
        str(number),
        sender,
        kind,
        Form.CHAT,
        text="أنا بخير والحمد لله",
        language=language,
    )


def sms(sid: str, number: str, text: str = "أنا بخير") -> Inbound:
    return Inbound(Channel.SMS, sid, number, Kind.TEXT, Form.TEXT, text=text, phone=number)


async def receive(runtime: Runtime, *messages: Inbound) -> list[int | None]:
    async with runtime.db.begin() as session:
        return await rows.receive(session, messages, runtime.clock())


async def count(runtime: Runtime, table: type) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def next_pending(session: AsyncSession, person_id: int) -> InboundMessage | None:
    """The oldest message of a person that waits."""
    query = (
        select(InboundMessage)
        .where(InboundMessage.person_id == person_id, InboundMessage.state == InboundState.PENDING)
        .order_by(InboundMessage.id)
        .limit(1)
    )
    return await session.scalar(query)


async def stop_of(runtime: Runtime) -> tuple[bool, str | None]:
    async with runtime.db.read() as session:
        address = (await session.scalars(select(Address))).one()
        return address.stopped_at is not None, address.stop_reason


async def test_a_first_message_makes_a_person_and_waits(runtime: Runtime) -> None:
    (person_id,) = await receive(runtime, message(1, language="en"))
    assert person_id is not None
    async with runtime.db.read() as session:
        person = await session.get_one(Person, person_id)
        row = await next_pending(session, person_id)
    assert (person.language, person.phone) == ("en", None)
    assert row is not None
    assert Inbound.from_json(row.content) == message(1, language="en")


async def test_a_number_that_writes_is_the_persons_phone_and_arabic_is_assumed(
    runtime: Runtime,
) -> None:
    (person_id,) = await receive(runtime, sms("SM1", "+218910000001"))
    async with runtime.db.read() as session:
        writer = select(Person).join(Address).where(Address.index == "sms:+218910000001")
        person = await session.scalar(writer)
    assert person is not None
    assert (person.id, person.phone, person.language) == (person_id, "+218910000001", "ar")


async def test_a_repeat_has_no_second_effect(runtime: Runtime) -> None:
    first = await receive(runtime, message(1))
    assert await receive(runtime, message(1)) == [None]
    assert await receive(runtime, message(2), message(2)) == [first[0], None]
    assert await count(runtime, InboundMessage) == 2


async def test_the_same_id_on_another_channel_is_another_message(runtime: Runtime) -> None:
    await receive(runtime, message(1), sms("1", "+218910000001"))
    assert await count(runtime, InboundMessage) == 2


async def test_one_sender_in_one_batch_is_one_person_and_order_is_kept(runtime: Runtime) -> None:
    people = await receive(runtime, message(9), message(4, "1002"), message(3), message(2))
    assert people[0] == people[2] == people[3] != people[1]
    taken = []
    async with runtime.db.begin() as session:
        while row := await next_pending(session, people[0] or 0):
            taken.append(row.provider_id)
            await rows.finish(session, row, None, runtime.clock())
    assert taken == ["9", "3", "2"]


async def test_many_at_once_from_the_same_senders_make_each_once(runtime: Runtime) -> None:
    batches = [
        [message(batch * 100 + n, sender=str(5000 + (n * 7 + batch) % 20)) for n in range(20)]
        for batch in range(8)
    ]
    answers = await asyncio.gather(*(receive(runtime, *batch) for batch in batches))
    assert not any(None in answer for answer in answers)
    assert (await count(runtime, Person), await count(runtime, Address)) == (20, 20)
    assert await count(runtime, InboundMessage) == 160


async def test_two_processes_storing_one_message_store_it_once(runtime: Runtime) -> None:
    answers = await asyncio.gather(*(receive(runtime, message(7)) for _ in range(6)))
    assert sorted(answer is None for (answer,) in answers) == [False] + [True] * 5
    assert (await count(runtime, InboundMessage), await count(runtime, Person)) == (1, 1)


async def test_whoever_blocks_us_is_written_to_no_more_until_they_write(runtime: Runtime) -> None:
    await receive(runtime, message(1))
    await receive(runtime, message(2, kind=Kind.BLOCKED))
    assert await stop_of(runtime) == (True, "blocked")
    await receive(runtime, message(2, kind=Kind.BLOCKED), message(3))
    assert await stop_of(runtime) == (False, None)


async def test_a_late_repeat_of_a_block_stops_nobody(runtime: Runtime) -> None:
    await receive(runtime, message(1, kind=Kind.BLOCKED))
    await receive(runtime, message(2, kind=Kind.UNBLOCKED))
    await receive(runtime, message(1, kind=Kind.BLOCKED))
    assert await stop_of(runtime) == (False, None)


@pytest.mark.parametrize(
    ("reason", "stop"),
    [("gone", (False, None)), ("blocked", (False, None)), ("opted_out", (True, "opted_out"))],
)
async def test_writing_opens_what_the_network_closed_and_leaves_a_stop(
    runtime: Runtime, reason: str, stop: tuple[bool, str | None]
) -> None:
    await receive(runtime, message(1))
    async with runtime.db.begin() as session:
        address = (await session.scalars(select(Address))).one()
        address.stopped_at, address.stop_reason = runtime.clock(), reason
    await receive(runtime, message(2))
    assert await stop_of(runtime) == stop


async def test_what_was_heard_is_kept_with_the_message(runtime: Runtime, clock: SetClock) -> None:
    (person_id,) = await receive(runtime, message(1))
    heard = Heard(Kind.TEXT, "أنا بخير", intent="checkin_safe", confidence=0.97, by="rasa")
    async with runtime.db.begin() as session:
        row = await next_pending(session, person_id or 0)
        assert row is not None
        await rows.finish(session, row, heard, clock.advance(seconds=1))
    async with runtime.db.read() as session:
        kept = await session.get_one(InboundMessage, row.id)
        assert (kept.state, kept.intent, kept.understood_by) == (
            InboundState.DONE,
            "checkin_safe",
            "rasa",
        )
        assert kept.done_at == clock()
        assert (await session.get_one(Address, kept.address_id)).heard_at == kept.received_at


async def test_a_turn_that_fails_three_times_makes_way_for_the_next(runtime: Runtime) -> None:
    (person_id,) = await receive(runtime, message(1))
    await receive(runtime, message(2))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await _failing_turn(runtime, person_id or 0)
    async with runtime.db.read() as session:
        row = await next_pending(session, person_id or 0)
        assert row is not None
        assert row.provider_id == "2"
        assert (
            await session.scalar(
                select(InboundMessage.state).where(InboundMessage.provider_id == "1")
            )
            == "failed"
        )


async def _failing_turn(runtime: Runtime, person_id: int) -> None:
    try:
        async with runtime.db.begin() as session:
            row = await next_pending(session, person_id)
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert row is not None
        async with runtime.db.begin() as session:
            await rows.fail(session, row, runtime.clock())
        raise


async def test_the_sweep_finds_those_who_waited_longest_first(
    runtime: Runtime, clock: SetClock
) -> None:
    late = await receive(runtime, message(1, "a"), message(2, "b"))
    clock.advance(seconds=3)
    before = clock()
    await receive(runtime, message(3, "c"))
    async with runtime.db.read() as session:
        assert await rows.waiting(session, before, 10) == late
        assert await rows.waiting(session, before, 1) == late[:1]
