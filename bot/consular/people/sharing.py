"""What wardens see of a person: the first name, with the number where its owner shares it.

Or nothing, where they do not want to be seen.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people.facts import subject
from bot.models import Person, SharedWithWardens, WardenSharing


async def choice(session: AsyncSession, person: Person) -> WardenSharing | None:
    """Return what the person chose, and when; None where they never did."""
    return await session.get(WardenSharing, person.id)


async def of(session: AsyncSession, person: Person) -> SharedWithWardens | None:
    """Return what the person chose; None for the first name."""
    chosen = await choice(session, person)
    return None if chosen is None else chosen.shared


async def choose(
    session: AsyncSession,
    person: Person,
    shared: SharedWithWardens | None,
    now: datetime,
) -> None:
    """Keep what wardens may see of the person; None for the first name."""
    chosen = await choice(session, person)
    if chosen is not None:
        await session.delete(chosen)
        await session.flush()
    if shared is not None:
        session.add(
            WardenSharing(
                person_id=person.id,
                shared=shared,
                chosen_at=now,
            )
        )
    await session.flush()
    name = subject(person)
    await trail.note(
        session,
        name,
        "person.shared",
        name,
        now,
    )
