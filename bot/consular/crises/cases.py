"""Cases: tasks for staff to look after a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import coverage
from bot.consular.errors import ConsularError
from bot.models import Case, CaseKind, CaseState, Person
from bot.text.text import clean

TRANSITIONS: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.TAKEN, CaseState.CLOSED}),
    CaseState.TAKEN: frozenset({CaseState.OPEN, CaseState.CLOSED}),  # open: it is put back
    CaseState.CLOSED: frozenset({CaseState.OPEN, CaseState.TAKEN}),  # taken: the close is undone
}
MAX_NOTE_CHARS = 4000
FIRST_WORDS_CHARS = 1500  # of a note that grew too long: nobody may push the first words out
LEFT_OUT = "\n[…]\n"
MAX_NAME_CHARS = 80
UNKNOWN_RELATION = "other"
MAX_OPEN_REPORTS = 3  # of missing people that somebody opens within the period
LIMIT_PERIOD = timedelta(days=1)
APART = (CaseKind.FAULT,)  # cases that are not about what the person tells
KINDS_BY_MATTER = {
    "danger": CaseKind.LIFE,
    "hurt": CaseKind.MEDICAL,
    "held": CaseKind.DETAINED,
    "household": CaseKind.HUMAN,  # somebody to be added: nobody is in need
}
TRIAGE = {kind: rank for rank, kind in enumerate(CaseKind)}


async def open_case(
    session: AsyncSession,
    person: Person,
    kind: CaseKind,
    note: str,
    now: datetime,
    written_at: datetime | None = None,
    by: str = "",
) -> Case:
    """Add a note to the person's open case of this kind; open one when there is none.

    `written_at` is when the words were written, where they reached us much later. `by` is who
    opens it, where that is not the person.
    """
    query = _open_cases(person).where(Case.kind == kind, Case.relation.is_(None))
    query = query.order_by(Case.id)
    case = await session.scalar(query.limit(1))
    if case is None:
        case = await _open(session, person, kind, now, written_at, by)
    add_words(case, note)
    await session.flush()
    return case


async def report(
    session: AsyncSession,
    person: Person,
    relation: str,
    matter: str | None,
    note: str,
    now: datetime,
    written_at: datetime | None = None,
    unnamed: CaseKind = CaseKind.RELATIVE,
) -> Case:
    """Add a note to the person's open case about this relative; open one when there is none.

    A graver matter makes the case graver. A relation that is not known (`other`) is that of the
    newest case. `unnamed` is the kind of a case whose matter nobody has told. Who has many reports
    of missing people adds to the newest (`newest_of_many`).
    """
    case = await about(session, person, relation)
    kind = KINDS_BY_MATTER.get(matter, CaseKind.RELATIVE) if matter else unnamed
    if case is None and kind is CaseKind.RELATIVE:
        case = await newest_of_many(session, person, now)
    if case is None:
        case = await _open(session, person, kind, now, written_at)
        case.relation = relation
    elif TRIAGE[kind] < TRIAGE[case.kind]:
        await _make_graver(session, person, case, kind, now)
    if case.relation == UNKNOWN_RELATION:
        case.relation = relation
    case.matter = matter or case.matter
    add_words(case, note)
    await session.flush()
    return case


async def open_about(
    session: AsyncSession,
    person: Person,
    note: str,
    now: datetime,
) -> Case:
    """Open a case about somebody whom a person or an organisation asks about, whatever is open."""
    case = await _open(session, person, CaseKind.RELATIVE, now, None)
    case.relation = UNKNOWN_RELATION
    case.matter = "missing"
    add_words(case, note)
    await session.flush()
    return case


async def _make_graver(
    session: AsyncSession,
    person: Person,
    case: Case,
    kind: CaseKind,
    now: datetime,
) -> None:
    """Give the case a graver kind; while nobody has taken it, it waits for a new look."""
    before = case.kind
    case.kind = kind
    if case.state is CaseState.OPEN:
        case.seen_at = None
    await trail.note(
        session,
        f"person:{person.id}",
        "case.kind_changed",
        f"case:{case.id}",
        now,
        kind=kind.value,
        kind_before=before.value,
    )


async def name_other(
    session: AsyncSession,
    person: Person,
    relation: str,
    name: str,
) -> None:
    """Write whom the person's newest open case about this relative is about, if there is one."""
    case = await about(session, person, relation)
    if case is not None:
        case.about_name = clean(name, MAX_NAME_CHARS)
        await session.flush()


