"""Joining two records of one person: whoever has the older address must agree first.

A shared contact does not prove that its record is the sender's: numbers change hands. A code goes
to the older address; whoever writes it from the new one has both.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.people.merging import merge
from bot.messages import Content
from bot.models import Address, JoinRequest, Person
from bot.text import catalogues, text

CODE_DIGITS = 6
CODE_LIFE = timedelta(hours=24)  # an SMS may be late
MAX_ATTEMPTS = 5
ASK_AGAIN_AFTER = timedelta(minutes=10)


class Answer(Enum):
    """What became of a code that somebody wrote."""

    RIGHT = "right"
    WRONG = "wrong"
    ENDED = "ended"  # too late, or too many attempts


async def ask(
    session: AsyncSession,
    person: Person,
    older: Address,
    now: datetime,
) -> None:
    """Send a code to the older address; the records stay apart until the person writes it.

    Within ten minutes nothing more is sent.
    """
    earlier = await session.get(JoinRequest, person.id)
    if earlier is not None and earlier.asked_at > now - ASK_AGAIN_AFTER:
        return
    digits = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    await end(session, person)
    request = JoinRequest(
        person_id=person.id,
        other_id=older.person_id,
        code=digits,
        asked_at=now,
        attempts_left=MAX_ATTEMPTS,
    )
    session.add(request)
    await session.flush()
    await tell(session, older, "join_code", now, code=digits)
    subject = f"person:{person.id}"
    await trail.note(session, subject, "person.join_asked", subject, now, other=older.person_id)


async def tell(
    session: AsyncSession,
    address: Address,
    key: str,
    now: datetime,
    **placeholders: str,
) -> None:
    """Queue one message to an address, in its person's language."""
    person = await session.get_one(Person, address.person_id)
    language = text.language_of(person.language)
    words = catalogues.say(key, language, address.form, **placeholders)
    await outbox.reply(
        session,
        person=person,
        address=address,
        content=Content(words, language=language),
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
    addresses = select(Address).where(Address.person_id == request.other_id)
    older_addresses = list(await session.scalars(addresses.order_by(Address.id)))
    other_id = request.other_id
    await end(session, person)
    await merge(session, person, other_id, actor, now)
    for address in older_addresses:
        await session.refresh(address)
        await tell(session, address, "join_done", now)


async def end(session: AsyncSession, person: Person) -> None:
    """Forget a request."""
    await session.execute(delete(JoinRequest).where(JoinRequest.person_id == person.id))
