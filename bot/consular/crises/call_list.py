"""The call list of a crisis: each person whom no question reaches stands on one officer's list.

Officers of the post are asked first, then headquarters; whoever has least to call gets the next.
Who answers meanwhile, or is marked after a call, needs no call any more and is not shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import standings
from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, roles
from bot.models import Call, Crisis, Person, Role, Staff, is_counted

# Whose list fills first: the post knows its people.
_RANKS = {Role.POST_OFFICER: 0, Role.HQ_OFFICER: 1, Role.APPROVER: 1, Role.ADMIN: 2}


async def add(
    session: AsyncSession,
    crisis: Crisis,
    person_ids: Sequence[int],
    now: datetime,
) -> int:
    """Put people on the lists of officers; return how many. Nobody stands on two lists."""
    if not person_ids:
        return 0
    people = await session.execute(
        select(Person.id, Person.country).where(Person.id.in_(person_ids))
    )
    officers = await _able(session)
    loads = await loads_of(session, crisis)
    calls: list[dict[str, Any]] = []
    for person_id, country in people.all():
        officer = _least_loaded(officers, country, loads)
        officer_id = officer.id if officer else crisis.opened_by
        loads[officer_id] += 1
        call = {
            "crisis_id": crisis.id,
            "person_id": person_id,
            "officer_id": officer_id,
            "listed_at": now,
        }
        calls.append(call)
    if calls:
        await session.execute(insert(Call), calls)
    return len(calls)


async def hand_over_of_blocked(session: AsyncSession, crisis: Crisis) -> int:
    """Give the calls of blocked accounts to others; return how many."""
    of_blocked = select(Call, Person.country).join(Person, Person.id == Call.person_id)
    of_blocked = of_blocked.join(Staff, Staff.id == Call.officer_id)
    calls = await session.execute(
        of_blocked.where(Call.crisis_id == crisis.id, Staff.blocked_at.is_not(None))
    )
    to_hand_over = calls.all()
    if not to_hand_over:
        return 0
    officers = await _able(session)
    loads = await loads_of(session, crisis)
    handed = 0
    for call, country in to_hand_over:
        officer = _least_loaded(officers, country, loads)
        if officer is not None:
            call.officer_id = officer.id
            loads[officer.id] += 1
            handed += 1
    await session.flush()
    return handed


async def hand(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    person_id: int,
    colleague: Staff,
    now: datetime,
) -> None:
    """Give one call to a colleague. Raises ConsularError."""
    call = await session.get(Call, (crisis.id, person_id), with_for_update=True)
    if call is None:
        raise ConsularError("This person is on nobody's call list.")
    country = await session.scalar(select(Person.country).where(Person.id == person_id))
    roles.require(staff, "cases", country)
    if not roles.may(colleague, "cases") or not roles.covers(colleague, country):
        raise ConsularError("This colleague does not look after that country.")
    call.officer_id = colleague.id
    await trail.note(
        session,
        roles.actor(staff),
        "call.handed",
        f"person:{person_id}",
        now,
        crisis=crisis.id,
        to=roles.actor(colleague),
    )


async def loads_of(session: AsyncSession, crisis: Crisis) -> Counter[int]:
    """Count the calls that officers, by number of account, still have to make."""
    counts = select(Call.officer_id, func.count()).where(Call.crisis_id == crisis.id)
    counts = counts.join(Person, Person.id == Call.person_id).where(*_is_silent(crisis))
    rows = await session.execute(counts.group_by(Call.officer_id))
    loads: Counter[int] = Counter()
    for officer_id, calls in rows:
        loads[officer_id] = calls
    return loads


async def listed(
    session: AsyncSession,
    crisis: Crisis,
    officer: Staff | None = None,
) -> list[Call]:
    """List the calls to make in a crisis, of one officer or of all, the oldest first."""
    calls = select(Call).where(Call.crisis_id == crisis.id)
    calls = calls.join(Person, Person.id == Call.person_id).where(*_is_silent(crisis))
    if officer is not None:
        calls = calls.where(Call.officer_id == officer.id)
    return list(await session.scalars(calls.order_by(Call.listed_at, Call.person_id)))


def is_listed(crisis_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` is on a call list of a crisis."""
    call = exists().where(Call.crisis_id == crisis_id, Call.person_id == Person.id)
    return call.correlate(Person)


def _is_silent(crisis: Crisis) -> tuple[ColumnElement[bool], ...]:
    """Say in SQL whether nothing is known of a `Person`: those on a list are few, so join them."""
    return (
        standings.is_one_of(crisis.id, standings.SILENT),
        Person.forgotten_at.is_(None),
        is_counted(crisis.drill, crisis.real_people),
    )


async def _able(session: AsyncSession) -> list[Staff]:
    """Return the accounts that may call people, those of posts first."""
    able = [account for account in await accounts.everyone(session) if roles.may(account, "cases")]
    able.sort(key=_rank)
    return able


def _rank(account: Staff) -> int:
    return _RANKS.get(account.role, len(_RANKS))


def _least_loaded(
    officers: Sequence[Staff],
    country: str | None,
    loads: Counter[int],
) -> Staff | None:
    """Choose the officer with least to call, among the first kind of account there is."""
    covering = [officer for officer in officers if roles.covers(officer, country)]
    if not covering:
        return None
    first = _rank(covering[0])
    nearest = [officer for officer in covering if _rank(officer) == first]
    return min(nearest, key=lambda officer: (loads[officer.id], officer.id))
