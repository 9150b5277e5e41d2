"""Answers by a reply link to "are you still there?", from where no answer to an SMS returns.

A link may be forwarded or stolen: it answers a few times, and a cry for help always passes.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases, checkins, link_answers
from bot.consular.crises.link_answers import TOLD_ACTION, VIA
from bot.consular.crises.link_fields import Told
from bot.consular.people import confirmations, facts
from bot.consular.reference import places
from bot.models import (
    AuditNote,
    CaseKind,
    CheckInStatus,
    Person,
    PlaceAnswer,
    PlaceQuestion,
)

MAX_ANSWERS = 6  # by one link to one question


class Result(Enum):
    """What became of an answer."""

    RECORDED = "recorded"
    TOO_MANY = "too_many"


async def asked(
    session: AsyncSession,
    person_id: int,
    before: datetime,
) -> PlaceQuestion | None:
    """Return the question about the place that a person was asked before a time."""
    question = await session.get(PlaceQuestion, person_id)
    if question is None or question.asked_at > before:
        return None
    return question


async def stay(
    session: AsyncSession,
    person: Person,
    question: PlaceQuestion,
    now: datetime,
) -> Result:
    """Confirm the place on record."""
    if await _is_used_up(session, person, question):
        return Result.TOO_MANY
    await confirmations.by_person(session, person, now, now)
    await _note_use(session, person, now)
    return Result.RECORDED


async def move(
    session: AsyncSession,
    person: Person,
    question: PlaceQuestion,
    entries: Told,
    now: datetime,
) -> Result:
    """Keep where a person is now; words alone are kept as they were typed."""
    if await _is_used_up(session, person, question):
        return Result.TOO_MANY
    words = entries.place_words or None
    await confirmations.answer(session, person, PlaceAnswer.MOVED, now)
    if len(entries.places) == 1:
        place = places.place_of(entries.places[0])
        await facts.set_place(session, person, place, now, words=words)
        await checkins.attach(session, person, now)
    elif words is not None:
        await facts.set_place_words(session, person, words)
    await _note_use(session, person, now)
    return Result.RECORDED


async def choose_place(
    session: AsyncSession,
    person: Person,
    question: PlaceQuestion,
    code: str,
    now: datetime,
) -> Result:
    """Keep which of several places of a name somebody meant."""
    entries = Told(places=(code,))
    return await move(session, person, question, entries, now)


async def cry(session: AsyncSession, person: Person, typed: str, now: datetime) -> None:
    """Open a case for somebody who needs help, with what they typed."""
    await checkins.record(session, person, CheckInStatus.HELP, VIA, now)
    words = link_answers.marked(person, typed)
    await cases.open_case(session, person, CaseKind.LIFE, words, now)


async def _note_use(session: AsyncSession, person: Person, now: datetime) -> None:
    subject = facts.subject(person)
    await trail.note(session, subject, "person.told_by_link", subject, now)


async def _is_used_up(session: AsyncSession, person: Person, question: PlaceQuestion) -> bool:
    answers = select(func.count()).where(
        AuditNote.subject == facts.subject(person),
        AuditNote.action == TOLD_ACTION,
        AuditNote.at >= question.asked_at,
    )
    return (await session.scalar(answers) or 0) >= MAX_ANSWERS
