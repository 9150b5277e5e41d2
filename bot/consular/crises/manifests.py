"""The lists of an evacuation: transports with their seats, who is on one, and who waits.

Each look at names is written into the audit trail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.consular.audit import lists
from bot.consular.crises import crises, seats, transports, wishes
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.messages import Channel
from bot.models import Address, Crisis, Person, Seat, SeatState, Staff, Transport

MAX_WAITING_SHOWN = 50
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class Household:
    """A household with its seats. `people` is how many it takes, `phone` where to call it.

    `arabic_name` and `latin_name` are what the person wrote, by its letters.
    """

    seat: Seat
    person: Person
    people: int
    phone: str | None
    is_vulnerable: bool

    @property
    def arabic_name(self) -> str:
        """Return the name, where it is in Arabic letters."""
        name = self.person.name or ""
        return name if _ARABIC.search(name) else ""

    @property
    def latin_name(self) -> str:
        """Return the name, where it is in Latin letters."""
        name = self.person.name or ""
        return name if _LATIN.search(name) else ""

    @property
    def is_larger_now(self) -> bool:
        """Whether the person has told of more people than they have seats for."""
        return (self.person.party_size or 1) > self.people


@dataclass(frozen=True, slots=True)
class Line:
    """A transport in the list, with its seats that are given."""

    transport: Transport
    taken: int

    @property
    def free(self) -> int:
        """Return how many seats nobody has."""
        return self.transport.seats - self.taken


@dataclass(frozen=True, slots=True)
class Overview:
    """The transports of a crisis, and how many households and people wait for a seat."""

    crisis: Crisis
    lines: list[Line]
    households: int
    people: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who has a seat on a transport, who had one, and who comes next, in the order of the list."""

    crisis: Crisis
    line: Line
    households: list[Household]
    gone: list[Household]
    waiting: list[Household]


async def overview(
    session: AsyncSession,
    staff: Staff,
    crisis_id: int,
) -> Overview:
    """Return the transports of a crisis and the counts of those who wait; it names nobody.

    Raises ConsularError.
    """
    crisis = await crises.get(session, crisis_id)
    roles.require(staff, "board")
    if not crises.concerns(staff, crisis):
        raise ConsularError("There is no such crisis.")
    lines: list[Line] = []
    for transport in await transports.of_crisis(session, staff, crisis):
        taken = await seats.taken(session, transport.id)
        lines.append(Line(transport, taken))
    counting = wishes.waiting(
        crisis.id,
        roles.countries(staff),
        func.count(),
        func.coalesce(func.sum(wishes.size()), 0),
    )
    households, people = (await session.execute(counting)).one()
    return Overview(crisis, lines, households, people)


async def manifest(
    session: AsyncSession,
    staff: Staff,
    transport_id: int,
    now: datetime,
    act: str = "manifest.viewed",
) -> Manifest:
    """Return the manifest of a transport; the look is noted. Raises ConsularError.

    `act` is how the audit trail calls the look.
    """
    transport = await transports.get(session, transport_id)
    roles.require(staff, "cases", transport.country)
    crisis = await crises.get(session, transport.crisis_id)
    aboard = await _on_transport(session, transport, seats.TAKEN_STATES)
    gone = await _on_transport(session, transport, tuple(wishes.LEFT_STATES))
    waiting: list[Household] = []
    if transport.state in transports.FILLING_STATES:
        waiting = await _waiting(session, transport)
    shown = [household.person.id for household in (*aboard, *gone, *waiting)]
    await lists.note(
        session,
        roles.actor(staff),
        act,
        f"transport:{transport.id}",
        now,
        shown,
        people=len(shown),
    )
    taken = sum(household.people for household in aboard)
    return Manifest(crisis, Line(transport, taken), aboard, gone, waiting)


async def _on_transport(
    session: AsyncSession,
    transport: Transport,
    states: Sequence[SeatState],
) -> list[Household]:
    """Return the households of a transport by the number of their seat: no row ever moves."""
    query = (
        select(Seat, Person, wishes.is_vulnerable())
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.transport_id == transport.id, Seat.state.in_(states))
        .order_by(Seat.id)
        .options(defer(Person.dialogue))
    )
    rows = await session.execute(query)
    return await _households(session, [(seat, person, first) for seat, person, first in rows])


async def _waiting(session: AsyncSession, transport: Transport) -> list[Household]:
    """Return the next households that wait where a transport departs."""
    query = wishes.waiting(
        transport.crisis_id,
        [transport.country],
        Seat,
        Person,
        wishes.is_vulnerable(),
    )
    query = query.order_by(*wishes.order()).limit(MAX_WAITING_SHOWN)
    rows = await session.execute(query.options(defer(Person.dialogue)))
    return await _households(session, [(seat, person, first) for seat, person, first in rows])


async def _households(
    session: AsyncSession,
    rows: Sequence[tuple[Seat, Person, bool]],
) -> list[Household]:
    phones = await _phones(session, [person.id for _seat, person, _is_first in rows])
    households: list[Household] = []
    for seat, person, is_vulnerable in rows:
        phone = person.phone or phones.get(person.id)
        people = wishes.size_of(seat, person)
        households.append(Household(seat, person, people, phone, bool(is_vulnerable)))
    return households


async def _phones(session: AsyncSession, person_ids: Sequence[int]) -> dict[int, str]:
    """Return a number that each person writes SMS from, where there is one."""
    query = select(Address).where(
        Address.person_id.in_(person_ids),
        Address.channel == Channel.SMS,
    )
    phones: dict[int, str] = {}
    for address in await session.scalars(query.order_by(Address.id)):
        phones.setdefault(address.person_id, address.address)
    return phones