async def newest_of_many(
    session: AsyncSession,
    person: Person,
    now: datetime,
) -> Case | None:
    """Return the newest open report of somebody who may open no other now; None: they may.

    Only reports of missing people count: no limit holds back the report of a danger.
    """
    open_reports = _open_cases(person).where(
        Case.relation.is_not(None),
        Case.kind == CaseKind.RELATIVE,
        Case.opened_at > now - LIMIT_PERIOD,
    )
    newest_first = open_reports.order_by(Case.id.desc()).limit(MAX_OPEN_REPORTS)
    newest = (await session.scalars(newest_first)).all()
    if len(newest) < MAX_OPEN_REPORTS:
        return None
    return newest[0]


async def about(session: AsyncSession, person: Person, relation: str) -> Case | None:
    """Find the person's newest open case about this relative."""
    query = _open_cases(person).where(Case.relation.is_not(None)).order_by(Case.id.desc())
    cases = (await session.scalars(query)).all()
    for case in cases:
        if case.relation == relation:
            return case
    for case in cases:
        if UNKNOWN_RELATION in {relation, case.relation}:
            return case
    return None


async def add_to_open(session: AsyncSession, person: Person, note: str) -> bool:
    """Add words to every open case of the person: who reads one must know all. False for none."""
    query = _open_cases(person).where(Case.kind.not_in(APART))
    open_cases = (await session.scalars(query)).all()
    for case in open_cases:
        add_words(case, note)
    await session.flush()
    return bool(open_cases)


async def newest_open(session: AsyncSession, person: Person) -> Case | None:
    """Return the case that an officer wrote in last, else the newest open one."""
    query = _open_cases(person).where(Case.kind.not_in(APART))
    latest_first = query.order_by(Case.last_letter_at.desc().nulls_last(), Case.id.desc())
    return await session.scalar(latest_first.limit(1))


async def has_open(session: AsyncSession, person: Person) -> bool:
    """Tell whether somebody looks after the person, or should."""
    return await session.scalar(_open_cases(person).limit(1)) is not None


def _open_cases(person: Person) -> Select[Case]:
    return select(Case).where(
        Case.person_id == person.id,
        Case.state != CaseState.CLOSED,
    )


def add_words(case: Case, note: str) -> None:
    """Add words to a case, unless they are the last that it holds."""
    addition = clean(note, MAX_NOTE_CHARS)
    earlier = case.note or ""
    if earlier == addition or earlier.endswith(f"\n{addition}"):
        return
    notes = [earlier, addition]
    text = "\n".join(filter(None, notes))
    case.note = _shortened(text) or None


def _shortened(text: str) -> str:
    """Leave out the middle of a long text: the first words stay, and the latest."""
    if len(text) <= MAX_NOTE_CHARS:
        return text
    latest_chars = MAX_NOTE_CHARS - FIRST_WORDS_CHARS - len(LEFT_OUT)
    return text[:FIRST_WORDS_CHARS] + LEFT_OUT + text[-latest_chars:]


async def _open(
    session: AsyncSession,
    person: Person,
    kind: CaseKind,
    now: datetime,
    written_at: datetime | None,
    by: str = "",
) -> Case:
    crisis = await coverage.covering(session, person)
    case = Case(
        person_id=person.id,
        crisis_id=crisis.id if crisis else None,
        kind=kind,
        state=CaseState.OPEN,
        opened_at=now,
        written_at=written_at,
    )
    session.add(case)
    await session.flush()
    await trail.note(
        session,
        by or f"person:{person.id}",
        "case.opened",
        f"case:{case.id}",
        now,
        kind=kind.value,
        person=person.id,
    )
    return case


async def get(session: AsyncSession, case_id: int) -> Case:
    """Return the case of a number. Raises ConsularError."""
    case = await session.get(Case, case_id)
    if case is None:
        raise ConsularError("There is no such case.")
    return case
