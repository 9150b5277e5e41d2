"""`tammen wardens`: who looks after which people, and which people nobody looks after."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.consular.crises import warden_tests
from bot.consular.errors import ConsularError, Quote
from bot.consular.people import search, warden_coverage, warden_words, wardens
from bot.consular.people.wardens import Area
from bot.consular.reference import places
from bot.models import Person, Warden, WardenState, WardenTest

app = typer.Typer(no_args_is_help=True, help="Who looks after whom in a crisis.")

Country = Annotated[str | None, typer.Option(metavar="CC", help="Of this country only.")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
WardenNumber = Annotated[int, typer.Argument(metavar="ID")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("list")
def list_wardens(
    by: By,
    country: Country = None,
    state: Annotated[WardenState | None, typer.Option(help="In this state only.")] = None,
    as_json: AsJson = False,
) -> None:
    """List wardens: number, person, state, what they look after, their last test."""
    ground.run(
        _list(
            by,
            _upper(country),
            state,
            as_json,
        )
    )


async def _list(
    by: str,
    country: str | None,
    state: WardenState | None,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        listed = await warden_coverage.listed(
            session,
            staff,
            country,
            state,
        )
        tests = await warden_tests.latest(session, [warden.id for warden, _ in listed])
    entries = [_entry(warden, tests.get(warden.id)) for warden, _ in listed]
    if as_json:
        ground.show_json(entries)
        return
    for entry in entries:
        area = entry["community"] or entry["city"] or entry["country"]
        ground.out.print(f"{entry['id']}: person {entry['person']}, {entry['state']}, {area}")
    ground.out.print(f"wardens: {len(entries)}")


def _entry(warden: Warden, test: WardenTest | None) -> dict[str, Any]:
    return {
        "id": warden.id,
        "person": warden.person_id,
        "state": warden.state.value,
        "country": warden.country,
        "city": warden.city,
        "community": warden.community,
        "agreement": warden.agreement,
        "tested_at": test.sent_at if test else None,
        "answered_at": test.answered_at if test else None,
    }


@app.command()
def coverage(
    by: By,
    country: Country = None,
    as_json: AsJson = False,
) -> None:
    """List the places with people, those with most people without a warden first."""
    ground.run(
        _coverage(
            by,
            _upper(country),
            as_json,
        )
    )


async def _coverage(
    by: str,
    country: str | None,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        covered = await warden_coverage.by_place(
            session,
            staff,
            country,
        )
    if as_json:
        ground.show_json([asdict(place) | {"without": place.without} for place in covered])
        return
    for place in covered:
        name = place.city or place.country
        ground.out.print(f"{name}: {place.people} people, {place.wardens} wardens")


def _upper(country: str | None) -> str | None:
    """Read the code of a country. Raises ConsularError."""
    if country is None:
        return None
    code = country.upper()
    if code not in places.COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(country))
    return code


@app.command()
def appoint(
    number: Annotated[int, typer.Argument(metavar="PERSON")],
    by: By,
    whole_country: Annotated[
        bool,
        typer.Option("--country", help="Of the country where they are, not of the city."),
    ] = False,
    community: Annotated[
        str | None,
        typer.Option(
            "--community",
            metavar="TAG",
            help="Of the people with this tag there.",
        ),
    ] = None,
) -> None:
    """Ask a person to be the warden of their city, their country, or a community there."""
    ground.run(
        _appoint(
            number,
            by,
            whole_country,
            community,
        )
    )


async def _appoint(
    number: int,
    by: str,
    whole_country: bool,
    community: str | None,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        person = await search.mine(
            session,
            staff,
            number,
        )
        area = _area(
            person,
            whole_country,
            community,
        )
        warden = await wardens.appoint(
            session,
            staff,
            number,
            area,
            now,
        )
        if not await warden_words.invite(
            session,
            warden,
            now,
        ):
            raise ConsularError("No message reaches this person: nobody was asked.")
    ground.out.print(f"id: {warden.id}")


def _area(
    person: Person,
    whole_country: bool,
    community: str | None,
) -> Area:
    if person.country is None:
        raise ConsularError("We do not know where this person is.")
    if community is not None:
        return Area(person.country, community=community)
    if whole_country or person.city is None:
        return Area(person.country)
    return Area(person.country, person.city)


@app.command()
def end(number: WardenNumber, by: By) -> None:
    """End that somebody is a warden; they are told."""
    ground.run(_end(number, by))


async def _end(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        warden = await wardens.end(
            session,
            staff,
            number,
            runtime.clock(),
        )
        await warden_words.farewell(
            session,
            warden,
            runtime.clock(),
        )
    ground.out.print(f"ended: {number}")


@app.command()
def test(number: WardenNumber, by: By) -> None:
    """Ask a warden now whether they are there."""
    ground.run(_test(number, by))


async def _test(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        warden = await wardens.active(
            session,
            staff,
            number,
        )
        if not await warden_tests.ask(
            session,
            warden,
            runtime.clock(),
        ):
            raise ConsularError("No message reaches this person: nobody was asked.")
    ground.out.print(f"asked: {number}")
