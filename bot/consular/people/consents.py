"""Which words of consent a person agreed to.

The words are in the catalogues (`utter_ask_consent`); docs/decisions/consent-words.md has what
each version said. A new version that keeps more, or shows it to others, is substantial: whoever
agreed to earlier words is asked anew, before anything is kept that only the new words speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import ConsentGiven, Person


@dataclass(frozen=True, slots=True)
class Words:
    """A version of the words of consent. `is_substantial`: earlier consent does not cover it."""

    version: int
    since: date
    is_substantial: bool


HISTORY = (
    Words(
        1,
        date(2026, 1, 1),
        is_substantial=True,
    ),
    # Who is with a person, what they need, and whom to call.
    Words(
        2,
        date(2026, 12, 1),
        is_substantial=True,
    ),
)
VERSION = HISTORY[-1].version
COVERING = max(words.version for words in HISTORY if words.is_substantial)


async def agree(
    session: AsyncSession,
    person: Person,
    now: datetime,
) -> None:
    """Note that a person agreed to the present words; the first time counts."""
    consent = await session.get(
        ConsentGiven,
        (person.id, VERSION),
    )
    if consent is None:
        session.add(ConsentGiven(person_id=person.id, version=VERSION, agreed_at=now))
        await session.flush()


async def newest(session: AsyncSession, person_id: int) -> ConsentGiven | None:
    """Return the newest words that a person agreed to."""
    query = select(ConsentGiven).where(ConsentGiven.person_id == person_id)
    return await session.scalar(query.order_by(ConsentGiven.version.desc()).limit(1))


def covers_all_of(person: Person) -> ColumnElement[bool]:
    """Say in SQL whether a person agreed to the last words that changed substantially."""
    return exists().where(
        ConsentGiven.person_id == person.id,
        ConsentGiven.version >= COVERING,
    )
