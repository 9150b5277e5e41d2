"""What a list of the people of a crisis shows of each: how they are, where, how they are reached.

Everything is looked up for a page at a time, never for everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from bot.consular.audiences import standings
from bot.consular.crises import cases
from bot.consular.people import dialling, emergency_contact, household, household_needs
from bot.messages import Channel
from bot.models import (
    Address,
    Case,
    CaseState,
    CheckIn,
    Crisis,
    EmergencyContact,
    OutboundMessage,
    OutboundState,
    Outreach,
    OutreachKind,
    Person,
)

CALLS = (OutreachKind.NO_ANSWER, OutreachKind.WRONG_NUMBER)
SHOWN_COLUMNS = (
    Person.name,
    Person.phone,
    Person.country,
    Person.city,
    Person.place_words,
    Person.placed_at,
    Person.party_size,
    Person.language,
    Person.stopped_at,
    Person.no_calls_at,
    Person.synthetic,
)

NextStep = Literal["case", "none", "wait", "write", "call", "ask_again", "find_number"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A person in the list.

    `answer` is the one that counts in the crisis, `told` how an officer heard it. `calls` were in
    vain, the latest first. `roll_call` is what became of the question.
    """

    person: Person
    standing: str
    is_vulnerable: bool = False
    numbers: Sequence[str] = ()
    channels: Sequence[Channel] = ()
    answer: CheckIn | None = None
    told: Outreach | None = None
    calls: Sequence[Outreach] = ()
    asked_again: Outreach | None = None
    roll_call: OutboundState | None = None
    case: Case | None = None
    needs: Sequence[str] = ()
    contact: EmergencyContact | None = None

    @property
    def phone(self) -> str | None:
        """Return the number to dial, None where none is known."""
        return next(iter(self.numbers), None)

    @property
    def is_wrong_number(self) -> bool:
        """Whether the last call showed that the number is not theirs."""
        return bool(self.calls) and self.calls[0].kind is OutreachKind.WRONG_NUMBER

    @property
    def next_step(self) -> NextStep:
        """Return what an officer does for the person now."""
        if self.case is not None:
            return "case"
        if self.answer is not None:
            return "none" if self.standing in SETTLED else "call"
        if self.roll_call is OutboundState.QUEUED and not self.calls:
            return "wait"
        if self.person.no_calls_at is not None:
            return "write"
        if self.phone is not None and not self.is_wrong_number:
            return "call"
        return "ask_again" if self.channels else "find_number"


# Standings that ask nothing of an officer.
SETTLED = frozenset({"safe", "staying"})


@dataclass(slots=True)
class _Lookups:
    """What was looked up of the people of one page, by their ids."""

    standings: Mapping[int, str]
    people: Mapping[int, Person]
    vulnerable: frozenset[int]
    addresses: Mapping[int, list[Address]]
    answers: Mapping[int, CheckIn]
    outreach: Mapping[int, list[Outreach]]
    roll_calls: Mapping[int, OutboundState]
    cases: Mapping[int, Case] = field(default_factory=dict)
    needs: Mapping[int, list[str]] = field(default_factory=dict)
    contacts: Mapping[int, EmergencyContact] = field(default_factory=dict)


async def entries(
    session: AsyncSession,
    crisis: Crisis,
    ids: Sequence[int],
) -> list[Entry]:
    """Look up the people of these ids, in this order. Who was erased meanwhile is left out."""
    lookups = _Lookups(
        standings=await _standings(session, crisis, ids),
        people=await _people(session, ids),
        vulnerable=await _vulnerable(session, ids),
        addresses=await dialling.addresses_of(session, ids),
        answers=await _answers(session, crisis, ids),
        outreach=await _outreach(session, crisis, ids),
        roll_calls=await _roll_calls(session, crisis, ids),
        cases=await _cases(session, ids),
        needs=await household.needs_of(session, ids),
        contacts=await emergency_contact.of_people(session, ids),
    )
    return [_entry(lookups, person_id) for person_id in ids if person_id in lookups.standings]


