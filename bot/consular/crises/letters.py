"""Letters between an officer and the person of a case; the bot is silent while they go on.

A conversation begins with an officer's letter. It ends when the officer hands back to the bot, when
the case is closed, or when a day has passed without a letter.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import case_scope, reaching
from bot.consular.errors import ConsularError, CountryCode, Quote
from bot.consular.reference import country_reach
from bot.consular.staff import roles
from bot.messages import Channel, Content
from bot.models import (
    Address,
    Case,
    CaseLetter,
    CaseState,
    LetterDirection,
    OutboundMessage,
    OutboundState,
    Person,
    SmsWay,
    Staff,
)
from bot.text import links, numbers
from bot.text.catalogues import say
from bot.text.text import clean, language_of

MAX_LETTER_CHARS = 2000
MAX_RECEIVED_CHARS = 10_000
MAX_LETTERS = 200  # of a case on its page, the latest
CONVERSATION_LIFE = timedelta(hours=24)  # without a letter
SIGN = "utter_officer_writes"
FAREWELL = "utter_bot_is_back"
_GAP = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter and the state of the message that carries it, since when; None once that is gone."""

    letter: CaseLetter
    state: OutboundState | None
    since: datetime | None


async def write(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    words: str,
    now: datetime,
) -> None:
    """Send a letter to the person of a case, at their best address. Raises ConsularError.

    The first of a conversation says that an officer writes now.
    """
    person = await lock(session, staff, case)
    if case.state is CaseState.CLOSED:
        raise ConsularError("It is closed: reopen it first.")
    written = _checked(words)
    address = await _address(session, person, written)
    text = written if is_open(case, now) else _signed(written, person, address)
    message = await _queue(session, person, address, text, now)
    letter = CaseLetter(
        case_id=case.id,
        direction=LetterDirection.OUT,
        at=now,
        staff_id=staff.id,
        language=person.language,
        words=written,
        outbound_id=message.id,
        read_at=now,
    )
    session.add(letter)
    case.last_letter_at = now
    await _mark_read(session, case, now)
    await _note(session, staff, "case.written", case, now)


