"""Rows for tests of sending: a person with an address, a broadcast, a queued message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.messages import Channel, Content, Form
from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime

ADVICE = {
    "ar": {
        "chat": {"text": "ابقوا في بيوتكم الليلة."},
        "text": {"text": "ابقوا في بيوتكم الليلة. {link}"},
    },
    "en": {
        "chat": {"text": "Stay at home tonight."},
        "text": {"text": "Stay at home tonight. {link}"},
    },
}


async def a_person(
    session: AsyncSession, where: str, now: datetime, language: str = "ar"
) -> tuple[Person, Address]:
    """A person reached at `telegram:1001`, `sms:+218…` or `phone:chat:+999…`."""
    channel, _, address = where.partition(":")
    form = Form.TEXT if channel == "sms" or address.startswith("text:") else Form.CHAT
    person = Person(created_at=now, language=language, country="TR")
    session.add(person)
    await session.flush()
    row = Address(
        person_id=person.id,
        channel=Channel(channel),
        form=form,
        address=address,
        index=where,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return person, row


async def a_reply(runtime: Runtime, where: str, text: str = "وصلتنا رسالتك، طمّنتنا عليك.") -> int:
    """A queued reply to whoever is reached there. Its row."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        address = await session.scalar(select(Address).where(Address.index == where))
        if address:
            person = await session.get_one(Person, address.person_id)
        else:
            person, address = await a_person(session, where, now)
        row = await outbox.reply(
            session, person=person, address=address, content=Content(text), inbound_id=None, now=now
        )
        await session.flush()
        return row.id


async def a_broadcast(
    runtime: Runtime, *wheres: str, lane: Lane = Lane.ADVISORY, **columns: Any
) -> int:
    """A broadcast, fanned out to a new person at each of these places. Its id."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        broadcast = Broadcast(
            kind=BroadcastKind.ADVISORY, lane=lane, contents=ADVICE, audience={"countries": ["TR"]},
            created_at=now, fanned_out_at=now, **columns,
        )  # fmt: skip
        session.add(broadcast)
        await session.flush()
        for where in wheres:
            person, address = await a_person(session, where, now)
            session.add(_row(person, address, broadcast, now))
        return broadcast.id


def _row(person: Person, address: Address, broadcast: Broadcast, now: datetime) -> OutboundMessage:
    return OutboundMessage(
        person_id=person.id, address_id=address.id, channel=address.channel, form=address.form,
        language=person.language, lane=broadcast.lane, broadcast_id=broadcast.id, created_at=now, due_at=now,
    )  # fmt: skip


async def states(runtime: Runtime) -> dict[int, OutboundState]:
    """Every outgoing row's state."""
    async with runtime.db.read() as session:
        return {
            row.id: row.state
            for row in await session.execute(select(OutboundMessage.id, OutboundMessage.state))
        }


async def the_row(runtime: Runtime, row_id: int) -> OutboundMessage:
    """A row as it is now."""
    async with runtime.db.read() as session:
        return await session.get_one(OutboundMessage, row_id)


async def the_address(runtime: Runtime, where: str) -> Address:
    """An address as it is now."""
    async with runtime.db.read() as session:
        return (await session.scalars(select(Address).where(Address.index == where))).one()
