"""`tammen evacuation`: transports out of a crisis and their seats, when the console is away."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.consular.changes import changes
from bot.consular.changes.kinds import TransportWords
from bot.consular.crises import crises, manifests, seats, transports
from bot.consular.crises.manifests import Household, Line, Manifest
from bot.consular.crises.transports import Words
from bot.models import SeatState, TransportKind
from bot.runtime import characters

app = typer.Typer(
    no_args_is_help=True,
    help="Transports out of a crisis: add one, announce it, give its seats, let it go.",
)

CrisisNumber = Annotated[int, typer.Argument(metavar="CRISIS")]
TransportNumber = Annotated[int, typer.Argument(metavar="TRANSPORT")]
SeatNumber = Annotated[int, typer.Argument(metavar="SEAT")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class SeatMove(StrEnum):
    """What staff may write down of a seat."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    BOARDED = "boarded"
    ARRIVED = "arrived"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


@app.command("list")
def list_transports(number: CrisisNumber, by: By, as_json: AsJson = False) -> None:
    """List the transports of a crisis with their seats, and how many wait: no names."""
    ground.run(_list(number, by, as_json))


async def _list(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        overview = await manifests.overview(session, staff, number)
    listed = list(map(_line, overview.lines))
    if as_json:
        waiting = {"households": overview.households, "people": overview.people}
        ground.show_json({"transports": listed, "waiting": waiting})
        return
    for line in listed:
        columns = [str(column) for column in line.values()]
        typer.echo("\t".join(columns))
    typer.echo(f"waiting: {overview.people} people, {overview.households} households")


def _line(line: Line) -> dict[str, Any]:
    """Show a transport by the name of each column, without its meeting point."""
    transport = line.transport
    return {
        "id": transport.id,
        "kind": transport.kind.value,
        "state": transport.state.value,
        "country": transport.country,
        "departs_at": transport.departs_at.isoformat(),
        "seats": transport.seats,
        "taken": line.taken,
        "free": line.free,
    }


@app.command()
def add(
    number: CrisisNumber,
    by: By,
    kind: Annotated[TransportKind, typer.Option(help="What people leave by.")],
    country: Annotated[str, typer.Option(help="Where it departs: an ISO code.")],
    seat_count: Annotated[int, typer.Option("--seats", help="How many seats it has.")],
    departs_at: Annotated[
        datetime,
        typer.Option(
            "--departs",
            formats=["%Y-%m-%dT%H:%M"],
            help="When, in UTC: 2026-12-01T06:30.",
        ),
    ],
    to_ar: Annotated[str, typer.Option(help="Where it goes, in Arabic.")],
    to_en: Annotated[str, typer.Option(help="Where it goes, in English.")],
    meet_ar: Annotated[str, typer.Option(help="Where people meet, in Arabic.")],
    meet_en: Annotated[str, typer.Option(help="Where people meet, in English.")],
    bring_ar: Annotated[str, typer.Option(help="What to bring, in Arabic.")],
    bring_en: Annotated[str, typer.Option(help="What to bring, in English.")],
) -> None:
    """Write down a transport; nobody is told of it before it is announced."""
    words = Words(
        departs_at.replace(tzinfo=UTC),
        destinations={"ar": to_ar, "en": to_en},
        meeting_points={"ar": meet_ar, "en": meet_en},
        luggage={"ar": bring_ar, "en": bring_en},
    )
    ground.run(_add(number, by, kind, country.upper(), seat_count, words))


async def _add(
    number: int,
    by: str,
    kind: TransportKind,
    country: str,
    seat_count: int,
    words: Words,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        transport = await transports.draft(
            session,
            staff,
            crisis,
            country,
            kind,
            seat_count,
            words,
            runtime.clock(),
        )
    ground.out.print(f"id: {transport.id}")


@app.command()
def announce(number: TransportNumber, by: By) -> None:
    """Ask a second person to announce a transport: `tammen changes approve` does it."""
    ground.run(_announce(number, by))


async def _announce(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        transport = await transports.get(session, number)
        change = TransportWords(
            number,
            transport.departs_at.isoformat(),
            transport.destinations,
            transport.meeting_points,
            transport.luggage,
        )
        proposed = await changes.propose(session, staff, change, runtime.clock())
    ground.out.print(f"change: {proposed.id}")


@app.command()
def fill(
    number: TransportNumber,
    by: By,
    most: Annotated[int, typer.Option(min=1, max=200, help="Households, at most.")] = 20,
) -> None:
    """Offer the free seats to the next households, and ask each whether they come."""
    ground.run(_fill(number, by, most))


async def _fill(number: int, by: str, most: int) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        transport = await transports.get(session, number)
        offered = await transports.fill(session, staff, transport, most, runtime.clock())
        free = await seats.free(session, transport)
    ground.out.print(f"invited: {len(offered)}")
    ground.out.print(f"free: {free}")


@app.command()
def seat(
    number: SeatNumber,
    by: By,
    state: Annotated[SeatMove, typer.Option(help="What became of it.")],
) -> None:
    """Write down what became of a household's seats; it is told where that concerns it."""
    ground.run(_seat(number, by, SeatState(state.value)))


async def _seat(number: int, by: str, state: SeatState) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        household_seat = await seats.get(session, number)
        await seats.move(session, staff, household_seat, state, runtime.clock())
    ground.out.print(f"{state.value}: {number}")


@app.command()
def board(number: TransportNumber, by: By) -> None:
    """Begin boarding: whoever has a seat is told to go now."""
    ground.run(_do("boarding", number, by))


@app.command()
def depart(number: TransportNumber, by: By) -> None:
    """Let a transport depart: whoever is not on board has missed it, and is told."""
    ground.run(_do("departed", number, by))


@app.command()
def arrive(number: TransportNumber, by: By) -> None:
    """Let a transport arrive, with everybody on board."""
    ground.run(_do("arrived", number, by))


@app.command()
def cancel(number: TransportNumber, by: By) -> None:
    """Cancel a transport: everybody is told to wait, and gets the next seats before others."""
    ground.run(_do("cancelled", number, by))


ACTS = {
    "boarding": transports.begin_boarding,
    "departed": transports.depart,
    "arrived": transports.arrive,
    "cancelled": transports.cancel,
}


async def _do(outcome: str, number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        transport = await transports.get(session, number)
        await ACTS[outcome](session, staff, transport, runtime.clock())
    ground.out.print(f"{outcome}: {number}")


@app.command()
def show(number: TransportNumber, by: By, as_json: AsJson = False) -> None:
    """Print a transport and its manifest; the look is written down."""
    ground.run(_show(number, by, as_json))


async def _show(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        listed = await manifests.manifest(session, staff, number, runtime.clock())
    if as_json:
        ground.show_json(_manifest(listed))
        return
    for household in listed.households:
        columns = [str(column or "-") for column in _household(household).values()]
        typer.echo(characters.spelled_out("\t".join(columns)))
    typer.echo(f"free: {listed.line.free}")


def _manifest(listed: Manifest) -> dict[str, Any]:
    transport = listed.line.transport
    return {
        **_line(listed.line),
        "destinations": transport.destinations,
        "meeting_points": transport.meeting_points,
        "luggage": transport.luggage,
        "households": list(map(_household, listed.households)),
        "gone": list(map(_household, listed.gone)),
        "next": list(map(_household, listed.waiting)),
    }


def _household(household: Household) -> dict[str, Any]:
    household_seat = household.seat
    return {
        "seat": household_seat.id,
        "state": household_seat.state.value,
        "people": household.people,
        "name": household.person.name,
        "phone": household.phone,
        "person": household.person.id,
        "goes_first": household.is_vulnerable,
        "papers_missing": household_seat.papers_missing,
        "needs": household_seat.needs,
        "changed_at": household_seat.changed_at,
        "changed_by": household_seat.changed_by,
    }
