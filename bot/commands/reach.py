"""`tammen reach`: what each country lets through, and how somebody there can answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.changes import changes
from bot.consular.changes.kinds import ReachChange
from bot.consular.reference import country_reach, places, posts, reach_words
from bot.consular.reference.country_reach import Cells
from bot.models import ReachCell, ReachProperty
from bot.text.text import LANGUAGES

ENGLISH = "en"

app = typer.Typer(
    no_args_is_help=True,
    help="What each country lets through: how somebody there can answer us.",
)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Country = Annotated[str, typer.Argument(metavar="CC")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the countries of the table, and those with a post, with how people can answer."""
    ground.run(_list(as_json))


async def _list(as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        table = await country_reach.table(session)
        codes = set(table)
        for post in await posts.everything(session):
            codes.add(post.country)
        has_link = runtime.settings.public_url is not None
    countries = [_summary(code, table.get(code, {}), has_link) for code in sorted(codes)]
    if as_json:
        ground.show_json(countries)
        return
    for country in countries:
        ways = " ".join(country["ways_to_answer"][ENGLISH])
        ground.out.print(f"{country['country']}\t{ways}", markup=False, soft_wrap=True)


@app.command()
def show(country: Country, as_json: AsJson = False) -> None:
    """Show what one country lets through, each with its source and its day."""
    ground.run(_show(_code(country), as_json))


def _code(country: str) -> str:
    code = country.upper()
    if code not in places.COUNTRIES:
        raise CommandError(f"not a country code: {country[:20]}")
    return code


async def _show(code: str, as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        cells = await _cells(session, code)
        has_link = runtime.settings.public_url is not None
    report = _summary(code, cells, has_link)
    report["cells"] = {name.value: _cell(cell) for name, cell in cells.items()}
    if as_json:
        ground.show_json(report)
        return
    for line in report["ways_to_answer"][ENGLISH]:
        ground.out.print(line, markup=False)
    for name in ReachProperty:
        ground.out.print(_line(name, cells), markup=False, soft_wrap=True)


async def _cells(session: AsyncSession, code: str) -> Mapping[ReachProperty, ReachCell]:
    table = await country_reach.table(session)
    return table.get(code, {})


def _line(name: ReachProperty, cells: Cells) -> str:
    if name not in cells:
        return f"  {name.value}: not known"
    cell = cells[name]
    return f"  {name.value}: {cell.value} ({cell.source}, {cell.as_of})"


def _summary(code: str, cells: Cells, has_link: bool) -> dict[str, Any]:
    ways = {
        language: reach_words.ways_to_answer(cells, has_link, language) for language in LANGUAGES
    }
    return {
        "country": code,
        "sms": country_reach.way_of(cells).value,
        "known": country_reach.is_known(cells),
        "ways_to_answer": ways,
    }


def _cell(cell: ReachCell) -> dict[str, str]:
    return {
        "value": cell.value,
        "source": cell.source,
        "as_of": cell.as_of.isoformat(),
    }


@app.command("set")
def set_(
    country: Country,
    name: Annotated[str, typer.Argument(metavar="PROPERTY")],
    value: Annotated[str, typer.Argument(metavar="VALUE")],
    source: Annotated[str, typer.Option(help="Who says so.")],
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="As of which day.")],
    by: Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")],
    as_json: AsJson = False,
) -> None:
    """Propose one thing about a country: it holds once a second person approves the change."""
    change = ReachChange(
        country.upper(),
        name.lower(),
        value,
        source,
        date,
    )
    ground.run(_set(change, by, as_json))


async def _set(change: ReachChange, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        proposed = await changes.propose(session, staff, change, runtime.clock())
        number = proposed.id
        state = proposed.state.value
    if as_json:
        ground.show_json({"id": number, "state": state})
        return
    ground.out.print(f"id: {number}")
    ground.out.print(f"state: {state}")
