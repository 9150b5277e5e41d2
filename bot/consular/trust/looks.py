"""Who saw my data? The audit trail of one person, in words for that person.

It names the kind of office and the act, never the officer. Lists of many people are written down
by list, not by person: they are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists
from bot.consular.audit.trail import SYSTEM
from bot.models import AuditNote, Case, Merge, Role, Staff

SHOWN_LOOKS = 10
MAX_NOTES = 5_000
STAFF_PREFIX = "staff:"
Office = Literal["post", "headquarters", "shell"]
# What was done, by the beginning of the action; the first that fits.
ACTS = (
    ("person.viewed", "looked"),
    ("profile.viewed", "looked"),
    ("household.viewed", "looked"),
    ("sign_up.viewed", "looked"),
    ("case.file_read", "looked"),
    ("matches.viewed", "compared"),
    ("match.", "compared"),
    ("person.exported", "copied"),
    ("case.", "cared"),
    ("letter.", "cared"),
    ("outreach.", "cared"),
    ("call.", "cared"),
    ("seat.", "seated"),
    ("", "changed"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """One act of staff on a person's data: when, from which kind of office, and what it was.

    `country` (alpha-2) is that of the post. `act` is one of ACTS.
    """

    at: datetime
    office: Office
    country: str | None
    act: str


@dataclass(frozen=True, slots=True)
class Looks:
    """The latest looks, newest first, and how many there were before them by month ("2026-11").

    `lists` are those of many people in which staff saw the person.
    """

    latest: Sequence[Look]
    earlier: dict[str, int]
    lists: int = 0


async def of(
    session: AsyncSession,
    person_id: int,
    limit: int = SHOWN_LOOKS,
) -> Looks:
    """Return what staff did with a person's data, and with their cases."""
    looks = [look async for look in _looks(session, person_id)]
    months = Counter(f"{look.at:%Y-%m}" for look in looks[limit:])
    return Looks(
        looks[:limit],
        dict(months),
        lists=await lists.count(session, await _numbers(session, person_id)),
    )


async def _numbers(session: AsyncSession, person_id: int) -> set[int]:
    """Return the number of a record, and those of records that became part of it."""
    merged = select(Merge.duplicate_id).where(
        Merge.person_id == person_id,
        Merge.undone_at.is_(None),
    )
    return {person_id, *await session.scalars(merged)}


async def _looks(
    session: AsyncSession,
    person_id: int,
) -> Any:
    """Yield the acts of staff, newest first; what the line did by itself is none."""
    offices: dict[str, tuple[Office, str | None]] = {}
    for note in await _notes(session, person_id):
        if note.actor not in offices:
            offices[note.actor] = await _office(session, note)
        office, country = offices[note.actor]
        is_by_staff = note.actor.startswith(STAFF_PREFIX)
        if is_by_staff or "shell" in (note.detail or {}):
            yield Look(
                note.at,
                office,
                country,
                _act(note.action),
            )


async def _notes(
    session: AsyncSession,
    person_id: int,
) -> Sequence[AuditNote]:
    cases = await session.scalars(select(Case.id).where(Case.person_id == person_id))
    subjects = [f"person:{person_id}", *(f"case:{case_id}" for case_id in cases)]
    query = (
        select(AuditNote)
        .where(AuditNote.subject.in_(subjects))
        .where(AuditNote.actor.startswith(STAFF_PREFIX) | (AuditNote.actor == SYSTEM))
        .order_by(AuditNote.id.desc())
        .limit(MAX_NOTES)
    )
    return (await session.scalars(query)).all()


async def _office(
    session: AsyncSession,
    note: AuditNote,
) -> tuple[Office, str | None]:
    """Return the kind of office of whoever acted, and the country of a post."""
    if not note.actor.startswith(STAFF_PREFIX):
        return "shell", None
    officer = await session.get(
        Staff,
        int(note.actor.removeprefix(STAFF_PREFIX)),
    )
    if officer is not None and officer.role is Role.POST_OFFICER:
        return "post", officer.post_country
    return "headquarters", None


def _act(action: str) -> str:
    for beginning, act in ACTS:
        if action.startswith(beginning):
            return act
    return ACTS[-1][1]
