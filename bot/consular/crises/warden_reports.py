"""What a warden tells of their people in a crisis.

It counts as an answer of the person, unless the person spoke: what somebody says of themselves
counts more, and nobody else takes back a cry for help.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases, checkins
from bot.consular.crises.link_answers import CASE_KINDS, CRIES
from bot.messages import Form
from bot.models import (
    CheckIn,
    CheckInStatus,
    Crisis,
    Person,
    WardenReport,
)
from bot.text import catalogues, text

VIA = "warden"
NOT_REACHED = "not_reached"
MAX_WORDS_CHARS = 300


class Outcome(Enum):
    """What became of a report."""

    RECORDED = "recorded"
    CASE = "case"  # recorded, and an officer looks after the person
    OWN_WORD = "own_word"  # the person answered: their word counts
    NOT_REACHED = "not_reached"  # the warden tried in vain: written down for staff


async def report(
    session: AsyncSession,
    warden_id: int,
    keeper: Person,
    crisis: Crisis,
    person_id: int,
    status: CheckInStatus | None,
    words: str,
    now: datetime,
) -> Outcome:
    """Record what a warden (`keeper`) tells of a person; `status` None: they could not reach them.

    `warden_id` is the area by which the person is theirs.
    """
    person = await session.get_one(Person, person_id, with_for_update=True)
    entry = WardenReport(
        warden_id=warden_id,
        person_id=person.id,
        crisis_id=crisis.id,
        at=now,
        answer=status.value if status is not None else NOT_REACHED,
        words=text.clean(words, MAX_WORDS_CHARS),
    )
    session.add(entry)
    actor = f"person:{keeper.id}"
    outcome = await _apply(session, crisis, person, status, entry, actor)
    await session.flush()
    subject = f"person:{person.id}"
    await trail.note(session, actor, "warden.reported", subject, now, crisis=crisis.id)
    return outcome


async def _apply(
    session: AsyncSession,
    crisis: Crisis,
    person: Person,
    status: CheckInStatus | None,
    entry: WardenReport,
    actor: str,
) -> Outcome:
    """Let a report count as an answer, or stand beside what the person said."""
    if status is None:
        return Outcome.NOT_REACHED
    own_word = await _own_word(session, crisis, person)
    note = _note(person, entry.words)
    if status in CRIES:
        kind = CASE_KINDS[status]
        await cases.open_case(session, person, kind, note, entry.at, by=actor)
        if own_word is None or own_word.answer not in CRIES:
            await _record(session, person, status, entry)
        return Outcome.CASE
    if own_word is not None or await cases.has_open(session, person):
        await cases.add_to_open(session, person, note)
        return Outcome.OWN_WORD
    await _record(session, person, status, entry)
    return Outcome.RECORDED


async def _own_word(
    session: AsyncSession,
    crisis: Crisis,
    person: Person,
) -> CheckIn | None:
    """Return the last answer in the crisis that is not a warden's."""
    answers = select(CheckIn).where(
        CheckIn.person_id == person.id,
        CheckIn.at >= crisis.opened_at,
        CheckIn.via != VIA,
    )
    return await session.scalar(answers.order_by(CheckIn.at.desc()).limit(1))


async def _record(
    session: AsyncSession,
    person: Person,
    status: CheckInStatus,
    entry: WardenReport,
) -> None:
    check_in = await checkins.record(session, person, status, VIA, entry.at, is_noted=False)
    await session.flush()
    entry.check_in_id = check_in.id


def _note(person: Person, words: str) -> str:
    """Mark words as a warden's, not the person's own."""
    language = text.language_of(person.language)
    return catalogues.say("warden_mark", language, Form.CHAT, words=words)


async def of_person(session: AsyncSession, person_id: int) -> list[WardenReport]:
    """Return what wardens told of a person, the latest first."""
    query = select(WardenReport).where(WardenReport.person_id == person_id)
    return list(await session.scalars(query.order_by(WardenReport.id.desc())))
