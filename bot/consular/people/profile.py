"""The profile of a person: what they tell of their work, skills and languages, if they like.

It needs an agreement of its own, helps nobody to be helped, and can be deleted alone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people.facts import subject
from bot.consular.people.profile_words import Told
from bot.models import Person, Profile

# Of the words that a person agrees to ("utter_ask_profile_consent"): raise it when they change.
CONSENT = "2026-11"
MAX_CODES = 12  # of one dimension


async def of(session: AsyncSession, person: Person) -> Profile | None:
    """Return the profile of a person; None where they have none."""
    return await session.get(Profile, person.id)


async def agree(
    session: AsyncSession,
    person: Person,
    now: datetime,
) -> Profile:
    """Open the profile of a person who agreed to it."""
    existing = await of(session, person)
    if existing is not None:
        return existing
    profile = Profile(
        person_id=person.id,
        consented_at=now,
        consent=CONSENT,
        changed_at=now,
        answers={},
    )
    session.add(profile)
    await session.flush()
    await _note(
        session,
        person,
        "profile.agreed",
        now,
    )
    return profile


async def add(
    session: AsyncSession,
    person: Person,
    told: Told,
    now: datetime,
) -> None:
    """Add what a person told to their profile; what they told of work or years replaces."""
    profile = await of(session, person)
    if profile is None:
        return
    answers = dict(profile.answers)
    for dimension, codes in told.codes.items():
        before = [] if dimension == "profession" else answers.get(dimension, [])
        answers[dimension] = list(dict.fromkeys([*before, *codes]))[:MAX_CODES]
    if told.years is not None:
        answers["years"] = told.years
    profile.answers = answers
    profile.changed_at = now
    await session.flush()
    await _note(
        session,
        person,
        "profile.told",
        now,
    )


async def remove(
    session: AsyncSession,
    person: Person,
    now: datetime,
) -> bool:
    """Delete the profile of a person; False where there was none."""
    if await of(session, person) is None:
        return False
    await session.execute(delete(Profile).where(Profile.person_id == person.id))
    await _note(
        session,
        person,
        "profile.removed",
        now,
    )
    return True


async def _note(
    session: AsyncSession,
    person: Person,
    action: str,
    now: datetime,
) -> None:
    name = subject(person)
    await trail.note(
        session,
        name,
        action,
        name,
        now,
    )
