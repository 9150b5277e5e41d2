"""Who is with a person, and what each of them needs: kept, put right, and read.

The party counts the person: it is never smaller than the companions and one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import household_needs
from bot.consular.people.household_changes import Draft, changed, fitted
from bot.consular.people.household_needs import AGES, INFANT, RELATIONS
from bot.models import Household, HouseholdMember, HouseholdNeed, Person
from bot.text import text

MAX_NAME_CHARS = 80
MAX_COMPANIONS = 98  # a party of 99, the person left out


@dataclass(frozen=True, slots=True)
class Composition:
    """A household: what the person needs themselves, and who is with them, as told."""

    own_needs: list[str]
    members: list[HouseholdMember]

    @property
    def needs(self) -> list[str]:
        """Return what anybody of the household needs, each need once."""
        return _needs(self.own_needs, self.members)

    @property
    def tells_anything(self) -> bool:
        """Tell whether anything is on record."""
        return bool(self.own_needs or self.members)


class ImpossibleError(ValueError):
    """Something was told that cannot be: `reason` is many, none or age."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def of(session: AsyncSession, person_id: int) -> Composition:
    """Return the household of a person."""
    household = await session.get(Household, person_id)
    query = select(HouseholdMember).where(HouseholdMember.person_id == person_id)
    members = await session.scalars(query.order_by(HouseholdMember.id))
    own_needs = household_needs.parted(household.own_needs if household else None)
    return Composition(
        own_needs,
        list(members),
    )


async def needs_of(session: AsyncSession, person_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return what the households of these people need, by their ids, the gravest first."""
    query = select(HouseholdNeed).where(HouseholdNeed.person_id.in_(person_ids))
    needs: dict[int, list[str]] = {}
    for need in await session.scalars(query):
        needs.setdefault(need.person_id, []).append(need.need)
    for of_person in needs.values():
        of_person.sort(key=household_needs.NEEDS.index)
    return needs


async def tell(
    session: AsyncSession,
    person: Person,
    news: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Write down what a person tells of their household; return whether it says anything new.

    `told` is what `nlu.language.reading.household` reads, as JSON. Raises ImpossibleError, and
    changes nothing then.
    """
    reason = news.get("problem")
    if reason:
        raise ImpossibleError(reason)
    present = await of(session, person.id)
    before = list(map(_draft, present.members))
    after, party = changed(
        before,
        news,
        person.party_size,
    )
    if len(after) > MAX_COMPANIONS:
        raise ImpossibleError("many")
    own_needs = _own_needs(
        present.own_needs,
        news.get("own", {}),
    )
    await _write(
        session,
        person,
        present,
        after,
        own_needs,
        now,
    )
    if party is not None or after:
        person.party_size = max(
            party or 0,
            len(after) + 1,
        )
    await session.flush()
    return True


async def fit(
    session: AsyncSession,
    person: Person,
    now: datetime,
    may_let_go: bool = True,
) -> None:
    """Make companions and party agree after the size of the party was told.

    Where there are too many, somebody without a name or a need is let go, if `may_let_go`; others
    are kept, and counted.
    """
    present = await of(session, person.id)
    if not present.members or person.party_size is None:
        return
    after = list(map(_draft, present.members))
    has_surplus = len(after) > person.party_size - 1
    if may_let_go and has_surplus:
        after = fitted(
            after,
            person.party_size - 1,
        )
        await _write(
            session,
            person,
            present,
            after,
            present.own_needs,
            now,
        )
    person.party_size = max(
        person.party_size,
        len(after) + 1,
    )
    await session.flush()


async def mark(
    session: AsyncSession,
    person_id: int,
    now: datetime,
) -> None:
    """Keep the rank and the needs that SQL looks at as the rows of a household say."""
    present = await of(session, person_id)
    await _mark(
        session,
        person_id,
        present,
        now,
    )


# --- rows -----------------------------------------------------------------------------------------


def _row_number(member: HouseholdMember) -> int:
    return member.id


def _draft(member: HouseholdMember) -> Draft:
    return Draft(
        member.relation,
        member.name,
        member.age,
        household_needs.parted(member.needs),
        member_id=member.id,
    )


def _own_needs(present: Sequence[str], news: Mapping[str, Any]) -> list[str]:
    """Add what the person needs themselves, and leave out what they do not need after all."""
    lacks = set(news.get("lacks", ()))
    needs = [need for need in present if need not in lacks]
    return list(dict.fromkeys([*needs, *news.get("needs", ())]))


async def _write(
    session: AsyncSession,
    person: Person,
    present: Composition,
    after: Sequence[Draft],
    own_needs: Sequence[str],
    now: datetime,
) -> None:
    """Write the members as they are after a change, and what is found by them."""
    by_id = {member.id: member for member in present.members}
    kept_ids = {draft.member_id for draft in after}
    for member in present.members:
        if member.id not in kept_ids:
            await session.delete(member)
    members: list[HouseholdMember] = []
    for draft in after:
        member = by_id.get(draft.member_id or 0) or HouseholdMember(person_id=person.id)
        _fill(
            member,
            draft,
            now,
        )
        session.add(member)
        members.append(member)
    await session.flush()
    members.sort(key=_row_number)
    await _mark(
        session,
        person.id,
        Composition(list(own_needs), members),
        now,
    )


def _fill(
    member: HouseholdMember,
    draft: Draft,
    now: datetime,
) -> None:
    """Copy what was told to a row."""
    name = draft.name and text.clean(
        " ".join(draft.name.split()),
        MAX_NAME_CHARS,
    )
    member.name = name or None
    member.relation = draft.relation if draft.relation in RELATIONS else "other"
    member.age = draft.age if draft.age in AGES else None
    member.needs = household_needs.joined(draft.needs)
    member.told_at = now


async def _mark(
    session: AsyncSession,
    person_id: int,
    present: Composition,
    now: datetime,
) -> None:
    """Write the own needs, the rank, and the needs that lists are filtered by."""
    household = await session.get(Household, person_id)
    if household is None:
        household = Household(
            person_id=person_id,
            rank=0,
        )
        session.add(household)
    else:
        await session.execute(delete(HouseholdNeed).where(HouseholdNeed.person_id == person_id))
    household.own_needs = household_needs.joined(present.own_needs)
    ages = [member.age for member in present.members]
    household.rank = household_needs.rank(present.needs, ages)
    household.told_at = now
    for need in present.needs:
        session.add(HouseholdNeed(person_id=person_id, need_index=need, need=need))
    await session.flush()


def _needs(own_needs: Sequence[str], members: Sequence[HouseholdMember]) -> list[str]:
    """Collect the needs of all; an infant is one."""
    needs = set(own_needs)
    for member in members:
        needs.update(household_needs.parted(member.needs))
        if member.age == INFANT:
            needs.add(INFANT)
    return [need for need in household_needs.NEEDS if need in needs]
