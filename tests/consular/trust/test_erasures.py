"""Forget me: nothing personal is left, within a minute, and no backup brings it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import cases
from bot.consular.trust import erasures, retention, rights
from bot.consular.trust.erasures import Erased
from bot.messages import Content
from bot.models import (
    Address,
    CaseKind,
    ErasedPerson,
    InboundMessage,
    InboundState,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders, planting
from tests.clock import SetClock

MARKER = "canary-4711-زبرا"
PERIOD = timedelta(seconds=60)
JOB_SECONDS = 10  # of `forget_at_once`


async def a_person_everywhere(session: AsyncSession, now: datetime) -> Person:
    """Plant somebody whose words are in every encrypted column there is for people."""
    team = await builders.team(session, now)
    person = await builders.person(session, now, "telegram:1001", name=MARKER)
    await builders.earthquake(session, team.officer, now)
    await cases.open_case(session, person, CaseKind.HUMAN, MARKER, now)
    await planting.plant(session, person, MARKER, now)
    return person


async def test_the_words_are_in_every_encrypted_column_before(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await a_person_everywhere(session, runtime.clock())
        planted = await erasures.holding(session, MARKER)
    assert set(planting.sealed_columns()) - set(planted) == set()


async def test_nothing_is_left_after_an_erasure_but_counts_and_a_number(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await a_person_everywhere(session, now)
        person_id = person.id
        assert (await erasures.remaining(session, person_id))["people.id"] == 1
        await rights.erase(session, person, trail.SYSTEM, now)
    async with runtime.db.read() as session:
        assert await erasures.remaining(session, person_id) == {}
        assert await erasures.holding(session, MARKER) == {}
        assert await erasures.listed(session) == [Erased(person_id, now)]


async def test_a_goodbye_is_gone_with_its_address_within_a_minute(
    runtime: Runtime, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await a_person_everywhere(session, now)
        person_id = person.id
        handled = update(InboundMessage).values(state=InboundState.DONE)
        await session.execute(handled)  # what still waits is kept until it is answered
        address = await session.scalar(
            select(Address).where(Address.person_id == person_id, Address.channel == "telegram")
        )
        assert address is not None
        await rights.erase(session, person, f"person:{person_id}", now, farewell=address)
        goodbye = await outbox.reply(
            session,
            person=person,
            address=address,
            content=Content("محونا كل بياناتك."),
            inbound_id=None,
            now=now,
        )
        assert set(await erasures.holding(session, MARKER)) <= {"addresses.address"}
    async with runtime.db.begin() as session:
        sent = await session.get_one(OutboundMessage, goodbye.id)
        sent.state = OutboundState.SENT
    clock.advance(seconds=JOB_SECONDS)
    async with runtime.db.begin() as session:
        assert await retention.end_farewells(session, runtime.clock()) == 1
        assert await erasures.remaining(session, person_id) == {}
        assert await erasures.holding(session, MARKER) == {}
    assert runtime.clock() - now < PERIOD


async def test_a_restored_person_is_erased_again_and_a_new_one_of_the_same_number_is_not(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        back = await builders.person(session, now, "telegram:1")
        new = await builders.person(session, now + timedelta(hours=2), "telegram:2")
        new.created_at = now + timedelta(hours=2)
        await session.flush()
        hour_later = now + timedelta(hours=1)
        assert await erasures.returned(session, Erased(back.id, hour_later)) is back
        assert await erasures.returned(session, Erased(new.id, hour_later)) is None
        assert await erasures.returned(session, Erased(4711, hour_later)) is None


async def test_the_numbers_go_when_no_backup_can_hold_the_people(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await erasures.remember(session, 7, now - retention.BACKUP_LIFE - timedelta(days=1))
        await erasures.remember(session, 8, now)
        counts = await retention.sweep(session, now)
        left = await session.scalars(select(ErasedPerson.person_id))
        assert list(left) == [8]
    assert counts["erasures"] == 1


@pytest.mark.parametrize("state", [OutboundState.SENT, OutboundState.FAILED])
async def test_a_passing_reply_goes_once_it_has_left(
    runtime: Runtime, state: OutboundState
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        address = (await session.scalars(select(Address))).one()
        messages: list[OutboundMessage] = []
        for is_passing in (True, False):
            message = await outbox.reply(
                session,
                person=person,
                address=address,
                content=Content(MARKER),
                inbound_id=None,
                now=now,
                is_passing=is_passing,
            )
            messages.append(message)
        await session.flush()
        assert await outbox.forget(session, now) == 0
        for message in messages:
            message.state = state
        await session.flush()
        assert await outbox.forget(session, now) == 1
        assert await session.scalar(select(func.count()).select_from(OutboundMessage)) == 1
