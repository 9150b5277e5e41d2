"""What officers do with an open crisis: let it grow, set its phase, write into its timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from bot.console.crises import area_fields
from bot.console.parts import picker
from bot.consular.crises import areas, course, crises
from bot.consular.crises.course import Event
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.models import Crisis, CrisisEntryKind
from bot.pages import audit, zones
from bot.pages.audit import Line
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of a timeline: an officer's words, or a note of the audit trail."""

    at: datetime
    actor: str
    words: str = ""
    is_outcome: bool = False
    line: Line | None = None


async def every_crisis(visit: Visit) -> Response:
    """List the crises, the latest first, those that are closed too."""
    async with visit.runtime.db.read() as session:
        listed = await crises.recent(session)
    own = [crisis for crisis in listed if crises.concerns(visit.staff, crisis)]
    return visit.page("crises/crises.html", crises=own)


async def grow(visit: Visit) -> Response:
    """Let the crisis cover more; whoever is new in it is asked."""
    added = picker.countries(visit)
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        covered = [*crises.countries_of(crisis), *added]
        area = areas.of_fields(area_fields.read(visit), covered)
        await course.grow(
            session,
            visit.staff,
            crisis,
            added,
            area,
            visit.now,
        )
    await bells.ring(visit.runtime.redis, "out")
    return await _back(visit, crisis, "grown")


async def set_phase(visit: Visit) -> Response:
    """Move the crisis to another phase."""
    phase = row_number(visit.field("phase")) or 0
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await course.set_phase(
            session,
            visit.staff,
            crisis,
            phase,
            visit.now,
        )
    return await _back(visit, crisis, "saved")


async def set_last_way_out(visit: Visit) -> Response:
    """Set the time of the last way out, written as the reader's own."""
    at = zones.read(visit.field("at"), zones.of(visit))
    if at is None:
        raise ConsularError("Choose a day and a time.")
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await course.set_last_way_out(
            session,
            visit.staff,
            crisis,
            at,
            visit.now,
        )
    return await _back(visit, crisis, "saved")


async def write(visit: Visit) -> Response:
    """Write a line into the timeline."""
    words = visit.field("words", course.MAX_WORDS_CHARS)
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await course.write(
            session,
            visit.staff,
            crisis,
            words,
            visit.now,
        )
    return await _back(visit, crisis, "saved")


async def details(visit: Visit, crisis: Crisis) -> dict[str, Any]:
    """Return what the page of a crisis shows beside its board."""
    async with visit.runtime.db.read() as session:
        events = await course.timeline(session, crisis)
        notes = [event.note for event in events if event.note is not None]
        lines = await audit.lines(session, notes, visit.language)
        names = await accounts.addresses(session)
        choices = await picker.choices(session, visit)
    zone = zones.of(visit)
    return {
        "events": _moments(events, lines, names),
        "shapes": area_fields.parts(crisis.area),
        "choices": choices,
        "zone": zone,
        "last_way_out": zones.shown(crisis.last_way_out_at, zone),
    }


def _moments(
    events: Sequence[Event],
    lines: Sequence[Line],
    names: Mapping[int, str],
) -> list[Moment]:
    """Put events into words, in their order: `lines` are those of their notes."""
    next_line = iter(lines)
    moments: list[Moment] = []
    for event in events:
        entry = event.entry
        if entry is None:
            line = next(next_line)
            moments.append(Moment(event.at, line.actor, line=line))
            continue
        is_outcome = entry.kind is CrisisEntryKind.OUTCOME
        author = names.get(entry.staff_id, "")
        moments.append(Moment(event.at, author, entry.words, is_outcome))
    return moments


async def _back(visit: Visit, crisis: Crisis, done: str) -> Response:
    await bells.announce(visit.runtime.redis, TOPIC)
    return go(f"/crises/{crisis.id}?done={done}")


ROUTES = [
    Page("/crises", every_crisis, may="board"),
    *(
        Page(f"/crises/{{id:int}}/{name}", act, may="crises", methods=("POST",))
        for name, act in {
            "grow": grow,
            "phase": set_phase,
            "way-out": set_last_way_out,
            "entries": write,
        }.items()
    ),
]