async def hand_back(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Let the bot speak again, and tell the person. Raises ConsularError."""
    await lock(session, staff, case)
    if not is_open(case, now):
        raise ConsularError("The bot answers already.")
    await end(session, case, now)
    await _note(session, staff, "case.handed_back", case, now)


async def end(session: AsyncSession, case: Case, now: datetime) -> None:
    """End the conversation of a case, if one is open; the person hears it where no other goes on.

    The person's row is locked.
    """
    was_open = is_open(case, now)
    case.last_letter_at = None
    await session.flush()
    if not was_open:
        return
    person = await session.get_one(Person, case.person_id)
    if await conversing(session, person, now) is not None:
        return
    of_person = await reaching.addresses(session, person)
    address = await reaching.best(session, person, of_person)
    if address is not None:
        text = say(FAREWELL, language_of(person.language), address.form)
        await _queue(session, person, address, text, now)


async def receive(
    session: AsyncSession,
    case: Case,
    words: str,
    language: str,
    now: datetime,
) -> None:
    """Keep what the person writes while an officer writes with them; it waits to be read."""
    letter = CaseLetter(
        case_id=case.id,
        direction=LetterDirection.IN,
        at=now,
        language=language,
        words=clean(words, MAX_RECEIVED_CHARS),
    )
    session.add(letter)
    case.last_letter_at = now
    await session.flush()


def is_open(case: Case, now: datetime) -> bool:
    """Tell whether an officer writes with the person just now, so that the bot is silent."""
    if case.state is CaseState.CLOSED or case.last_letter_at is None:
        return False
    return now - case.last_letter_at < CONVERSATION_LIFE


async def conversing(
    session: AsyncSession,
    person: Person,
    now: datetime,
) -> Case | None:
    """Return the case in which an officer writes with the person; of several, the latest."""
    query = select(Case).where(
        Case.person_id == person.id,
        Case.state != CaseState.CLOSED,
        Case.last_letter_at > now - CONVERSATION_LIFE,
    )
    latest = query.order_by(Case.last_letter_at.desc(), Case.id.desc()).limit(1)
    return await session.scalar(latest)


async def thread(session: AsyncSession, case: Case) -> list[Sheet]:
    """Return the latest letters of a case, in the order in which they were written."""
    query = (
        select(CaseLetter, OutboundMessage)
        .outerjoin(
            OutboundMessage,
            OutboundMessage.id == CaseLetter.outbound_id,
        )
        .where(CaseLetter.case_id == case.id)
        .order_by(CaseLetter.id.desc())
        .limit(MAX_LETTERS)
    )
    sheets: list[Sheet] = []
    for letter, message in await session.execute(query):
        sheets.append(_sheet(letter, message))
    sheets.reverse()
    return sheets


def _sheet(letter: CaseLetter, message: OutboundMessage | None) -> Sheet:
    if message is None:
        return Sheet(letter, None, None)
    since = message.finished_at or message.sent_at
    return Sheet(letter, message.state, since)


async def read(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Take the letters for read where whoever looks after the case looks, or nobody does."""
    if case.owner_id in (None, staff.id):
        await _mark_read(session, case, now)


async def unread(session: AsyncSession, case_ids: Collection[int]) -> dict[int, int]:
    """Count the letters that wait to be read, by case; cases without any are left out."""
    query = (
        select(CaseLetter.case_id, func.count())
        .where(
            CaseLetter.case_id.in_(case_ids),
            CaseLetter.read_at.is_(None),
        )
        .group_by(CaseLetter.case_id)
    )
    counts: dict[int, int] = {}
    for case_id, letters in await session.execute(query):
        counts[case_id] = letters
    return counts


async def lock(
    session: AsyncSession,
    staff: Staff,
    case: Case,
) -> Person:
    """Lock the person, then the case, as a turn of the bot does. Raises ConsularError."""
    person = await session.get_one(Person, case.person_id, with_for_update=True)
    await session.refresh(case, with_for_update=True)
    await case_scope.require(session, staff, case)
    return person


def _checked(words: str) -> str:
    """Return the words of a letter as they can be sent. Raises ConsularError."""
    written = clean(words, MAX_LETTER_CHARS + 1)
    if not written:
        raise ConsularError("Write something first.")
    if len(written) > MAX_LETTER_CHARS:
        raise ConsularError(
            "A letter has {most} characters at most: shorten it, or send two.",
            most=MAX_LETTER_CHARS,
        )
    gap = _GAP.search(written)
    if gap is not None:
        raise ConsularError(
            "Nothing was sent: write something for {gap} first.",
            gap=Quote(gap[0]),
        )
    return written


async def _address(session: AsyncSession, person: Person, written: str) -> Address:
    """Return the address that a letter goes to. Raises ConsularError where it reaches nobody."""
    of_person = await reaching.addresses(session, person)
    address = await reaching.best(session, person, of_person)
    if address is None:
        raise reaching.refusal(person, of_person)
    await _check_country(session, written, address)
    return address


async def _check_country(session: AsyncSession, written: str, address: Address) -> None:
    """Refuse a letter that the networks of the number's country would refuse."""
    if address.channel is not Channel.SMS or not links.has_any(written):
        return
    ways = await country_reach.ways(session)
    if ways.get(address.region or "") not in (SmsWay.PLAIN_ANSWER, SmsWay.READ):
        return
    raise ConsularError(
        "Nothing was sent: an SMS to {country} may hold no link and no telephone number. "
        "Take it out, or call.",
        country=CountryCode(address.region or ""),
    )


def _signed(
    written: str,
    person: Person,
    address: Address,
) -> str:
    sign = say(SIGN, language_of(person.language), address.form)
    return f"{sign}\n\n{written}"


async def _queue(
    session: AsyncSession,
    person: Person,
    address: Address,
    text: str,
    now: datetime,
) -> OutboundMessage:
    content = Content(
        numbers.dialable(text, address.form),
        language=language_of(person.language),
    )
    message = await outbox.reply(
        session,
        person=person,
        address=address,
        content=content,
        inbound_id=None,
        now=now,
        preferred_sender=await reaching.sender(session, address),
    )
    await session.flush()
    return message


async def _mark_read(session: AsyncSession, case: Case, now: datetime) -> None:
    reading = update(CaseLetter).where(
        CaseLetter.case_id == case.id,
        CaseLetter.read_at.is_(None),
    )
    await session.execute(reading.values(read_at=now))


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    case: Case,
    now: datetime,
) -> None:
    await session.flush()
    await trail.note(session, roles.actor(staff), action, f"case:{case.id}", now)
