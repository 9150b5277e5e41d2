"""What merging two records, and undoing it, does beyond moving rows of households.

Members go along where the person has named nobody; what either record needs counts for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import household, household_needs
from bot.models import Household, HouseholdMember, Person


async def named_twice(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
) -> list[HouseholdMember]:
    """Return the members of the duplicate, where the person has named theirs."""
    present = await household.of(session, person_id)
    if not present.members:
        return []
    query = select(HouseholdMember).where(HouseholdMember.person_id == duplicate_id)
    return list(await session.scalars(query))


async def settle(
    session: AsyncSession,
    person: Person,
    needs_there: Sequence[str],
    now: datetime,
) -> None:
    """Add what the duplicate needed (`needs_there`), and rank and count the household anew."""
    present = await household.of(session, person.id)
    needs = [*present.own_needs, *needs_there]
    if not needs and not present.members:
        return
    own = await session.get(Household, person.id)
    if own is None:
        own = Household(person_id=person.id, rank=household_needs.NOBODY, told_at=now)
        session.add(own)
    own.own_needs = household_needs.joined(needs)
    await session.flush()
    await household.mark(session, person.id, now)
    if present.members:
        person.party_size = max(person.party_size or 0, len(present.members) + 1)


async def mark_again(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Rank a household anew, where there is one, once a merge was undone."""
    if await session.get(Household, person_id) is not None:
        await household.mark(session, person_id, now)
