"""`tammen crises`: the console's functions, for the night the console is away."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.crises import board as boards
from bot.consular.crises import crises
from bot.models import Crisis, Staff

app = typer.Typer(
    no_args_is_help=True,
    help="Open and close crises; see who is safe and who has not answered.",
)

CrisisNumber = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


@app.command("open")
def open_(
    name_en: Annotated[str, typer.Option(help="Its name in English.")],
    name_ar: Annotated[str, typer.Option(help="Its name in Arabic.")],
    country: Annotated[
        list[str],
        typer.Option(metavar="CC", help="A country it covers, as often as needed."),
    ],
    by: By,
    drill: Annotated[
        bool,
        typer.Option("--drill", help="An exercise for invented people: every message says so."),
    ] = False,
    real_people: Annotated[
        bool,
        typer.Option(
            "--real-people",
            help="With --drill: real people are asked too; it takes an approver and their code.",
        ),
    ] = False,
    code: ground.Code = "",
) -> None:
    """Open a crisis, ask everyone there whether they are safe, and print its id."""
    if real_people and not drill:
        raise CommandError("--real-people goes with --drill")
    names: dict[str, str] = {"en": name_en, "ar": name_ar}
    countries = [code.upper() for code in country]
    ground.run(
        _open(
            names,
            countries,
            drill,
            real_people,
            by,
            code,
        )
    )


async def _open(
    names: dict[str, str],
    countries: list[str],
    drill: bool,
    real_people: bool,
    by: str,
    code: str,
) -> None:
    if real_people:
        await ground.prove(by, code)
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.open_crisis(
            session,
            staff,
            names,
            countries,
            drill,
            runtime.clock(),
            has_link=runtime.settings.public_url is not None,
            real_people=real_people,
        )
        number = crisis.id
    ground.out.print(f"id: {number}")


@app.command()
def close(
    number: CrisisNumber,
    by: By,
) -> None:
    """Close a crisis: whoever was not asked yet is not asked any more."""
    ground.run(_close(number, by))


async def _close(
    number: int,
    by: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        await crises.close(
            session,
            staff,
            crisis,
            runtime.clock(),
        )
    ground.out.print(f"id: {number}")
    ground.out.print("state: closed")


@app.command()
def board(
    number: CrisisNumber,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show how many are safe, need help, want evacuation, have not answered, are unreachable."""
    ground.run(_board(number, as_json))


async def _board(
    number: int,
    as_json: bool,
) -> None:
    async with ground.reading() as (runtime, session):
        crisis = await crises.get(session, number)
        counted = await boards.board(session, crisis, runtime.clock())
        report = _report(crisis, counted)
        report["opened_by"] = await _email(session, crisis.opened_by)
        report["reviewed_by"] = await _email(session, crisis.reviewed_by)
        report["closed_by"] = await _email(session, crisis.closed_by)
    if as_json:
        ground.show_json(report)
        return
    names = [name for name in report if name.startswith("name_")]
    for name in ("id", "state", *names, "people", "stale"):
        ground.out.print(f"{name}: {report[name]}", markup=False)
    for standing, people in counted.counts.items():
        ground.out.print(f"  {standing}: {people}")


async def _email(
    session: AsyncSession,
    staff_id: int | None,
) -> str | None:
    if staff_id is None:
        return None
    return (await session.get_one(Staff, staff_id)).email


def _report(
    crisis: Crisis,
    counted: boards.Board,
) -> dict[str, Any]:
    names = {f"name_{language}": name for language, name in sorted(crisis.names.items())}
    closed_at = crisis.closed_at.isoformat() if crisis.closed_at else None
    return {
        "id": crisis.id,
        "state": crisis.state.value,
        "people": counted.people,
        "counts": counted.counts,
        "stale": counted.stale,
        "by_country": counted.by_country,
        "drill": crisis.drill,
        "real_people": crisis.real_people,
        **names,
        "opened_at": crisis.opened_at.isoformat(),
        "closed_at": closed_at,
    }
