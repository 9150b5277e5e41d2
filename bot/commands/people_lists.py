"""`tammen people list` and `search`: the vulnerable first, whoever may be gone apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import ground, spreadsheet_files
from bot.commands.ground import CommandError
from bot.commands.spreadsheet_files import CsvFile, Rows, XlsxFile
from bot.consular.people import listing, listing_cells, search
from bot.consular.people.listing import Entry, Filter, Part
from bot.consular.reference import places
from bot.runtime import characters
from bot.runtime.runtime import Runtime

SLICE_PEOPLE = 500

By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Country = Annotated[str, typer.Option(metavar="CC", help="Of this country alone.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def list_people(
    by: By,
    country: Country = "",
    need: Annotated[str, typer.Option(help=f"One of {', '.join(listing.CHOICES)}.")] = "",
    csv_file: CsvFile = None,
    xlsx_file: XlsxFile = None,
    as_json: AsJson = False,
) -> None:
    """List people, the vulnerable first; whose place is doubtful stands apart. It is noted."""
    if need not in ("", *listing.CHOICES):
        choices = ", ".join(listing.CHOICES)
        raise CommandError(f"--need is one of {choices}")
    filters = Filter(_country(country), need)
    ground.run(
        _list(
            by,
            filters,
            csv_file,
            xlsx_file,
            as_json,
        )
    )


def search_people(
    query: Annotated[
        str,
        typer.Argument(help="Part of a name, or digits of a number; - reads standard input."),
    ],
    by: By,
    country: Country = "",
    as_json: AsJson = False,
) -> None:
    """Find people by name or number, the vulnerable first. The look is noted, not the words."""
    words = typer.get_text_stream("stdin").read() if query == "-" else query
    ground.run(_search(by, words, _country(country), as_json))


def _country(written: str) -> str:
    """Return the code of a country. Raises CommandError."""
    code = written.upper()
    if code and code not in places.COUNTRIES:
        raise CommandError(f"{written!r} is no country: write its two letters, as TR")
    return code


async def _list(
    by: str,
    filters: Filter,
    csv_file: Path | None,
    xlsx_file: Path | None,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        ids = await listing.everybody(
            session,
            staff,
            filters,
            now,
        )
        act = "people.downloaded" if csv_file or xlsx_file else "people.listed"
        await listing.note_look(
            session,
            staff,
            act,
            filters,
            ids,
            now,
        )
    async with ground.reading() as (runtime, _session):
        if csv_file is None and xlsx_file is None:
            listed = [entry async for entry in _entries(runtime, ids)]
            _show(listed, as_json)
            return
        await _write(runtime, ids, csv_file, xlsx_file)
    ground.out.print(f"people: {len(ids)}")


async def _write(
    runtime: Runtime,
    ids: Sequence[int],
    csv_file: Path | None,
    xlsx_file: Path | None,
) -> None:
    """Write the list into the files that were asked for."""
    titles = listing_cells.titles(spreadsheet_files.LANGUAGE)
    if csv_file is not None:
        portions = _portions(runtime, ids)
        await spreadsheet_files.write_csv(
            csv_file,
            titles,
            portions,
        )
    if xlsx_file is not None:
        portions = _portions(runtime, ids)
        await spreadsheet_files.write_xlsx(
            xlsx_file,
            titles,
            portions,
        )


async def _search(by: str, query: str, country: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        people = await search.search(
            session,
            staff,
            query,
            now,
            country,
        )
        ids = [person.id for person in people]
        found = await listing.entries(session, ids, now)
    _show(found, as_json)


async def _entries(runtime: Runtime, ids: Sequence[int]) -> AsyncIterator[Entry]:
    for start in range(0, len(ids), SLICE_PEOPLE):
        portion = ids[start : start + SLICE_PEOPLE]
        async with runtime.db.read() as session:
            listed = await listing.entries(session, portion, runtime.clock())
        for entry in listed:
            yield entry


async def _portions(runtime: Runtime, ids: Sequence[int]) -> AsyncIterator[Rows]:
    async for entry in _entries(runtime, ids):
        yield [listing_cells.cells(entry, spreadsheet_files.LANGUAGE)]


def _show(listed: Sequence[Entry], as_json: bool) -> None:
    """Print the two parts of a list, each with its count."""
    parts = listing.parted(listed)
    if as_json:
        document: dict[str, list[dict[str, Any]]] = {}
        for part in Part:
            document[part.value] = [_shown(entry) for entry in parts[part]]
        ground.show_json(document)
        return
    for part in Part:
        typer.echo(f"{part}: {len(parts[part])}")
        for entry in parts[part]:
            shown = _shown(entry)
            shown["needs"] = ",".join(entry.needs)
            columns = [str(column or "-") for column in shown.values()]
            typer.echo(characters.spelled_out("\t".join(columns)))


def _shown(entry: Entry) -> dict[str, Any]:
    """Show a person in a list, by the name of each column."""
    person = entry.person
    return {
        "person": person.id,
        "name": person.name,
        "phone": entry.phone or None,
        "country": person.country,
        "city": person.city,
        "confirmed_at": person.placed_at.isoformat() if person.placed_at else None,
        "household": person.party_size,
        "vulnerable": entry.is_vulnerable,
        "needs": list(entry.needs),
        "exercise": person.synthetic,
        "do_not_call": person.no_calls_at is not None,
    }
