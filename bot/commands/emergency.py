"""`tammen emergency`: the numbers that people in a country call first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import ground, spreadsheet_files
from bot.commands.spreadsheet_files import CsvFile, XlsxFile
from bot.consular.changes import changes
from bot.consular.changes.kinds import EmergencyNumbers
from bot.consular.reference import directory, emergency, places
from bot.models import EmergencyNumber

app = typer.Typer(
    no_args_is_help=True,
    help="The numbers of police, ambulance and fire: list them, propose others.",
)

Number = Annotated[str | None, typer.Option(help="Where it is left out, it stays as it is.")]


@app.command("list")
def list_(
    csv_file: CsvFile = None,
    xlsx_file: XlsxFile = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="As JSON.",
        ),
    ] = False,
) -> None:
    """List the numbers of every country, with the source and the day of each."""
    ground.run(_list(csv_file, xlsx_file, as_json))


async def _list(csv_file: Path | None, xlsx_file: Path | None, as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        table = await emergency.table(session)
        rows = _rows(table)
        shown = {country: emergency.contents(numbers) for country, numbers in table.items()}
    titles = directory.emergency_titles(spreadsheet_files.LANGUAGE)
    if await spreadsheet_files.write(csv_file, xlsx_file, titles, rows):
        ground.out.print(f"countries: {len(rows)}")
        return
    if as_json:
        ground.show_json(shown)
        return
    _print(shown)


def _rows(table: Mapping[str, EmergencyNumber]) -> list[list[str]]:
    """Return the cells of every country that the table has."""
    named: list[tuple[str, str]] = []
    for code in table:
        name = places.country_name(code, spreadsheet_files.LANGUAGE)
        named.append((code, name))
    return directory.emergency_rows(table, named)


def _print(shown: Mapping[str, dict[str, str]]) -> None:
    for country, columns in shown.items():
        numbers = [f"{service} {columns[service]}" for service in emergency.SERVICES]
        known = [words for words in numbers if not words.endswith(" ")]
        line = f"{country}: {', '.join(known) or 'unknown'} ({columns['as_of']})"
        ground.out.print(
            line,
            markup=False,
            highlight=False,
        )


@app.command("set")
def set_(
    country: Annotated[
        str,
        typer.Argument(
            metavar="COUNTRY",
            help="A code: SK.",
        ),
    ],
    source: Annotated[str, typer.Option(help="Who says so.")],
    as_of: Annotated[
        str,
        typer.Option(
            metavar="DAY",
            help="When they said so, as 2026-11-30.",
        ),
    ],
    by: Annotated[
        str,
        typer.Option(
            metavar="E-MAIL",
            help="The account that acts.",
        ),
    ],
    general: Number = None,
    ambulance: Number = None,
    police: Number = None,
    fire: Number = None,
) -> None:
    """Propose the numbers of a country; an empty one is not known."""
    typed = {"general": general, "ambulance": ambulance, "police": police, "fire": fire}
    ground.run(
        _set(
            country.upper(),
            typed,
            source,
            as_of,
            by,
        )
    )


async def _set(
    country: str,
    typed: dict[str, str | None],
    source: str,
    as_of: str,
    by: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        numbers = (await emergency.table(session)).get(country)
        columns = emergency.contents(numbers)
        for service, number in typed.items():
            if number is not None:
                columns[service] = number
        columns |= {"source": source, "as_of": as_of}
        change = EmergencyNumbers(
            country,
            columns,
        )
        proposed = await changes.propose(
            session,
            staff,
            change,
            runtime.clock(),
        )
    ground.out.print(f"change: {proposed.id}")
    ground.out.print("state: waiting for a second person (tammen changes approve)")
