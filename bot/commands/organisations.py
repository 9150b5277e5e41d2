"""`tammen organisations`: the directory of Libyan organisations abroad, and changes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.changes import changes, of_organisations
from bot.consular.changes.kinds import OrganisationRemoval
from bot.consular.reference import (
    organisation_entries,
    organisation_kinds,
    organisation_list,
    organisation_rows,
    organisations,
    places,
)
from bot.consular.reference.organisation_entries import Entry
from bot.consular.reference.organisation_list import Filter
from bot.models import Organisation, Staff

app = typer.Typer(
    no_args_is_help=True,
    help="Libyan schools, associations and clubs abroad: the directory, and changes of it.",
)

Number = Annotated[int, typer.Argument(metavar="ID")]
Name = Annotated[str, typer.Option()]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Words = Annotated[str | None, typer.Option(help="Where it is left out, it stays as it is.")]
Day = Annotated[str | None, typer.Option(metavar="DAY", help="As 2026-11-30; else today.")]


@app.command("list")
def list_(
    by: By,
    country: Annotated[str, typer.Option(help="Those of a country (GB) only.")] = "",
    kind: Annotated[str, typer.Option(help="Those of a kind (school) only.")] = "",
    query: Annotated[str, typer.Option("--q", help="Words of a name or a city.")] = "",
    doubtful: Annotated[
        bool, typer.Option("--doubtful", help="Those that nobody checked for a year.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the organisations of the countries that the account looks after."""
    ground.run(_list(by, country.upper(), kind, query, doubtful, as_json))


async def _list(
    by: str,
    country: str,
    kind: str,
    query: str,
    doubtful: bool,
    as_json: bool,
) -> None:
    if country and country not in places.COUNTRIES:
        raise CommandError(f"not a country code: {country[:20]}")
    kind_read = organisation_kinds.read(kind) if kind else None
    choice = Filter(country, kind_read, query, doubtful)
    async with ground.reading() as (runtime, session):
        staff = await ground.account(session, by)
        today = runtime.clock().date()
        listed = await organisation_list.visible(session, staff, choice, today)
    shown = [_shown(organisation, today) for organisation in listed]
    if as_json:
        ground.show_json(shown)
        return
    ground.out.print(_table(shown))


