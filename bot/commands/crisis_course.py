"""What `tammen crises` does with a crisis while it is open: grow, phase, timeline, calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.crises import areas, call_list, call_sheet, course, crises
from bot.consular.crises.areas import Fields
from bot.consular.crises.call_sheet import Line
from bot.consular.crises.course import Event
from bot.consular.staff import accounts

CrisisNumber = Annotated[int, typer.Argument(metavar="ID")]
PersonNumber = Annotated[int, typer.Argument(metavar="PERSON")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Cities = Annotated[str, typer.Option("--cities", help="Cities it covers: names, with commas.")]
Around = Annotated[
    str,
    typer.Option("--around", help="The middle of a circle: a city, or latitude and longitude."),
]
Km = Annotated[str, typer.Option("--km", help="The circle around --around, in km.")]
AreaFile = Annotated[
    Path | None,
    typer.Option("--area", metavar="FILE", help="The area as JSON: cities, circle, polygon, any."),
]


def read_area(
    countries: list[str],
    fields: Fields,
    file: Path | None,
) -> areas.Area | None:
    """Return the area that options describe; None where they describe none."""
    if file is None:
        return areas.of_fields(fields, countries)
    try:
        area = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: not a file with an area in JSON") from error
    if not isinstance(area, dict):
        raise CommandError(f"{file}: an area is an object in JSON")
    areas.check(area)
    return area


def grow(
    number: CrisisNumber,
    by: By,
    country: Annotated[list[str] | None, typer.Option(metavar="CC")] = None,
    cities: Cities = "",
    around: Around = "",
    km: Km = "",
    area: AreaFile = None,
) -> None:
    """Let a crisis cover more: whoever is new in it is asked."""
    fields = Fields(cities=cities, around=around, km=km)
    codes = [code.upper() for code in country or []]
    ground.run(
        _grow(
            number,
            by,
            codes,
            fields,
            area,
        )
    )


async def _grow(
    number: int,
    by: str,
    countries: list[str],
    fields: Fields,
    file: Path | None,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        covered = [*crises.countries_of(crisis), *countries]
        await course.grow(
            session,
            staff,
            crisis,
            countries,
            read_area(covered, fields, file),
            runtime.clock(),
        )
    ground.out.print(f"id: {number}")


def phase(
    number: CrisisNumber,
    to: Annotated[int, typer.Argument(metavar="PHASE", help="1 precaution, 4 leave now.")],
    by: By,
) -> None:
    """Move a crisis to another phase."""
    ground.run(_phase(number, to, by))


async def _phase(number: int, to: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        await course.set_phase(
            session,
            staff,
            crisis,
            to,
            runtime.clock(),
        )
    ground.out.print(f"id: {number}")
    ground.out.print(f"phase: {to}")


def last_way_out(
    number: CrisisNumber,
    at: Annotated[str, typer.Argument(metavar="TIME", help="2026-11-25T18:30+02:00")],
    by: By,
) -> None:
    """Say when the last way out is: those who stay are asked once more, six hours before."""
    ground.run(_last_way_out(number, _moment(at), by))


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError(f"{written}: not a time such as 2026-11-25T18:30+02:00") from error
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


async def _last_way_out(number: int, at: datetime, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        await course.set_last_way_out(
            session,
            staff,
            crisis,
            at,
            runtime.clock(),
        )
    ground.out.print(f"id: {number}")


def note(
    number: CrisisNumber,
    words: Annotated[str, typer.Option(help="What happened.")],
    by: By,
) -> None:
    """Write a line into the timeline of a crisis."""
    ground.run(_note(number, words, by))


async def _note(number: int, words: str, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        await course.write(
            session,
            staff,
            crisis,
            words,
            runtime.clock(),
        )
    ground.out.print(f"id: {number}")


def timeline(number: CrisisNumber, by: By) -> None:
    """Print what happened in a crisis, the latest first, an object a line."""
    ground.run(_timeline(number, by))


async def _timeline(number: int, by: str) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        crisis = await course.readable(session, staff, number)
        events = await course.timeline(session, crisis)
        authors = await accounts.addresses(session)
    for event in events:
        ground.show_line(_shown_event(event, authors))


def _shown_event(event: Event, authors: dict[int, str]) -> dict[str, Any]:
    at = event.at.isoformat()
    if event.entry is not None:
        return {
            "at": at,
            "by": authors.get(event.entry.staff_id),
            "what": event.entry.kind.value,
            "words": event.entry.words,
        }
    if event.note is None:
        return {"at": at}
    return {"at": at, "by": event.note.actor, "what": event.note.action}


def calls(
    number: CrisisNumber,
    by: By,
    mine: Annotated[bool, typer.Option("--mine", help="The account's own calls alone.")] = False,
    page: Annotated[int, typer.Option(min=1, max=100_000, help="Of fifty calls each.")] = 1,
) -> None:
    """Print whom no question reaches and who calls them, a person a line, as JSON objects."""
    ground.run(
        _calls(
            number,
            by,
            mine,
            page,
        )
    )


async def _calls(
    number: int,
    by: str,
    mine: bool,
    page: int,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        sheet = await call_sheet.look(
            session,
            staff,
            crisis,
            staff.id if mine else None,
            page,
            runtime.clock(),
        )
        officers = await accounts.addresses(session)
    for line in sheet.lines:
        ground.show_line(_shown_call(line, officers))


def _shown_call(line: Line, officers: dict[int, str]) -> dict[str, Any]:
    return {
        "person": line.person.id,
        "name": line.person.name,
        "numbers": list(line.numbers),
        "country": line.person.country,
        "city": line.person.city,
        "party_size": line.person.party_size,
        "do_not_call": line.person.no_calls_at is not None,
        "officer": officers.get(line.call.officer_id),
        "listed_at": line.call.listed_at.isoformat(),
    }


def hand_call(
    number: CrisisNumber,
    person: PersonNumber,
    to: Annotated[str, typer.Option(metavar="E-MAIL", help="The colleague who calls.")],
    by: By,
) -> None:
    """Give the call of a person to a colleague."""
    ground.run(
        _hand_call(
            number,
            person,
            to,
            by,
        )
    )


async def _hand_call(
    number: int,
    person: int,
    to: str,
    by: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        colleague = await ground.account(session, to)
        await call_list.hand(
            session,
            staff,
            crisis,
            person,
            colleague,
            runtime.clock(),
        )
    ground.out.print(f"person: {person}")
