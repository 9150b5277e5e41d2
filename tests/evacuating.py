"""Transports and households for tests: a bus out of Turkey, and people who want to leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import changes
from bot.consular.changes.kinds import TransportWords
from bot.consular.crises import checkins, seats, transports, wishes
from bot.consular.crises.transports import Words
from bot.messages import Content
from bot.models import (
    CheckInStatus,
    Crisis,
    OutboundMessage,
    Person,
    Role,
    Seat,
    SeatState,
    Staff,
    Transport,
    TransportKind,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario, Team

DESTINATION = {"ar": "أنقرة", "en": "Ankara"}
MEETING_POINT = {"ar": "أمام ملعب هاتاي، الباب الشرقي", "en": "Hatay stadium, east gate"}
LUGGAGE = {"ar": "الجوازات وحقيبة واحدة لكل شخص", "en": "Passports and one bag each"}


def words(now: datetime, **parts: Any) -> Words:
    """Return what people are told of a bus that departs tomorrow."""
    told: dict[str, Any] = {
        "departs_at": now + timedelta(days=1),
        "destinations": DESTINATION,
        "meeting_points": MEETING_POINT,
        "luggage": LUGGAGE,
    }
    return Words(**told | parts)


async def bus(
    session: AsyncSession,
    team: Team,
    crisis: Crisis,
    seat_count: int,
    now: datetime,
    country: str = "TR",
) -> Transport:
    """Add a bus out of a country that the officer drafted and the approver announced."""
    transport = await draft(session, team, crisis, seat_count, now, country)
    change = await changes.propose(session, team.officer, announcement(transport), now)
    await changes.approve(session, team.approver, change.id, now)
    return transport


async def draft(
    session: AsyncSession,
    team: Team,
    crisis: Crisis,
    seat_count: int,
    now: datetime,
    country: str = "TR",
) -> Transport:
    """Add a bus out of a country that nobody was told of."""
    return await transports.draft(
        session, team.officer, crisis, country, TransportKind.BUS, seat_count, words(now), now
    )


def announcement(transport: Transport, **parts: Any) -> TransportWords:
    """Return the change that announces a transport in its own words, or in others."""
    told: dict[str, Any] = {
        "transport_id": transport.id,
        "departs_at": transport.departs_at.isoformat(),
        "destinations": transport.destinations,
        "meeting_points": transport.meeting_points,
        "luggage": transport.luggage,
    }
    return TransportWords(**told | parts)


async def household(
    session: AsyncSession, now: datetime, people: int | None, *indices: str, **columns: Any
) -> Seat:
    """Add a person who wants to leave with so many people, themselves included."""
    person = await builders.person(session, now, *indices, party_size=people, **columns)
    return await leaving(session, person, now)


async def leaving(session: AsyncSession, person: Person, now: datetime) -> Seat:
    """Let a person say that they want to leave."""
    check_in = await checkins.record(session, person, CheckInStatus.EVACUATE, "telegram", now)
    assert check_in.crisis_id is not None
    seat = await wishes.of(session, person.id, check_in.crisis_id)
    assert seat is not None
    return seat


async def messages(session: AsyncSession, seat: Seat) -> list[Content]:
    """Return what was sent to a household, the first first."""
    query = select(OutboundMessage).where(OutboundMessage.person_id == seat.person_id)
    sent = await session.scalars(query.order_by(OutboundMessage.id))
    return [Content.from_json(message.content) for message in sent if message.content]


@dataclass(frozen=True, slots=True)
class Seated:
    """A bus out of Sudan in the scenario: two households have a seat, others wait."""

    transport_id: int
    invited_id: int
    confirmed_id: int
    waiting_id: int


async def seated(runtime: Runtime, scenario: Scenario) -> Seated:
    """Announce a bus out of Sudan, with a family of four and a couple on it."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        staff = scenario.staff
        team = Team(
            staff[Role.ADMIN],
            staff[Role.HQ_OFFICER],
            staff[Role.APPROVER],
            staff[Role.POST_OFFICER],
            staff[Role.AUDITOR],
        )
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        family = await _named(session, now, "فاطمة الزهراء المصراتي", 4)
        couple = await _named(session, now, "Salem Ali", 2)
        waiting = await _named(session, now, '=HYPERLINK("http://x.example")', 1)
        transport = await bus(session, team, crisis, 7, now, "SD")
        for seat in (family, couple):
            await seats.invite(session, team.officer, seat, transport, now)
        await seats.move(session, team.officer, couple, SeatState.CONFIRMED, now)
        return Seated(transport.id, family.id, couple.id, waiting.id)


async def _named(session: AsyncSession, now: datetime, name: str, people: int) -> Seat:
    phone = f"sms:+24991234567{people}"
    return await household(session, now, people, phone, name=name, country="SD")


Act = Literal["open a crisis", "announce a bus", "invite", "board", "cancel"]


async def act(runtime: Runtime, named: Act) -> None:
    """Do something that officers do while somebody talks to us, in Tunisia."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        if named == "open a crisis":
            team = await builders.team(session, now)
            await builders.earthquake(session, team.officer, now, countries=["TN"])
            return
        officer = (await session.scalars(select(Staff).where(Staff.role == Role.HQ_OFFICER))).one()
        approver = (await session.scalars(select(Staff).where(Staff.role == Role.APPROVER))).one()
        if named == "announce a bus":
            crisis = (await session.scalars(select(Crisis))).one()
            team = Team(officer, officer, approver, officer, officer)
            await bus(session, team, crisis, 9, now, "TN")
            return
        latest = select(Transport).order_by(Transport.id.desc()).limit(1)
        transport = (await session.scalars(latest)).one()
        match named:
            case "invite":
                await transports.fill(session, officer, transport, 1, now)
            case "board":
                await transports.begin_boarding(session, officer, transport, now)
            case "cancel":
                await transports.cancel(session, officer, transport, now)
