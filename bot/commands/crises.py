"""`tammen crises`: the console's functions, for the night the console is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import crisis_course, ground, reports
from bot.commands.communities import figures
from bot.commands.ground import CommandError
from bot.consular.audiences import answering, reach
from bot.consular.audiences.answering import Sending
from bot.consular.crises import board as boards
from bot.consular.crises import crises, endings
from bot.consular.crises.areas import Fields
from bot.consular.people import communities
from bot.models import Broadcast, Crisis, Staff
from bot.runtime.runtime import Runtime

app = typer.Typer(
    no_args_is_help=True,
    help="Open and close crises; see who is safe and who has not answered.",
)

app.command("sitrep")(reports.sitrep)
app.command("sitrep-hours")(reports.sitrep_hours)
app.command("after-action")(reports.review)

CrisisNumber = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Countries = Annotated[
    list[str],
    typer.Option("--country", metavar="CC", help="A country it covers, as often as needed."),
]
IsDrill = Annotated[
    bool,
    typer.Option("--drill", help="An exercise for invented people: every message says so."),
]
AsksRealPeople = Annotated[
    bool,
    typer.Option(
        "--real-people",
        help="With --drill: real people are asked too; it takes an approver and their code.",
    ),
]
Phase = Annotated[int, typer.Option(help="1 precaution, 4 leave now.")]
Minutes = Annotated[
    int,
    typer.Option(
        min=0,
        max=1440,
        metavar="MINUTES",
        help="The silent are asked by another way after so long; 0: never.",
    ),
]

app.command()(crisis_course.grow)
app.command()(crisis_course.phase)
app.command()(crisis_course.last_way_out)
app.command()(crisis_course.note)
app.command()(crisis_course.timeline)
app.command()(crisis_course.calls)
app.command()(crisis_course.hand_call)


@dataclass(frozen=True, slots=True)
class _Opening:
    """A crisis as the options describe it."""

    names: dict[str, str]
    countries: list[str]
    fields: Fields
    area_file: Path | None
    phase: int
    ask_again_minutes: int | None
    drill: bool
    real_people: bool


@app.command("open")
def open_(
    name_en: Annotated[str, typer.Option(help="Its name in English.")],
    name_ar: Annotated[str, typer.Option(help="Its name in Arabic.")],
    country: Countries,
    by: By,
    drill: IsDrill = False,
    real_people: AsksRealPeople = False,
    cities: crisis_course.Cities = "",
    around: crisis_course.Around = "",
    km: crisis_course.Km = "",
    area: crisis_course.AreaFile = None,
    phase: Phase = crises.FIRST_PHASE,
    ask_again: Minutes = crises.ASK_AGAIN_MINUTES,
    code: ground.Code = "",
) -> None:
    """Open a crisis, ask everyone there whether they are safe, and print its id."""
    if real_people and not drill:
        raise CommandError("--real-people goes with --drill")
    countries = [code.upper() for code in country]
    fields = Fields(cities=cities, around=around, km=km)
    opening = _Opening(
        names={"en": name_en, "ar": name_ar},
        countries=countries,
        fields=fields,
        area_file=area,
        phase=phase,
        ask_again_minutes=ask_again or None,
        drill=drill,
        real_people=real_people,
    )
    ground.run(_open(opening, by, code))


async def _open(
    opening: _Opening,
    by: str,
    code: str,
) -> None:
    if opening.real_people:
        await ground.prove(by, code)
    area = crisis_course.read_area(opening.countries, opening.fields, opening.area_file)
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.open_crisis(
            session,
            staff,
            opening.names,
            opening.countries,
            opening.drill,
            runtime.clock(),
            has_link=runtime.settings.public_url is not None,
            real_people=opening.real_people,
            ask_again_minutes=opening.ask_again_minutes,
            area=area,
            phase=opening.phase,
        )
        number = crisis.id
        lines = await _how_they_answer(runtime, session, crisis)
    for line in lines:
        ground.out.print(line, markup=False, soft_wrap=True)
    ground.out.print(f"id: {number}")


async def _how_they_answer(
    runtime: Runtime,
    session: AsyncSession,
    crisis: Crisis,
) -> list[str]:
    """Say how those whom the roll call reaches by SMS can answer it, and who will be called."""
    broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
    estimate = await reach.estimate(
        session,
        broadcast.audience,
        broadcast.contents,
        rates={},
        now=runtime.clock(),
        drill=crisis.drill,
        real_people=crisis.real_people,
    )
    sending = Sending(asks=True, has_link=runtime.settings.public_url is not None)
    return answering.sentences(estimate.answering, sending, "en")


@app.command()
def close(
    number: CrisisNumber,
    by: By,
    outcome: Annotated[str, typer.Option(help="How it ended, for the timeline.")] = "",
    thank: Annotated[
        bool,
        typer.Option("--thank", help="Thank those who answered, and ask where they are now."),
    ] = False,
) -> None:
    """Close a crisis: whoever was not asked yet is not asked any more."""
    if thank and not outcome:
        raise CommandError("--thank goes with --outcome")
    ground.run(
        _close(
            number,
            by,
            outcome,
            thank,
        )
    )


async def _close(
    number: int,
    by: str,
    outcome: str,
    thank: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        now = runtime.clock()
        if outcome:
            await endings.close(
                session,
                staff,
                crisis,
                outcome,
                thank,
                now,
            )
        else:
            await crises.close(session, staff, crisis, now)
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
        report["communities"] = await _communities(session, crisis, runtime.clock())
        report |= await _officers(session, crisis)
    if as_json:
        ground.show_json(report)
        return
    names = [name for name in report if name.startswith("name_")]
    figures_of_people = ("people", "present", "stale", "expected", "vulnerable_unanswered")
    for name in ("id", "state", *names, *figures_of_people):
        ground.out.print(f"{name}: {report[name]}", markup=False)
    for standing, people in counted.counts.items():
        ground.out.print(f"  {standing}: {people}")


async def _officers(session: AsyncSession, crisis: Crisis) -> dict[str, str | None]:
    return {
        "opened_by": await _email(session, crisis.opened_by),
        "reviewed_by": await _email(session, crisis.reviewed_by),
        "closed_by": await _email(session, crisis.closed_by),
    }


async def _communities(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
) -> list[dict[str, Any]]:
    """Show who is registered where there is an estimate of how many live there."""
    countries = crises.countries_of(crisis)
    counted = await communities.estimated(session, countries, now)
    return [figures(community) for community in counted]


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
        "present": counted.present,
        "stale": counted.stale,
        "expected": counted.expected,
        "vulnerable_unanswered": counted.vulnerable_silent,
        "by_country": counted.by_country,
        "stale_by_country": counted.stale_by_country,
        "phase": crisis.phase,
        "area": crisis.area,
        "drill": crisis.drill,
        "real_people": crisis.real_people,
        **names,
        "opened_at": crisis.opened_at.isoformat(),
        "closed_at": closed_at,
    }
