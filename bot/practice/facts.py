"""Facts of a person: what staff would see of them, read from the database.

`tammen talk --facts` prints them, and `tammen dialogues` compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import checkins
from bot.consular.people import emergency_contact, household, household_needs, residence, trips
from bot.models import Case, CaseKind, CaseState, CheckInStatus, HouseholdMember, Person


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else whom a case is about; None for what nobody wrote down."""

    name: str | None = None
    relation: str | None = None
    matter: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the person as `talk --facts` prints them."""
        return {
            "name": self.name,
            "relation": self.relation,
            "matter": self.matter,
        }


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case: whom it is about (None: the person themselves), and all that is written in it."""

    kind: CaseKind
    about: Other | None
    is_open: bool
    notes: str

    def to_json(self) -> dict[str, Any]:
        """Return the case as `talk --facts` prints it."""
        about = self.about.to_json() if self.about else "self"
        return {
            "kind": self.kind.value,
            "about": about,
            "open": self.is_open,
            "words": self.notes,
        }


@dataclass(frozen=True, slots=True)
class TripFacts:
    """The trip that somebody is on, or plans: its place (`CC/City` or `CC`), first and last day."""

    place: str | None
    begins_on: date
    until: date | None
    is_under_way: bool

    def to_json(self) -> dict[str, Any]:
        """Return the trip as `talk --facts` prints it, its days as 2026-12-31."""
        return {
            "place": self.place,
            "from": self.begins_on.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "under_way": self.is_under_way,
        }


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Somebody with the person: codes for what they are, their age, and their needs."""

    relation: str
    name: str | None
    age: str | None
    needs: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the member as `talk --facts` prints them."""
        return {
            "relation": self.relation,
            "name": self.name,
            "age": self.age,
            "needs": list(self.needs),
        }


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Whom staff call in an emergency."""

    name: str | None
    relation: str | None
    phone: str

    def to_json(self) -> dict[str, str | None]:
        """Return the contact as `talk --facts` prints them."""
        return {
            "name": self.name,
            "relation": self.relation,
            "phone": self.phone,
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything staff would see of a person; `Facts()` for somebody who never wrote.

    `place` is `CC/City` or `CC`, `place_words` what they call a place that no gazetteer knows,
    `bound_for` the country they are on their way to; `status` is that of the last check-in.
    `residence` is where they live, as `place` is where they are.
    """

    status: CheckInStatus | None = None
    place: str | None = None
    place_words: str | None = None
    bound_for: str | None = None
    party: int | None = None
    name: str | None = None
    phone: str | None = None
    language: str | None = None
    is_registered: bool = False
    has_consented: bool = False
    has_stopped: bool = False
    is_forgotten: bool = False
    cases: tuple[CaseFacts, ...] = ()
    residence: str | None = None
    trip: TripFacts | None = None
    household: tuple[MemberFacts, ...] = ()
    needs: tuple[str, ...] = ()
    contact: ContactFacts | None = None

    @property
    def open_cases(self) -> list[CaseFacts]:
        """List the cases that staff have not closed."""
        return [case for case in self.cases if case.is_open]

    def to_json(self) -> dict[str, Any]:
        """Return the facts as `talk --facts` prints them."""
        status = None if self.status is None else self.status.value
        return {
            "status": status,
            "place": self.place,
            "party": self.party,
            "name": self.name,
            "phone": self.phone,
            "language": self.language,
            "registered": self.is_registered,
            "consented": self.has_consented,
            "stopped": self.has_stopped,
            "forgotten": self.is_forgotten,
            "cases": [case.to_json() for case in self.cases],
            "place_words": self.place_words,
            "bound_for": self.bound_for,
            "residence": self.residence,
            "trip": self.trip.to_json() if self.trip else None,
            "household": [member.to_json() for member in self.household],
            "needs": list(self.needs),
            "contact": self.contact.to_json() if self.contact else None,
        }


async def read(session: AsyncSession, person_id: int | None) -> Facts:
    """Read the facts of a person; None is somebody who never wrote."""
    if person_id is None:
        return Facts()
    person = await session.get(Person, person_id)
    if person is None:  # erased, and the goodbye has left
        return Facts(is_forgotten=True)
    check_in = await checkins.latest(session, person)
    present = await household.of(session, person_id)
    return Facts(
        status=check_in.answer if check_in else None,
        place=person.city or person.country,
        place_words=person.place_words,
        bound_for=person.bound_for,
        party=person.party_size,
        name=person.name,
        phone=person.phone,
        language=person.language,
        is_registered=person.registered_at is not None,
        has_consented=person.consented_at is not None,
        has_stopped=person.stopped_at is not None,
        is_forgotten=person.forgotten_at is not None,
        cases=await _cases(session, person_id),
        residence=await _residence(session, person_id),
        trip=await _trip(session, person_id),
        household=tuple(map(_member, present.members)),
        needs=tuple(present.own_needs),
        contact=await _contact(session, person_id),
    )


async def _residence(session: AsyncSession, person_id: int) -> str | None:
    home = await residence.of(session, person_id)
    if home is None:
        return None
    return home.city or home.country


async def _trip(session: AsyncSession, person_id: int) -> TripFacts | None:
    trip = await trips.current(session, person_id)
    if trip is None:
        return None
    return TripFacts(
        trip.city or trip.country,
        trip.begins_on,
        trip.until,
        is_under_way=trip.began_at is not None,
    )


def _member(member: HouseholdMember) -> MemberFacts:
    needs = household_needs.parted(member.needs)
    return MemberFacts(member.relation, member.name, member.age, tuple(needs))


async def _contact(session: AsyncSession, person_id: int) -> ContactFacts | None:
    contact = await emergency_contact.of(session, person_id)
    if contact is None:
        return None
    return ContactFacts(contact.name, contact.relation, contact.phone)


async def _cases(session: AsyncSession, person_id: int) -> tuple[CaseFacts, ...]:
    """Read every case of a person, the oldest first."""
    of_person = select(Case).where(Case.person_id == person_id)
    cases = await session.scalars(of_person.order_by(Case.id))
    return tuple(_case(case) for case in cases)


def _case(case: Case) -> CaseFacts:
    return CaseFacts(
        kind=case.kind,
        about=_about(case),
        is_open=case.state is not CaseState.CLOSED,
        notes=case.note or "",
    )


def _about(case: Case) -> Other | None:
    """Tell whom a case is about; None is the person themselves."""
    if case.relation is None:
        return None
    return Other(case.about_name, case.relation, case.matter)
