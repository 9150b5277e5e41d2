"""Answers by a reply link. A link may be forwarded or stolen: it adds, and takes nothing back."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases, checkins
from bot.consular.crises.link_fields import Told, is_only_place
from bot.consular.people import facts, search
from bot.consular.reference import places
from bot.dialogue import phones
from bot.messages import Form
from bot.models import AuditNote, CaseKind, CheckIn, CheckInStatus, Crisis, Person
from bot.text import catalogues, text

VIA = "link"
MAX_ANSWERS = 20  # by one link in one crisis; a cry for help always passes
MAX_USES = 2 * MAX_ANSWERS  # that change where they are, how many, or a number
TOLD_ACTION = "person.told_by_link"
CRIES = frozenset({CheckInStatus.HELP, CheckInStatus.MEDICAL, CheckInStatus.EVACUATE})
CALM = frozenset({CheckInStatus.SAFE, CheckInStatus.STAYING})
CASE_KINDS = {
    CheckInStatus.HELP: CaseKind.LIFE,
    CheckInStatus.MEDICAL: CaseKind.MEDICAL,
    CheckInStatus.EVACUATE: CaseKind.EVACUATION,
}


class Result(Enum):
    """What became of an answer by a link."""

    RECORDED = "recorded"
    CONTRADICTS = "contradicts"  # they asked for help before: staff decide
    TOO_MANY = "too_many"


async def record(
    session: AsyncSession,
    person: Person,
    crisis: Crisis,
    status: CheckInStatus,
    entries: Told,
    now: datetime,
) -> Result:
    """Record an answer and what came with it, and open a case for a cry or a note.

    "Safe" or "staying" after a cry for help is written into the case and changes nothing else.
    Staff hear of a link that was used many times: it may be in strangers' hands. A cry passes with
    fields that cannot be read: the case has them as they were typed.
    """
    if status in CALM and await _has_cried(session, person, crisis):
        everything = marked(person, _everything(entries))
        await cases.add_to_open(session, person, everything)
        contradiction = _say("link_contradicts", person)
        await cases.open_case(session, person, CaseKind.UNCLEAR, contradiction, now)
        return Result.CONTRADICTS
    if await _count(session, person, crisis) >= MAX_ANSWERS:
        was_forwarded = _say("link_many", person)
        await cases.open_case(session, person, CaseKind.UNCLEAR, was_forwarded, now)
        if status not in CRIES:
            return Result.TOO_MANY
    await checkins.record(session, person, status, VIA, now)
    await _keep_with(session, person, status, entries, now)
    return Result.RECORDED


async def _keep_with(
    session: AsyncSession,
    person: Person,
    status: CheckInStatus,
    entries: Told,
    now: datetime,
) -> None:
    """Keep what came with an answer, and open a case for a cry or for words."""
    number_note = await _keep(session, person, entries, now)
    notes = filter(None, (_note(status, entries), number_note))
    note = "\n".join(notes)
    await _open_case(
        session,
        person,
        status,
        note,
        now,
    )


async def _open_case(
    session: AsyncSession,
    person: Person,
    status: CheckInStatus,
    note: str,
    now: datetime,
) -> None:
    """Open a case for a cry or for words."""
    if status not in CASE_KINDS and not note:
        return
    kind = CASE_KINDS.get(status, CaseKind.UNCLEAR)
    words = marked(person, note)
    await cases.open_case(
        session,
        person,
        kind,
        words,
        now,
    )


async def choose_place(
    session: AsyncSession,
    person: Person,
    crisis: Crisis,
    code: str,
    now: datetime,
) -> bool:
    """Keep which of several places of a name somebody meant; False for a link used too often.

    Open cases hear of it as well.
    """
    if await _count_uses(session, person, crisis) >= MAX_USES:
        return False
    place = places.place_of(code)
    words = person.place_words
    if words is not None and is_only_place(words):
        words = None
    await facts.set_place(session, person, place, now, words=words)
    await checkins.attach(session, person, now)
    await _note_use(session, person, now)
    await cases.add_to_open(session, person, marked(person, f"📍 {code}"))
    return True


async def _keep(session: AsyncSession, person: Person, entries: Told, now: datetime) -> str:
    """Keep place, party and number; return what an officer has to read, "" for nothing.

    A number that the network vouched for is not replaced by one that a link brings.
    """
    if entries.is_empty:
        return ""
    await _keep_place(session, person, entries, now)
    if entries.party is not None:
        await facts.set_party(session, person, entries.party)
    note = await _keep_phone(session, person, entries, now)
    await _note_use(session, person, now)
    return note


async def _keep_place(session: AsyncSession, person: Person, entries: Told, now: datetime) -> None:
    """Keep a place; words alone are a place where the person was, as in the conversation."""
    words = entries.place_words or None
    if len(entries.places) == 1:
        place = places.place_of(entries.places[0])
        await facts.set_place(session, person, place, now, words=words)
        await checkins.attach(session, person, now)
    elif words is not None:
        await facts.set_place_words(session, person, words)


async def _keep_phone(
    session: AsyncSession,
    person: Person,
    entries: Told,
    now: datetime,
) -> str:
    """Set a number that was typed; return it in words where it cannot take the place of another."""
    phone = entries.phone or _as_dialled_there(entries.local_phone, person.country)
    if phone is None:
        return _number_words(entries.local_phone)
    if phone == person.phone:
        return ""
    confirmed = await search.with_confirmed_number(session, [person])
    if person.id in confirmed:
        return _number_words(phone)
    await facts.set_phone(
        session,
        person,
        phone,
        verified=False,
        now=now,
    )
    return ""


def _as_dialled_there(local_phone: str, country: str | None) -> str | None:
    """Read a number as it is dialled in a country; None where it is none there."""
    if not local_phone or country is None:
        return None
    numbers = phones.numbers(
        local_phone,
        country,
        is_asked=True,
    )
    if len(numbers) != 1:
        return None
    return numbers[0]


def _number_words(number: str) -> str:
    if not number:
        return ""
    return f"📞 {number}"


async def _note_use(session: AsyncSession, person: Person, now: datetime) -> None:
    subject = facts.subject(person)
    await trail.note(session, subject, "person.told_by_link", subject, now)


def _note(status: CheckInStatus, entries: Told) -> str:
    """Return the note; with a cry whatever else was typed, so that one page tells all."""
    if status in CRIES:
        return _everything(entries)
    return entries.note


def _everything(entries: Told) -> str:
    """Write down all that was typed, a line each."""
    lines = [entries.note]
    place = entries.place_words or ", ".join(entries.places)
    if place:
        lines.append(f"📍 {place}")
    if entries.party is not None:
        lines.append(f"👥 {entries.party}")
    number = entries.phone or entries.local_phone
    if number:
        lines.append(f"📞 {number}")
    lines.append(entries.unread)
    return "\n".join(filter(None, lines))


async def _has_cried(session: AsyncSession, person: Person, crisis: Crisis) -> bool:
    """Tell whether the person's last word in this crisis, or in an open case, was a cry."""
    latest = await checkins.latest(session, person)
    if latest is None or latest.answer not in CRIES:
        return False
    return latest.at >= crisis.opened_at or await cases.has_open(session, person)


async def _count(session: AsyncSession, person: Person, crisis: Crisis) -> int:
    answers = select(func.count()).where(
        CheckIn.person_id == person.id,
        CheckIn.via == VIA,
        CheckIn.at >= crisis.opened_at,
    )
    return await session.scalar(answers) or 0


async def _count_uses(session: AsyncSession, person: Person, crisis: Crisis) -> int:
    """Count how often a link changed more than the answer in this crisis."""
    uses = select(func.count()).where(
        AuditNote.subject == facts.subject(person),
        AuditNote.action == TOLD_ACTION,
        AuditNote.at >= crisis.opened_at,
    )
    return await session.scalar(uses) or 0


def marked(person: Person, note: str) -> str:
    """Mark words as written by a link, not from the person's own address."""
    return _say("link_mark", person, words=note or "–")


def _say(key: str, person: Person, **placeholders: str) -> str:
    return catalogues.say(key, text.language_of(person.language), Form.CHAT, **placeholders)