def _table(shown: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("id", "country", "city", "kind", Column("name", no_wrap=True))
    table.add_column("checked", no_wrap=True)
    table.add_column("doubtful")
    for organisation in shown:
        table.add_row(
            str(organisation["id"]),
            organisation["country"],
            organisation["city"],
            organisation["kind"],
            organisation["names"]["en"],
            organisation["checked_on"],
            "yes" if organisation["doubtful"] else "no",
        )
    return table


def _shown(organisation: Organisation, today: date) -> dict[str, Any]:
    """Return what a list says of an organisation; it names nobody."""
    entry = organisation_entries.of(organisation)
    columns = {field: getattr(entry, field) for field in Entry.__slots__}
    del columns["contact_name"]
    return {
        "id": organisation.id,
        **columns,
        "doubtful": organisations.is_doubtful(organisation, today),
    }


@app.command()
def show(number: Number, by: By) -> None:
    """Show an organisation as JSON, with the person responsible, and the change that waits."""
    ground.run(_show(number, by))


async def _show(number: int, by: str) -> None:
    async with ground.reading() as (runtime, session):
        staff = await ground.account(session, by)
        organisation = await organisations.own(session, staff, number)
        waiting = await of_organisations.waiting(session, number)
        shown = _shown(organisation, runtime.clock().date())
        shown["contact_name"] = organisation.contact_name or ""
        shown["waiting_change"] = waiting.id if waiting else None
    ground.show_json(shown)


@app.command()
def add(
    country: Annotated[str, typer.Argument(metavar="CC")],
    kind: Annotated[str, typer.Option(help="school, association, student_union, club …")],
    name_ar: Name,
    name_en: Name,
    source: Annotated[str, typer.Option(help="Who says so.")],
    by: By,
    city: Words = None,
    phone: Words = None,
    email: Words = None,
    website: Words = None,
    description_ar: Words = None,
    description_en: Words = None,
    contact: Annotated[str | None, typer.Option(help="Whom people may be told of.")] = None,
    contact_agreed: Annotated[
        str | None, typer.Option(metavar="DAY", help="When that person agreed.")
    ] = None,
    checked: Day = None,
    as_json: AsJson = False,
) -> None:
    """Propose an organisation: people are told of it once a second person has approved it."""
    typed: dict[str, Any] = {
        "city": city,
        "kind": kind,
        "names": _known(ar=name_ar, en=name_en),
        "descriptions": _known(ar=description_ar, en=description_en),
        "phone": phone,
        "email": email,
        "website": website,
        "contact_name": contact,
        "contact_agreed_on": contact_agreed,
        "source": source,
        "checked_on": checked,
    }
    ground.run(_propose(None, country, typed, by, as_json))


def _filled(entry: Entry, typed: Mapping[str, Any]) -> Entry:
    """Fill an entry with what options gave; None is one left out, which stays as it is."""
    fields: dict[str, Any] = {}
    for field, given in typed.items():
        if isinstance(given, dict):
            fields[field] = {**getattr(entry, field), **given}
        elif given is not None:
            fields[field] = given
    return replace(entry, **fields)


def _known(**words: str | None) -> dict[str, str]:
    return {language: text for language, text in words.items() if text is not None}


@app.command()
def change(
    number: Number,
    by: By,
    kind: Words = None,
    name_ar: Words = None,
    name_en: Words = None,
    source: Words = None,
    city: Words = None,
    phone: Words = None,
    email: Words = None,
    website: Words = None,
    description_ar: Words = None,
    description_en: Words = None,
    contact: Words = None,
    contact_agreed: Words = None,
    checked: Words = None,
    as_json: AsJson = False,
) -> None:
    """Propose other words for an organisation; an option with "" empties a field."""
    typed: dict[str, Any] = {
        "city": city,
        "kind": kind,
        "names": _known(ar=name_ar, en=name_en),
        "descriptions": _known(ar=description_ar, en=description_en),
        "phone": phone,
        "email": email,
        "website": website,
        "contact_name": contact,
        "contact_agreed_on": contact_agreed,
        "source": source,
        "checked_on": checked,
    }
    ground.run(_propose(number, "", typed, by, as_json))


async def _propose(
    number: int | None,
    country: str,
    typed: Mapping[str, Any],
    by: str,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        entry = organisation_entries.empty(country, now.date())
        if number is not None:
            organisation = await organisations.own(session, staff, number)
            entry = organisation_entries.of(organisation)
        filled = _filled(entry, typed)
        entering = of_organisations.entering(filled, number, now.date())
        proposed = await changes.propose(session, staff, entering, now)
        change_id = proposed.id
    _show_proposed(change_id, as_json)


def _show_proposed(change_id: int, as_json: bool) -> None:
    if as_json:
        ground.show_json({"change": change_id, "state": "waiting"})
        return
    ground.out.print(f"change: {change_id}")
    ground.out.print("state: waiting for a second person (tammen changes approve)")


@app.command()
def check(
    number: Number,
    by: By,
    source: Annotated[str, typer.Option(help="Who says so; else the one before stays.")] = "",
    date_: Annotated[
        str, typer.Option("--date", metavar="DAY", help="As 2026-11-30; else today.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write down that all of it is still right. Nobody else has to agree."""
    ground.run(_check(number, by, source, date_, as_json))


async def _check(
    number: int,
    by: str,
    source: str,
    day: str,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        checked_on = day or now.date().isoformat()
        organisation = await organisations.confirm(session, staff, number, source, checked_on, now)
        shown = {"id": organisation.id, "checked_on": organisation.checked_on.isoformat()}
    if as_json:
        ground.show_json(shown)
        return
    ground.out.print(f"id: {shown['id']}")
    ground.out.print(f"checked: {shown['checked_on']}")


@app.command()
def remove(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Propose that an organisation leaves the directory; until approved it can be withdrawn."""
    ground.run(_remove(number, reason, by, as_json))


async def _remove(
    number: int,
    reason: str,
    by: str,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        removal = OrganisationRemoval(number, reason)
        proposed = await changes.propose(session, staff, removal, runtime.clock())
        change_id = proposed.id
    _show_proposed(change_id, as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Propose each organisation of a CSV file. One wrong row, and nothing of it is taken."""
    ground.run(_import(file, by, as_json))


async def _import(file: Path, by: str, as_json: bool) -> None:
    table = ground.read_text(file)
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        entries = organisation_rows.read(table, now.date())
        proposed = await _propose_unknown(session, staff, entries, now)
    known = len(entries) - len(proposed)
    if as_json:
        ground.show_json({"new": len(proposed), "known": known, "changes": proposed})
        return
    ground.out.print(f"new: {len(proposed)}")
    ground.out.print(f"known: {known}")
    ground.out.print("Each waits for a second person (tammen changes list).")


async def _propose_unknown(
    session: AsyncSession,
    staff: Staff,
    entries: list[Entry],
    now: datetime,
) -> list[int]:
    """Propose the entries that neither the directory has nor a change that waits."""
    proposed: list[int] = []
    for entry in await organisation_rows.unknown(session, entries):
        if await of_organisations.is_proposed(session, entry):
            continue
        entering = of_organisations.entering(entry, None, now.date())
        new_change = await changes.propose(session, staff, entering, now)
        proposed.append(new_change.id)
    return proposed
