"""Joining two records of one person: whoever has the older address must agree first.

A shared contact does not prove that its record is the sender's: numbers change hands. A code goes
to the older address; whoever writes it from the new one has both.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.channels import sms
from bot.consular.audit import trail
from bot.consular.people.merging import merge
from bot.messages import Channel, Content
from bot.models import Address, JoinRequest, JoinTry, Person, TryKind
from bot.outbox import budgets, tallies
from bot.runtime.limits import DEFAULT_BUDGET, ReplyBudget
from bot.text import catalogues, text

CODE_DIGITS = 6
CODE_LIFE = timedelta(hours=24)  # an SMS may be late
LINK_CODE_LIFE = timedelta(hours=1)  # of a code that was asked for by SMS
MAX_ATTEMPTS = 5
ASK_AGAIN_AFTER = timedelta(minutes=10)
DAY = timedelta(days=1)
MAX_CODES = 3  # a day for one person, and to one number


class Answer(Enum):
    """What became of a code that somebody wrote."""

    RIGHT = "right"
    WRONG = "wrong"
    ENDED = "ended"  # too late, or too many attempts


class Asked(Enum):
    """What became of the wish for a code."""

    SENT = "sent"
    TOO_SOON = "too_soon"  # the last one left a moment ago
    TOO_MANY = "too_many"  # for this person, or to this number, today
    REFUSED = "refused"  # no budget has room for it, or the number is dear
    OWN = "own"  # the number is an address of theirs already


async def ask(
    session: AsyncSession,
    person: Person,
    older: Address,
    now: datetime,
    budget: ReplyBudget = DEFAULT_BUDGET,
) -> Asked:
    """Send a code to the older address; the records stay apart until the person writes it.

    Within ten minutes nothing more is sent, and three codes a day.
    """
    refusal = await refused(session, person.id, older.person_id, now)
    if refusal is not None:
        return refusal
    digits = new_code(CODE_DIGITS)
    content = await _worded(session, older, "join_code", code=digits)
    if not await _spend(session, older, content, budget, now):
        return Asked.REFUSED
    await end(session, person)
    request = JoinRequest(
        person_id=person.id,
        other_id=older.person_id,
        code=digits,
        asked_at=now,
        attempts_left=MAX_ATTEMPTS,
    )
    session.add(request)
    session.add(JoinTry(person_id=person.id, other_id=older.person_id, kind=TryKind.SENT, at=now))
    await session.flush()
    await _send(session, older, content, now)
    subject = f"person:{person.id}"
    await trail.note(session, subject, "person.join_asked", subject, now, other=older.person_id)
    return Asked.SENT


def new_code(digit_count: int) -> str:
    """Make a code that nobody can guess; it begins with no zero, so that it is no number."""
    first = secrets.choice("123456789")
    rest = "".join(secrets.choice("0123456789") for _ in range(digit_count - 1))
    return first + rest


async def refused(
    session: AsyncSession,
    person_id: int,
    other_id: int | None,
    now: datetime,
) -> Asked | None:
    """Return why no code may leave now for a person, to the number of a record; None if it may."""
    if await _has_just_asked(session, person_id, now):
        return Asked.TOO_SOON
    if await _count_sent(session, person_id, other_id, now) >= MAX_CODES:
        return Asked.TOO_MANY
    return None


async def _has_just_asked(session: AsyncSession, person_id: int, now: datetime) -> bool:
    """Tell whether a code left for a person within ten minutes, used or not."""
    recent = select(JoinTry.id).where(
        JoinTry.person_id == person_id,
        JoinTry.kind == TryKind.SENT,
        JoinTry.at > now - ASK_AGAIN_AFTER,
    )
    return await session.scalar(recent.limit(1)) is not None


async def _count_sent(
    session: AsyncSession,
    person_id: int,
    other_id: int | None,
    now: datetime,
) -> int:
    """Count the codes of a day: those for a person, or those to a number, whichever are more."""
    sent = select(func.count()).where(JoinTry.kind == TryKind.SENT, JoinTry.at > now - DAY)
    for_person = await session.scalar(sent.where(JoinTry.person_id == person_id))
    to_number = await session.scalar(sent.where(JoinTry.other_id == other_id))
    return max(for_person or 0, to_number or 0)


async def _spend(
    session: AsyncSession,
    address: Address,
    content: Content,
    budget: ReplyBudget,
    now: datetime,
) -> bool:
    """Count a code by SMS against the budgets of replies; False when they have no room for it."""
    if address.channel is not Channel.SMS:
        return True
    account = await budgets.open_account(
        session,
        budget,
        address.address,
        address.region,
        now,
    )
    parts = sms.parts(content)
    reason = account.refusal(parts)
    if reason is not None:
        account.refuse()
        await tallies.count_refused(session, address.region, reason, parts, now)
        return False
    account.spend(parts)
    return True


async def tell(
    session: AsyncSession,
    address: Address,
    key: str,
    now: datetime,
    **placeholders: str,
) -> None:
    """Queue one message to an address, in its person's language."""
    content = await _worded(session, address, key, **placeholders)
    await _send(session, address, content, now)


async def _worded(
    session: AsyncSession,
    address: Address,
    key: str,
    **placeholders: str,
) -> Content:
    person = await session.get_one(Person, address.person_id)
    language = text.language_of(person.language)
    words = catalogues.say(key, language, address.form, **placeholders)
    return Content(words, language=language)


async def _send(
    session: AsyncSession,
    address: Address,
    content: Content,
    now: datetime,
) -> None:
    person = await session.get_one(Person, address.person_id)
    await outbox.reply(
        session,
        person=person,
        address=address,
        content=content,
        inbound_id=None,
        now=now,
    )


async def waiting(session: AsyncSession, person: Person) -> JoinRequest | None:
    """Return the request of a person to join an older record."""
    return await session.get(JoinRequest, person.id)


async def answer(session: AsyncSession, request: JoinRequest, digits: str, now: datetime) -> Answer:
    """Compare what a person wrote with the code; a wrong attempt counts."""
    is_late = request.asked_at <= now - CODE_LIFE
    if is_late or request.attempts_left <= 0:
        return Answer.ENDED
    if hmac.compare_digest(request.code, digits):
        request.confirmed_at = now
        await session.flush()
        return Answer.RIGHT
    request.attempts_left -= 1
    await session.flush()
    return Answer.WRONG


async def join(
    session: AsyncSession,
    person: Person,
    request: JoinRequest,
    actor: str,
    now: datetime,
) -> None:
    """Make one record of two whose person wrote the code; the older address is told."""
    await join_records(session, person, request.other_id, actor, now)


async def join_records(
    session: AsyncSession,
    person: Person,
    other_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Make one record of two; the addresses of the older one are told."""
    addresses = select(Address).where(Address.person_id == other_id)
    older_addresses = list(await session.scalars(addresses.order_by(Address.id)))
    await end(session, person)
    await merge(session, person, other_id, actor, now)
    for address in older_addresses:
        await session.refresh(address)
        await tell(session, address, "join_done", now)


async def end(session: AsyncSession, person: Person) -> None:
    """Forget a request."""
    await session.execute(delete(JoinRequest).where(JoinRequest.person_id == person.id))
