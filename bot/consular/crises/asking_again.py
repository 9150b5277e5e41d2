"""Asking one person again: the roll call once more, by another channel where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import answering, standings
from bot.consular.audiences.addresses import CHANNEL_RANKS
from bot.consular.audiences.answering import Answering
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.crises import outreach
from bot.consular.errors import ConsularError
from bot.consular.reference import country_reach
from bot.consular.staff import roles
from bot.messages import Channel, Content
from bot.models import (
    Address,
    Broadcast,
    CheckIn,
    Crisis,
    Lane,
    OutboundMessage,
    OutboundState,
    Outreach,
    OutreachKind,
    Person,
    Staff,
    closures,
)

REST = timedelta(minutes=30)  # between two questions to one person
LINK = "{link}"

ReplyLink = Callable[[int], str]  # a person's own, "" where none can be made


async def ask(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    person_id: int,
    reply_link: ReplyLink,
    now: datetime,
) -> Outreach:
    """Queue the roll call once more for one person. Raises ConsularError.

    Never within REST of the question before, and never after an answer.
    """
    person = await outreach.lock(session, staff, crisis, person_id)
    if await _has_answered(session, crisis, person):
        raise ConsularError("This person has answered: there is nothing to ask.")
    last_question = await _last_question(session, crisis, person)
    _check_rest(last_question, now)
    address = await _address(session, person, last_question)
    message = await _question(session, crisis, person, address, reply_link, now)
    session.add(message)
    await session.flush()
    attempt = Outreach(
        person_id=person.id,
        crisis_id=crisis.id,
        kind=OutreachKind.ASKED_AGAIN,
        staff_id=staff.id,
        at=now,
        recorded_at=now,
        message_id=message.id,
    )
    session.add(attempt)
    await session.flush()
    actor = roles.actor(staff)
    subject = f"person:{person.id}"
    await trail.note(session, actor, "outreach.asked_again", subject, now, crisis=crisis.id)
    return attempt


async def preview(
    session: AsyncSession,
    crisis: Crisis,
    person: Person,
) -> list[Answering]:
    """Say how the person could answer the question by SMS; nothing where it goes another way."""
    last_question = await _last_question(session, crisis, person)
    try:
        address = await _address(session, person, last_question)
    except ConsularError:
        return []
    return await _answering(session, address)


async def way_of(session: AsyncSession, attempt: Outreach) -> list[Answering]:
    """Say how the person can answer a question that was sent again."""
    message = await session.get_one(OutboundMessage, attempt.message_id)
    address = await session.get_one(Address, message.address_id)
    return await _answering(session, address)


async def _answering(session: AsyncSession, address: Address) -> list[Answering]:
    if address.channel is not Channel.SMS:
        return []
    table = await country_reach.table(session)
    return answering.of({address.region or "": 1}, table)


def _check_rest(last_question: OutboundMessage | None, now: datetime) -> None:
    if last_question is None or now - last_question.created_at >= REST:
        return
    raise ConsularError(
        "This person was asked less than {minutes} minutes ago: wait, or call.",
        minutes=int(REST.total_seconds() // 60),
    )


async def _has_answered(session: AsyncSession, crisis: Crisis, person: Person) -> bool:
    answers = select(func.count()).select_from(CheckIn)
    query = answers.where(CheckIn.person_id == person.id, standings.is_during(crisis.id))
    return bool(await session.scalar(query))


async def _last_question(
    session: AsyncSession,
    crisis: Crisis,
    person: Person,
) -> OutboundMessage | None:
    """Return the last question to the person: the roll call, or one that was sent again."""
    asked_again = select(Outreach.message_id).where(
        Outreach.crisis_id == crisis.id,
        Outreach.person_id == person.id,
    )
    is_roll_call = OutboundMessage.broadcast_id == crisis.broadcast_id
    query = select(OutboundMessage).where(
        OutboundMessage.person_id == person.id,
        is_roll_call | OutboundMessage.id.in_(asked_again),
    )
    return await session.scalar(query.order_by(OutboundMessage.id.desc()).limit(1))


async def _address(
    session: AsyncSession,
    person: Person,
    last_question: OutboundMessage | None,
) -> Address:
    """Choose another channel than the last time, else the best. Raises ConsularError."""
    if person.stopped_at is not None:
        raise ConsularError("This person wants no messages: call, or ask those around them.")
    silent_countries = await country_reach.silent_countries(session)
    query = select(Address).where(
        Address.person_id == person.id,
        closures.is_sendable(silent_countries),
    )
    addresses = list(await session.scalars(query.order_by(Address.id.desc())))
    if not addresses:
        raise ConsularError("No message can reach this person: call, or ask those around them.")
    last_channel = last_question.channel if last_question else None

    def rank(address: Address) -> tuple[bool, int]:
        return address.channel is last_channel, CHANNEL_RANKS[Channel(address.channel)]

    return min(addresses, key=rank)


async def _question(
    session: AsyncSession,
    crisis: Crisis,
    person: Person,
    address: Address,
    reply_link: ReplyLink,
    now: datetime,
) -> OutboundMessage:
    """Write the words of the roll call as a message of the person's own."""
    broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
    region = address.region if address.channel is Channel.SMS else None
    content = fan_out.content(broadcast, person.language, address.form, region)
    return OutboundMessage(
        person_id=person.id,
        address_id=address.id,
        channel=address.channel,
        form=address.form,
        language=person.language,
        lane=Lane.CRISIS,
        state=OutboundState.QUEUED,
        content=_with_link(content, reply_link(person.id)).to_json(),
        attempts=0,
        created_at=now,
        due_at=now,
    )


def _with_link(content: Content, link: str) -> Content:
    written = content.text.replace(LINK, link).strip()
    return replace(content, text=written)
