"""The course of an open crisis: its area grows, its phase changes, its timeline fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import rules
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.crises import areas, crises, roll_call
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import (
    AuditNote,
    Broadcast,
    BroadcastKind,
    Crisis,
    CrisisCountry,
    CrisisEntry,
    CrisisEntryKind,
    CrisisState,
    Lane,
    RollCallRound,
    Staff,
)
from bot.text.text import clean

MAX_WORDS_CHARS = 2000
MAX_EVENTS = 500
LAST_ROUND = 9  # the number of the question to those who stay
LAST_QUESTION_BEFORE = timedelta(hours=6)  # the last way out


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a crisis: a note of the audit trail, or an officer's line."""

    at: datetime
    note: AuditNote | None = None
    entry: CrisisEntry | None = None


async def grow(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    countries: Sequence[str],
    area: areas.Area | None,
    now: datetime,
) -> None:
    """Let a crisis cover more: further countries, a larger area. Raises ConsularError.

    Nothing is taken out of it. Whoever is new in it is asked, nobody else once more. `area` is
    added to the present one; None leaves it as it is, unless there are new countries: those are
    whole where the crisis has no area.
    """
    await _lock_open(session, staff, crisis)
    covered = crises.countries_of(crisis)
    new_countries = [code for code in dict.fromkeys(countries) if code not in covered]
    roles.require(staff, "crises", *new_countries)
    _check_added(crisis, new_countries, area)
    if area is not None:
        crisis.area = areas.joined(crisis.area, area)
    for code in new_countries:
        crisis.countries.append(CrisisCountry(country=code))
    await _ask_newcomers(session, crisis)
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.grown",
        f"crisis:{crisis.id}",
        now,
        countries=crises.countries_of(crisis),
    )


def _check_added(
    crisis: Crisis,
    new_countries: Sequence[str],
    area: areas.Area | None,
) -> None:
    """Refuse what adds nothing, or leaves open what it adds."""
    areas.check(area)
    if not new_countries and area is None:
        raise ConsularError("Nothing is added: choose a country or an area.")
    if crisis.area is None and area is not None:
        raise ConsularError("This crisis covers the whole of its countries already.")
    if crisis.area is not None and new_countries and area is None:
        raise ConsularError("This crisis covers a part of its countries: say which part is new.")


async def _ask_newcomers(session: AsyncSession, crisis: Crisis) -> None:
    """Let the fan-out walk the larger audience from the start; a row there is no second one."""
    audience = areas.audience(crises.countries_of(crisis), crisis.area)
    rules.check(audience)
    if crisis.broadcast_id is None:
        return
    broadcast = await session.get_one(Broadcast, crisis.broadcast_id, with_for_update=True)
    broadcast.audience = audience
    broadcast.cursor = 0
    broadcast.fanned_out_at = None
    await session.flush()


async def set_phase(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    phase: int,
    now: datetime,
) -> None:
    """Move a crisis to another phase, 1 to 4. Raises ConsularError."""
    await _lock_open(session, staff, crisis)
    former = crisis.phase
    crisis.phase = crises.checked_phase(phase)
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.phase",
        f"crisis:{crisis.id}",
        now,
        phase=phase,
        former_phase=former,
    )


async def set_last_way_out(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    at: datetime,
    now: datetime,
) -> None:
    """Say when the last way out is; those who stay are asked once more before. ConsularError."""
    await _lock_open(session, staff, crisis)
    if at <= now:
        raise ConsularError("This time is over. Choose one to come.")
    crisis.last_way_out_at = at
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.last_way_out",
        f"crisis:{crisis.id}",
        now,
        until=at.isoformat(timespec="minutes"),
    )


async def write(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    words: str,
    now: datetime,
    kind: CrisisEntryKind = CrisisEntryKind.NOTE,
) -> CrisisEntry:
    """Write a line into the timeline of a crisis, open or closed. Raises ConsularError."""
    roles.require(staff, "crises")
    if not crises.concerns(staff, crisis):
        roles.require(staff, "crises", *crises.countries_of(crisis))
    cleaned = clean(words, MAX_WORDS_CHARS)
    if not cleaned:
        raise ConsularError("Write what happened.")
    entry = CrisisEntry(
        crisis_id=crisis.id,
        kind=kind,
        staff_id=staff.id,
        at=now,
        words=cleaned,
    )
    session.add(entry)
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.entry",
        f"crisis:{crisis.id}",
        now,
    )
    return entry


async def readable(session: AsyncSession, staff: Staff, crisis_id: int) -> Crisis:
    """Return a crisis that is the account's business. Raises ConsularError."""
    roles.require(staff, "board")
    crisis = await crises.get(session, crisis_id)
    if not crises.concerns(staff, crisis):
        raise ConsularError("There is no such crisis.")
    return crisis


async def timeline(session: AsyncSession, crisis: Crisis) -> list[Event]:
    """List what happened in a crisis, the latest first, at most MAX_EVENTS of each kind."""
    notes = select(AuditNote).where(
        AuditNote.subject == f"crisis:{crisis.id}",
        AuditNote.action.not_in(("crisis.entry", "crisis.seen")),
    )
    entries = select(CrisisEntry).where(CrisisEntry.crisis_id == crisis.id)
    events: list[Event] = []
    for note in await session.scalars(notes.order_by(AuditNote.id.desc()).limit(MAX_EVENTS)):
        events.append(Event(note.at, note=note))
    for entry in await session.scalars(entries.order_by(CrisisEntry.id.desc()).limit(MAX_EVENTS)):
        events.append(Event(entry.at, entry=entry))
    return sorted(events, key=_time, reverse=True)


def _time(event: Event) -> datetime:
    return event.at


async def ask_those_who_stay(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    has_link: bool,
) -> bool:
    """Ask those who stay once more, some hours before the last way out; tell whether it is time."""
    await session.refresh(crisis, with_for_update=True)
    if not _is_time_to_ask(crisis, now):
        return False
    last_round = select(RollCallRound.id).where(
        RollCallRound.crisis_id == crisis.id,
        RollCallRound.number == LAST_ROUND,
    )
    if await session.scalar(last_round) is not None:
        return False
    covered = areas.audience(crises.countries_of(crisis), crisis.area)
    stay = {"status": {"crisis": crisis.id, "is": ["staying"]}}
    broadcast = await fan_out.create(
        session,
        BroadcastKind.ROLL_CALL,
        Lane.CRISIS,
        roll_call.contents(crisis.public_names, has_link, "roll_call_last"),
        {"all": [covered, stay]},
        crisis.drill,
        now,
        real_people=crisis.real_people,
    )
    session.add(RollCallRound(crisis_id=crisis.id, number=LAST_ROUND, broadcast_id=broadcast.id))
    await session.flush()
    return True


def _is_time_to_ask(crisis: Crisis, now: datetime) -> bool:
    last_way_out = crisis.last_way_out_at
    if crisis.state is not CrisisState.OPEN or last_way_out is None:
        return False
    return last_way_out - LAST_QUESTION_BEFORE <= now < last_way_out


async def _lock_open(session: AsyncSession, staff: Staff, crisis: Crisis) -> None:
    """Lock an open crisis for a change. Raises ConsularError."""
    await session.refresh(crisis, with_for_update=True)
    roles.require(staff, "crises", *crises.countries_of(crisis))
    if crisis.state is not CrisisState.OPEN:
        raise ConsularError("This crisis is closed.")