def _entry(lookups: _Lookups, person_id: int) -> Entry:
    person = lookups.people[person_id]
    addresses = lookups.addresses.get(person_id, [])
    answer = lookups.answers.get(person_id)
    outreach = lookups.outreach.get(person_id, [])
    return Entry(
        person=person,
        standing=lookups.standings[person_id],
        is_vulnerable=person_id in lookups.vulnerable,
        numbers=dialling.numbers_to_dial(person, addresses),
        channels=_open_channels(addresses),
        answer=answer,
        told=_told(outreach, answer),
        calls=[attempt for attempt in outreach if attempt.kind in CALLS],
        asked_again=_asked_again(outreach),
        roll_call=lookups.roll_calls.get(person_id),
        case=lookups.cases.get(person_id),
        needs=lookups.needs.get(person_id, ()),
        contact=lookups.contacts.get(person_id),
    )


def _open_channels(addresses: Sequence[Address]) -> list[Channel]:
    channels = [address.channel for address in addresses if address.stopped_at is None]
    return list(dict.fromkeys(channels))


def _told(outreach: Sequence[Outreach], answer: CheckIn | None) -> Outreach | None:
    """Find how an officer heard the answer; None where the person gave it."""
    if answer is None:
        return None
    for attempt in outreach:
        if attempt.check_in_id == answer.id:
            return attempt
    return None


def _asked_again(outreach: Sequence[Outreach]) -> Outreach | None:
    for attempt in outreach:
        if attempt.kind is OutreachKind.ASKED_AGAIN:
            return attempt
    return None


# --- look-ups of a page ---------------------------------------------------------------------------


async def _standings(
    session: AsyncSession,
    crisis: Crisis,
    ids: Sequence[int],
) -> dict[int, str]:
    query = standings.standings(crisis.id, ids)
    rows = await session.execute(query)
    return {person.id: person.standing for person in rows}


async def _people(session: AsyncSession, ids: Sequence[int]) -> dict[int, Person]:
    query = select(Person).where(Person.id.in_(ids))
    shown = query.options(load_only(*SHOWN_COLUMNS))
    people = await session.scalars(shown)
    return {person.id: person for person in people}


async def _vulnerable(session: AsyncSession, ids: Sequence[int]) -> frozenset[int]:
    return frozenset(await session.scalars(household_needs.vulnerable_among(ids)))


async def _answers(
    session: AsyncSession,
    crisis: Crisis,
    ids: Sequence[int],
) -> dict[int, CheckIn]:
    """Return the answer of each that counts in the crisis."""
    query = select(CheckIn).where(CheckIn.person_id.in_(ids), standings.is_during(crisis.id))
    answers: dict[int, CheckIn] = {}
    for answer in await session.scalars(query.order_by(CheckIn.at)):
        answers[answer.person_id] = answer
    return answers


async def _outreach(
    session: AsyncSession,
    crisis: Crisis,
    ids: Sequence[int],
) -> Mapping[int, list[Outreach]]:
    """Return what officers did and did not take back, the latest first."""
    query = select(Outreach).where(
        Outreach.person_id.in_(ids),
        Outreach.crisis_id == crisis.id,
        Outreach.undone_at.is_(None),
    )
    outreach = await session.scalars(query.order_by(Outreach.at.desc(), Outreach.id.desc()))
    return _by_person(outreach.all())


async def _roll_calls(
    session: AsyncSession,
    crisis: Crisis,
    ids: Sequence[int],
) -> dict[int, OutboundState]:
    query = select(OutboundMessage.person_id, OutboundMessage.state).where(
        OutboundMessage.broadcast_id == crisis.broadcast_id,
        OutboundMessage.person_id.in_(ids),
    )
    states: dict[int, OutboundState] = {}
    for person_id, state in await session.execute(query):
        if person_id is not None:
            states[person_id] = state
    return states


async def _cases(session: AsyncSession, ids: Sequence[int]) -> dict[int, Case]:
    """Return the gravest open case of each person."""
    query = select(Case).where(Case.person_id.in_(ids), Case.state != CaseState.CLOSED)
    light = query.options(load_only(Case.person_id, Case.kind, Case.state, Case.opened_at))
    open_cases = list(await session.scalars(light))
    open_cases.sort(key=_gravest_last)
    return {case.person_id: case for case in open_cases}


def _gravest_last(case: Case) -> int:
    return -cases.TRIAGE[case.kind]


def _by_person(records: Sequence[Any]) -> Mapping[int, list[Any]]:
    by_person: dict[int, list[Any]] = defaultdict(list)
    for record in records:
        by_person[record.person_id].append(record)
    return by_person
