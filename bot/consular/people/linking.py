"""One person, two channels: a code by SMS to a typed number, or a code from SMS for Telegram.

Whoever types a number gets nothing of it: a code goes there, and only who writes the code has both.
A number that never wrote to us becomes a record of its own until then, as if it had; it takes no
broadcasts, and the retention removes it after a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people import facts, joining
from bot.consular.people.joining import Asked
from bot.messages import Channel, Form
from bot.models import (
    Address,
    InboundMessage,
    JoinRequest,
    JoinTry,
    LinkCode,
    Person,
    TryKind,
    holding,
)
from bot.runtime.limits import ReplyBudget
from bot.text import numbers, text

LINK_CODE_DIGITS = 10  # so many that nobody guesses one of those that are open
MAX_WRONG_CODES = 5  # a day of one person


class Found(Enum):
    """What became of a code from SMS that somebody wrote."""

    RIGHT = "right"
    ENDED = "ended"  # too late
    TOO_MANY = "too_many"  # wrong codes today
    UNKNOWN = "unknown"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Match:
    """A code that was looked for, and the record that asked for it."""

    found: Found
    other_id: int | None = None


async def ask(
    session: AsyncSession,
    person: Person,
    phone: str,
    now: datetime,
    budget: ReplyBudget,
) -> Asked:
    """Send a code to a number (E.164) that a person typed."""
    channel, number = await facts.channel_of(session, person, phone)
    if channel is Channel.SMS and numbers.is_dear(number):
        return Asked.REFUSED
    index = f"{channel.value}:{number}"
    await holding.hold(session, [index])
    address = await session.scalar(select(Address).where(Address.index == index))
    if address is None:
        refusal = await joining.refused(session, person.id, None, now)
        if refusal is not None:
            return refusal
        address = await _add_silent_record(session, person, channel, phone, number, now)
    if address.person_id == person.id:
        return Asked.OWN
    return await joining.ask(session, person, address, now, budget)


async def _add_silent_record(
    session: AsyncSession,
    person: Person,
    channel: Channel,
    phone: str,
    number: str,
    now: datetime,
) -> Address:
    """Add the record of a number that never wrote: no name, no place, no consent."""
    holder = Person(
        created_at=now,
        language=person.language,
        synthetic=person.synthetic,
    )
    session.add(holder)
    await session.flush()
    region = text.country_of_number(phone) if channel is Channel.SMS else None
    address = Address(
        person_id=holder.id,
        channel=channel,
        form=Form.TEXT,
        address=number,
        index=f"{channel.value}:{number}",
        region=region,
        created_at=now,
    )
    session.add(address)
    await session.flush()
    return address


async def is_silent(session: AsyncSession, person: Person) -> bool:
    """Tell whether a record is of a number that somebody typed, and that never wrote to us."""
    if person.consented_at is not None or person.dialogue is not None:
        return False
    heard = select(Address.id).where(Address.person_id == person.id, Address.heard_at.is_not(None))
    received = select(InboundMessage.id).where(InboundMessage.person_id == person.id)
    for query in (heard, received):
        if await session.scalar(query.limit(1)) is not None:
            return False
    return True


async def code_of(session: AsyncSession, person: Person, now: datetime) -> str:
    """Return the code that a person writes on Telegram; within an hour it is the same."""
    present = await session.get(LinkCode, person.id)
    if present is not None and present.asked_at > now - joining.LINK_CODE_LIFE:
        return present.code
    await session.execute(delete(LinkCode).where(LinkCode.person_id == person.id))
    code = joining.new_code(LINK_CODE_DIGITS)
    session.add(LinkCode(person_id=person.id, code=code, code_index=code, asked_at=now))
    await session.flush()
    subject = facts.subject(person)
    await trail.note(session, subject, "person.link_asked", subject, now)
    return code


async def look_up(session: AsyncSession, person: Person, code: str, now: datetime) -> Match:
    """Look for the record that asked for a code. A code that is none counts; five end the day."""
    wrong = select(func.count()).where(
        JoinTry.person_id == person.id,
        JoinTry.kind == TryKind.WRONG,
        JoinTry.at > now - joining.DAY,
    )
    if (await session.scalar(wrong) or 0) >= MAX_WRONG_CODES:
        return Match(Found.TOO_MANY)
    link_code = await session.scalar(select(LinkCode).where(LinkCode.code_index == code))
    if link_code is None:
        session.add(JoinTry(person_id=person.id, kind=TryKind.WRONG, at=now))
        await session.flush()
        return Match(Found.UNKNOWN)
    if link_code.person_id == person.id:
        return Match(Found.OWN)
    if link_code.asked_at <= now - joining.LINK_CODE_LIFE:
        return Match(Found.ENDED)
    return Match(Found.RIGHT, link_code.person_id)


async def confirm(
    session: AsyncSession,
    person: Person,
    other_id: int,
    now: datetime,
) -> JoinRequest:
    """Note that a person wrote the code of another record: nobody can use it again."""
    await session.execute(delete(LinkCode).where(LinkCode.person_id == other_id))
    await joining.end(session, person)
    request = JoinRequest(
        person_id=person.id,
        other_id=other_id,
        code="",
        asked_at=now,
        attempts_left=0,
        confirmed_at=now,
    )
    session.add(request)
    await session.flush()
    return request
