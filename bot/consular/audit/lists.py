"""Lists of people that staff saw or took away: one note for a list, and whom it held.

A person asks how often they were in a list, and no list leaves a row for each of its people. The
note holds their numbers as gaps: each is the distance from the one before, the first from 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise

from sqlalchemy import ColumnElement, String, cast, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.consular.audit import trail
from bot.consular.audit.trail import Detail
from bot.models import Advisory, AuditNote, Crisis, Transport

GAPS = "gaps"  # the detail that says whom a list held
SUBJECTS = ("people", "cases")
# Lists of one crisis, advisory or transport have it as their subject.
SUBJECT_ROWS: Sequence[tuple[str, InstrumentedAttribute[int]]] = (
    ("crisis:", Crisis.id),
    ("advisory:", Advisory.id),
    ("transport:", Transport.id),
)
NOTES_AT_ONCE = 500


async def note(
    session: AsyncSession,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    person_ids: Iterable[int],
    **detail: Detail,
) -> AuditNote:
    """Record that an actor saw a list of people; nothing of them but their numbers is in it."""
    gaps = gaps_of(person_ids)
    return await trail.note(session, actor, action, subject, now, **detail, gaps=gaps)


def gaps_of(person_ids: Iterable[int]) -> list[int]:
    """Return the gaps between numbers of people, each number once, the lowest first."""
    ordered = sorted(set(person_ids))
    return [later - earlier for earlier, later in pairwise([0, *ordered])]


def holds_any(gaps: Iterable[int], person_ids: Collection[int]) -> bool:
    """Tell whether a list with these gaps held any of these people."""
    return any(number in person_ids for number in accumulate(gaps))


async def count(session: AsyncSession, person_ids: Collection[int]) -> int:
    """Count the lists that held a person, by all the numbers that they ever had."""
    lists = 0
    query = select(AuditNote.detail).where(_may_be_list())
    in_portions = query.execution_options(yield_per=NOTES_AT_ONCE)
    async for detail in await session.stream_scalars(in_portions):
        gaps = detail.get(GAPS, [])
        if holds_any(gaps, person_ids):
            lists += 1
    return lists


def _may_be_list() -> ColumnElement[bool]:
    """Say in SQL which notes may be of a list: an index has their subjects."""
    conditions: list[ColumnElement[bool]] = [AuditNote.subject.in_(SUBJECTS)]
    for prefix, number in SUBJECT_ROWS:
        subjects = select(literal(prefix) + cast(number, String))
        conditions.append(AuditNote.subject.in_(subjects))
    return or_(*conditions)
