"""The list of cases, page by page, and one case with all that an officer needs.

Each look at a page of names, and at a case, is written into the audit trail.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.consular.audit import lists, trail
from bot.consular.crises import (
    case_scope,
    cases,
    clocks,
    files,
    handling,
    joining_cases,
    letters,
    reaching,
    searches,
)
from bot.consular.crises.letters import Sheet
from bot.consular.crises.searches import Search
from bot.consular.people import household_needs
from bot.consular.staff import roles
from bot.models import (
    Address,
    AuditNote,
    Case,
    CaseFile,
    CaseKind,
    CaseNote,
    CaseState,
    Crisis,
    Person,
    Staff,
)

PAGE_CASES = 50
FIRST_WORDS_CHARS = 140
NO_COUNTRY = "none"

Stage = Literal["waiting", "open", "taken", "closed"]
Owner = Literal["", "mine", "nobody"]
Reality = Literal["", "real", "drill"]
Order = Literal["triage", "oldest", "newest"]

STAGES: dict[Stage, tuple[CaseState, ...]] = {
    "waiting": clocks.WAITING,
    "open": (CaseState.OPEN,),
    "taken": (CaseState.TAKEN,),
    "closed": (CaseState.CLOSED,),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases a list shows, and in which order. `country` is an ISO code or NO_COUNTRY."""

    kind: CaseKind | None = None
    stage: Stage = "waiting"
    owner: Owner = ""
    country: str = ""
    crisis_id: int | None = None
    reality: Reality = ""
    order: Order = "triage"


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list, with its person. `is_drill`: it is an exercise.

    `unread` letters of the person wait to be read.
    """

    case: Case
    person: Person
    is_drill: bool
    unread: int = 0
    is_vulnerable: bool = False

    @property
    def first_words(self) -> str:
        """Return the beginning of what the person wrote."""
        words = " ".join((self.case.note or "").split())
        if len(words) <= FIRST_WORDS_CHARS:
            return words
        return words[:FIRST_WORDS_CHARS].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Dossier:
    """One case with all that an officer needs. Notes are the latest first, the course the first.

    `thread` are the letters, the first one first, and `best_address` where the next one goes;
    `others` are the person's other open cases. `search` is there where the case is about somebody
    else.
    """

    row: Row
    crisis: Crisis | None
    addresses: list[Address]
    best_address: Address | None
    notes: list[CaseNote]
    thread: list[Sheet]
    files: list[CaseFile]
    others: list[Case]
    course: list[AuditNote]
    colleagues: list[Staff]
    search: Search | None


async def count(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
) -> int:
    """Count the cases that the account sees. Raises ConsularError."""
    roles.require(staff, "cases")
    return await session.scalar(_chosen(staff, filters, func.count())) or 0


async def page(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
    number: int = 1,
    size: int = PAGE_CASES,
) -> list[Row]:
    """Return one page of the list (the first is 1), real cases first. Raises ConsularError."""
    roles.require(staff, "cases")
    offset = (max(1, number) - 1) * size
    order = _order(filters.order)
    query = _chosen(staff, filters, Case.id).order_by(clocks.is_drill(), *order)
    ids = await session.scalars(query.limit(size).offset(offset))
    return await _rows(session, list(ids))


async def _rows(session: AsyncSession, ids: Sequence[int]) -> list[Row]:
    """Load cases with their people, in the order of the numbers: they alone were sorted."""
    query = (
        select(Case, Person, clocks.is_drill(), household_needs.is_vulnerable())
        .join(
            Person,
            Person.id == Case.person_id,
        )
        .outerjoin(
            Crisis,
            Crisis.id == Case.crisis_id,
        )
        .where(Case.id.in_(ids))
        .options(defer(Person.dialogue))
    )
    unread = await letters.unread(session, ids)
    rows: dict[int, Row] = {}
    for case, person, is_drill, is_vulnerable in await session.execute(query):
        waiting = unread.get(case.id, 0)
        rows[case.id] = Row(case, person, bool(is_drill), waiting, bool(is_vulnerable))
    return [rows[case_id] for case_id in ids]


async def those(
    session: AsyncSession,
    staff: Staff,
    ids: Collection[int],
) -> list[Case]:
    """Return the cases of these numbers that the account sees, whatever became of them."""
    roles.require(staff, "cases")
    query = (
        select(Case)
        .join(
            Person,
            Person.id == Case.person_id,
        )
        .where(
            Case.id.in_(ids),
            case_scope.visible(staff),
        )
    )
    return list(await session.scalars(query))


async def newest(session: AsyncSession) -> int:
    """Return the number of the newest case; 0 where there is none."""
    return await session.scalar(select(func.max(Case.id))) or 0


async def count_newer(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
    than: int,
) -> int:
    """Count the cases of the list that were opened after a case."""
    roles.require(staff, "cases")
    query = _chosen(staff, filters, func.count()).where(Case.id > than)
    return await session.scalar(query) or 0


async def note_look(
    session: AsyncSession,
    staff: Staff,
    rows: Sequence[Row],
    now: datetime,
) -> None:
    """Write into the audit trail that the account read a page of names."""
    actor = roles.actor(staff)
    person_ids = [row.person.id for row in rows]
    await lists.note(
        session,
        actor,
        "cases.viewed",
        "cases",
        now,
        person_ids,
        people=len(rows),
    )


async def look(
    session: AsyncSession,
    staff: Staff,
    case_id: int,
    now: datetime,
) -> Dossier:
    """Open a case: it is seen from now on, and the look is noted. Raises ConsularError.

    Its owner has read the letters with this.
    """
    case = await cases.get(session, case_id)
    await handling.see(session, staff, case, now)
    await letters.read(session, staff, case, now)
    person = await session.get_one(Person, case.person_id)
    subject = f"person:{person.id}"
    await trail.note(session, roles.actor(staff), "person.viewed", subject, now, case=case.id)
    search = await searches.look(session, staff, case, now)
    return await _dossier(session, case, person, search)


async def _dossier(
    session: AsyncSession,
    case: Case,
    person: Person,
    search: Search | None,
) -> Dossier:
    crisis = await session.get(Crisis, case.crisis_id) if case.crisis_id else None
    is_drill = person.synthetic or (crisis is not None and crisis.drill)
    addresses = await reaching.addresses(session, person)
    course = await trail.of(session, f"case:{case.id}")
    course.reverse()
    return Dossier(
        Row(case, person, is_drill),
        crisis,
        addresses=addresses,
        best_address=await reaching.best(session, person, addresses),
        notes=await handling.notes(session, case),
        thread=await letters.thread(session, case),
        files=await files.of(session, case),
        others=await joining_cases.others(session, case),
        course=course,
        colleagues=await case_scope.colleagues(session, case),
        search=search,
    )


def _chosen(staff: Staff, filters: Filter, *columns: Any) -> Select[Any]:
    """Select those of the cases that the account sees."""
    query = (
        select(*columns)
        .select_from(Case)
        .join(
            Person,
            Person.id == Case.person_id,
        )
        .outerjoin(
            Crisis,
            Crisis.id == Case.crisis_id,
        )
    )
    return query.where(case_scope.visible(staff), *_conditions(staff, filters))


def _conditions(staff: Staff, filters: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Case.state.in_(STAGES[filters.stage])]
    if filters.kind is not None:
        conditions.append(Case.kind == filters.kind)
    if filters.crisis_id is not None:
        conditions.append(Case.crisis_id == filters.crisis_id)
    if filters.reality == "real":
        conditions.append(~clocks.is_drill())
    if filters.reality == "drill":
        conditions.append(clocks.is_drill())
    return [*conditions, *_of_owner(staff, filters.owner), *_in_country(filters.country)]


def _of_owner(staff: Staff, owner: Owner) -> list[ColumnElement[bool]]:
    match owner:
        case "mine":
            return [Case.owner_id == staff.id]
        case "nobody":
            return [Case.owner_id.is_(None)]
        case "":
            return []


def _in_country(country: str) -> list[ColumnElement[bool]]:
    if not country:
        return []
    if country == NO_COUNTRY:
        return [Person.country.is_(None)]
    return [Person.country == country]


def _order(order: Order) -> Sequence[Any]:
    match order:
        case "newest":
            return [Case.id.desc()]
        case "oldest":
            return [Case.opened_at, Case.id]
        case "triage":
            triage = sql_case(cases.TRIAGE, value=Case.kind)
            return [triage, household_needs.order(), Case.opened_at, Case.id]
