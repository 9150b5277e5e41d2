"""`tammen trips`: who travels where and when; ending a trip when the console is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.crises import trip_desk
from bot.consular.people import trip_list
from bot.consular.people.trip_list import Arrivals, Traveller, Window
from bot.consular.reference import places

app = typer.Typer(no_args_is_help=True, help="Trips of people: look at them, end one.")

By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
TripNumber = Annotated[int, typer.Argument(metavar="ID")]


@app.command("list")
def list_trips(
    by: By,
    country: Annotated[str, typer.Option(metavar="CC", help="Where they travel to.")] = "",
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DAY",
            formats=["%Y-%m-%d"],
            help="From this day; today.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            metavar="DAY",
            formats=["%Y-%m-%d"],
            help="To this day; for a week.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the trips of the coming days: how many people are where, and who."""
    code = country.upper()
    if code and code not in places.COUNTRIES:
        raise CommandError(f"{country!r} is no country: write its two letters, as TR")
    ground.run(
        _list(
            by,
            code,
            first,
            until,
            as_json,
        )
    )


async def _list(
    by: str,
    country: str,
    first: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        window = trip_list.window(
            _date(first),
            _date(until),
            country,
            now.date(),
        )
        arrivals = await trip_list.counts(
            session,
            staff,
            window,
        )
        travellers, total = await trip_list.travellers(
            session,
            staff,
            window,
            1,
            now,
        )
        lines = list(map(_line, travellers))
    if as_json:
        document = {"days": _by_day(window, arrivals), "trips": lines, "total": total}
        ground.show_json(document)
        return
    for country_row in arrivals:
        typer.echo(f"{country_row.country}\t{country_row.travellers}")
    for line in lines:
        typer.echo("\t".join(map(str, line.values())))


def _date(moment: datetime | None) -> date | None:
    if moment is None:
        return None
    return moment.date()


def _by_day(window: Window, arrivals: Sequence[Arrivals]) -> dict[str, dict[str, int]]:
    """Show how many people are in each country on each day."""
    days = list(map(str, window.days))
    counts: dict[str, dict[str, int]] = {}
    for there in arrivals:
        counts[there.country] = dict(
            zip(
                days,
                there.people,
                strict=True,
            )
        )
    return counts


def _line(traveller: Traveller) -> dict[str, Any]:
    """Show a trip by the name of each column."""
    trip = traveller.trip
    return {
        "id": trip.id,
        "person": traveller.person.id,
        "place": trip.city or trip.country,
        "from": trip.begins_on.isoformat(),
        "until": trip.until.isoformat() if trip.until else None,
        "under_way": trip.began_at is not None,
    }


@app.command("end")
def end_trip(number: TripNumber, by: By) -> None:
    """End a trip; where the person is becomes where they live, unless a crisis holds it."""
    ground.run(_end(number, by))


async def _end(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        await trip_desk.end(
            session,
            staff,
            number,
            runtime.clock(),
        )
    typer.echo(f"ended: {number}")
