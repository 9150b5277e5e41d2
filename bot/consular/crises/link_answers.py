"""Answers by a reply link. A link may be forwarded or stolen: it adds, and takes nothing back."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import cases, checkins
from bot.messages import Form
from bot.models import CaseKind, CheckIn, CheckInStatus, Crisis, Person
from bot.text import catalogues, text

VIA = "link"
MAX_ANSWERS = 20  # by one link in one crisis; a cry for help always passes
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
    note: str,
    now: datetime,
) -> Result:
    """Record an answer, and open a case for a cry or a note.

    "Safe" or "staying" after a cry for help is written into the case and changes no answer. Staff
    hear of a link that was used many times: it may be in strangers' hands.
    """
    if status in CALM and await _has_cried(session, person, crisis):
        await cases.add_to_open(session, person, _words(person, note))
        contradiction = _say("link_contradicts", person)
        await cases.open_case(session, person, CaseKind.UNCLEAR, contradiction, now)
        return Result.CONTRADICTS
    if await _count(session, person, crisis) >= MAX_ANSWERS:
        was_forwarded = _say("link_many", person)
        await cases.open_case(session, person, CaseKind.UNCLEAR, was_forwarded, now)
        if status not in CRIES:
            return Result.TOO_MANY
    await checkins.record(session, person, status, VIA, now)
    if status in CASE_KINDS or note:
        kind = CASE_KINDS.get(status, CaseKind.UNCLEAR)
        await cases.open_case(session, person, kind, _words(person, note), now)
    return Result.RECORDED


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


def _words(person: Person, note: str) -> str:
    """Mark words as written by a link, not from the person's own address."""
    return _say("link_mark", person, words=note or "–")


def _say(key: str, person: Person, **placeholders: str) -> str:
    return catalogues.say(key, text.language_of(person.language), Form.CHAT, **placeholders)
