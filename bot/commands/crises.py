"""`tammen crises`: the console's functions, for the night the console is away."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.consular.crises import board as crises_board
from bot.consular.crises import crises
from bot.models import Crisis

app = typer.Typer(
    no_args_is_help=True, help="Open and close crises; see who is safe and who has not answered."
)

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


@app.command("open")
def open_(
    name_en: Annotated[str, typer.Option(help="Its name in English.")],
    name_ar: Annotated[str, typer.Option(help="Its name in Arabic.")],
    country: Annotated[
        list[str], typer.Option(metavar="CC", help="A country it covers, as often as needed.")
    ],
    by: By,
    drill: Annotated[
        bool, typer.Option("--drill", help="An exercise: every message says so.")
    ] = False,
) -> None:
    """Opens a crisis, asks everyone there whether they are safe, and prints its id."""
    ground.run(_open(name_en, name_ar, [code.upper() for code in country], drill, by))


async def _open(name_en: str, name_ar: str, countries: list[str], drill: bool, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        has_link = runtime.settings.public_url is not None
        crisis = await crises.open_crisis(
            session, staff, name_en, name_ar, countries, drill, runtime.clock(), has_link=has_link
        )
        number = crisis.id
    ground.out.print(f"id: {number}")


@app.command()
def close(number: Id, by: By) -> None:
    """Closes a crisis: whoever was not asked yet, is not asked any more."""
    ground.run(_close(number, by))


async def _close(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        await crises.close(session, staff, await crises.get(session, number), runtime.clock())
    ground.out.print(f"id: {number}", "state: closed", sep="\n")


@app.command()
def board(
    number: Id, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Shows how many are safe, need help, want evacuation, have not answered, cannot be reached."""
    ground.run(_board(number, as_json))


async def _board(number: int, as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        crisis = await crises.get(session, number)
        shown = _row(
            crisis, await crises_board.board(session, crisis, crisis.closed_at or runtime.clock())
        )
    if as_json:
        ground.show_json(shown)
        return
    for name in ("id", "state", "name_ar", "name_en", "people", "stale"):
        ground.out.print(f"{name}: {shown[name]}", markup=False)
    for name, people in shown["counts"].items():
        ground.out.print(f"  {name}: {people}")


def _row(crisis: Crisis, counted: crises_board.Board) -> dict[str, Any]:
    return {
        "id": crisis.id,
        "state": crisis.state.value,
        "people": counted.people,
        "counts": counted.counts,
        "stale": counted.stale,
        "by_country": counted.by_country,
        "drill": crisis.drill,
        "name_en": crisis.name_en,
        "name_ar": crisis.name_ar,
        "opened_at": crisis.opened_at.isoformat(),
        "closed_at": crisis.closed_at.isoformat() if crisis.closed_at else None,
    }
