"""`tammen drill`: exercises with invented people, unattended or with trainees."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import typer

from bot.commands import ground, readers
from bot.commands.ground import CommandError
from bot.consular.crises import crises
from bot.consular.drills import drills, scenarios, wiping
from bot.consular.drills.scenarios import Inject, Scenario, ScenarioError
from bot.conversation.understanding import understand
from bot.embedded.progress import step
from bot.messages import Language
from bot.practice import rehearsal, sheets, tables
from bot.practice.figures import Figures, Goal
from bot.runtime.clock import SYSTEM_CLOCK

app = typer.Typer(
    no_args_is_help=True,
    help="Exercises: invented people answer by a scenario.",
)

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A scenario (YAML), or one that comes with Tammen: khartoum, istanbul, kyiv.",
    ),
]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
People = Annotated[
    int | None,
    typer.Option(min=1, max=scenarios.MAX_PEOPLE, help="How many; else as many as the file says."),
]
Seed = Annotated[int, typer.Option(help="The same number plays the same.")]
Lang = Annotated[Language, typer.Option(help="The language of the words for the trainer.")]


@app.command("check")
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Scenarios.")],
) -> None:
    """Check scenarios; name the file and the line of each mistake."""
    for file in files:
        scenario = _load(file)
        typer.echo(f"{file}: {scenario.people.number} people, {len(scenario.injects)} injects")


def _load(file: str) -> Scenario:
    """Load a scenario. Raises CommandError with every mistake."""
    try:
        return scenarios.load(scenarios.find(file))
    except ScenarioError as error:
        raise CommandError(str(error)) from error


@app.command("sheet")
def sheet(file: File, lang: Lang = "ar") -> None:
    """Print the trainer's sheet of a scenario as Markdown: when what happens, and what to watch."""
    typer.echo(sheets.written(_load(file), lang), nl=False)


# --- unattended -----------------------------------------------------------------------------------


@app.command("run")
def run(
    file: File,
    people: People = None,
    seed: Seed = 1,
    here: Annotated[
        bool,
        typer.Option("--here", help="On the present database instead of a throw-away one."),
    ] = False,
    no_rasa: Annotated[bool, typer.Option("--no-rasa", help="The built-in reader alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Play a whole exercise at once, officers too, and print what was measured.

    Exit code 1 where a goal of the scenario does not hold.
    """
    scenario = _load(file)
    number = people or scenario.people.number
    has_rasa = not no_rasa and ground.load().nlu_url is not None
    measured = ground.run(_run(scenario, number, seed, here, has_rasa))
    goals = measured.goals(scenario.goals)
    if as_json:
        ground.show_json(tables.to_json(measured, goals))
    else:
        _show(measured, goals)
    _judge(goals)


def _judge(goals: Sequence[Goal]) -> None:
    """Name each goal that does not hold, and exit with 1. Raises typer.Exit."""
    missed = [goal.words for goal in goals if not goal.holds]
    for words in missed:
        ground.err.print(f"does not hold: {words}", markup=False)
    if missed:
        raise typer.Exit(1)


async def _run(
    scenario: Scenario,
    people: int,
    seed: int,
    here: bool,
    has_rasa: bool,
) -> Figures:
    loaded = ground.load()
    async with AsyncExitStack() as stack:
        understander = await stack.enter_async_context(readers.opened(loaded, has_rasa))
        database = ground.opened(loaded) if here else rehearsal.thrown_away()
        runtime = await stack.enter_async_context(database)
        say = stack.enter_context(step(f"{scenario.title.en}, {people} people"))
        return await rehearsal.run(
            runtime,
            scenario,
            people,
            seed,
            partial(understand, understander),
            say,
        )


def _show(measured: Figures, goals: Sequence[Goal]) -> None:
    """Print the figures as a table, and the goals."""
    for label, figure in tables.lines(measured):
        typer.echo(f"{label:<40} {figure}")
    for goal in goals:
        mark = "✓" if goal.holds else "✗"
        typer.echo(f"{mark} {goal.words}")


# --- with trainees --------------------------------------------------------------------------------


@app.command("start")
def start(
    file: File,
    by: By,
    people: People = None,
    seed: Seed = 1,
    lang: Lang = "ar",
    follow: Annotated[
        bool,
        typer.Option("--follow/--no-follow", help="Print what happens when it happens."),
    ] = True,
) -> None:
    """Start an exercise in the running installation, and print its injects at their minute.

    Invented people write in real time as long as a worker runs; this command may be left at any
    time. Real people are not asked.
    """
    scenario = _load(file)
    number = people or scenario.people.number
    crisis_id, opened_at = ground.run(_start(scenario, number, seed, by))
    ground.out.print(f"id: {crisis_id}")
    if follow:
        ground.run(_follow(scenario, crisis_id, opened_at, lang))


async def _start(
    scenario: Scenario,
    people: int,
    seed: int,
    by: str,
) -> tuple[int, datetime]:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await drills.start(
            session,
            staff,
            scenario,
            people,
            seed,
            runtime.clock(),
            has_link=runtime.settings.public_url is not None,
        )
        return crisis.id, crisis.opened_at


async def _follow(
    scenario: Scenario,
    crisis_id: int,
    opened_at: datetime,
    lang: Language,
) -> None:
    """Print each inject at its minute; end early when the exercise was stopped."""
    for inject in scenario.happened(scenario.minutes):
        wait = opened_at + timedelta(minutes=inject.minute) - SYSTEM_CLOCK()
        await asyncio.sleep(max(0.0, wait.total_seconds()))
        if not await _is_under_way(crisis_id):
            ground.out.print("stopped")
            return
        _print_inject(inject, lang)


async def _is_under_way(crisis_id: int) -> bool:
    async with ground.reading() as (_runtime, session):
        for exercise in await drills.exercises(session):
            if exercise.crisis.id == crisis_id:
                return exercise.is_under_way
    return False


def _print_inject(inject: Inject, lang: Language) -> None:
    lines = sheets.lines_of(inject, lang)
    ground.out.print("\n".join(lines), markup=False)


@app.command("list")
def list_drills(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the exercises that are not wiped, the latest first."""
    ground.run(_list(as_json))


async def _list(as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        listed = await drills.exercises(session)
    lines: list[dict[str, object]] = []
    for exercise in listed:
        lines.append(
            {
                "id": exercise.crisis.id,
                "name": exercise.crisis.names["en"],
                "opened_at": exercise.crisis.opened_at.isoformat(),
                "under_way": exercise.is_under_way,
                "people": exercise.people,
                "real_people": exercise.crisis.real_people,
            }
        )
    if as_json:
        ground.show_json(lines)
        return
    for line in lines:
        typer.echo("\t".join(str(column) for column in line.values()))


@app.command("stop")
def stop(
    by: By,
    number: Annotated[
        int | None,
        typer.Argument(metavar="ID", help="Which; not needed where one is under way."),
    ] = None,
) -> None:
    """Stop an exercise: nobody in it writes any more, and its crisis is closed."""
    ground.run(_stop(number, by))


async def _stop(number: int | None, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        if number is None:
            number = _only_one(await drills.exercises(session))
        crisis = await crises.get(session, number)
        await drills.stop(session, staff, crisis, runtime.clock())
    ground.out.print(f"stopped: {number}")


def _only_one(exercises: Sequence[drills.Exercise]) -> int:
    """Return the number of the exercise under way. Raises CommandError."""
    under_way = [exercise.crisis.id for exercise in exercises if exercise.is_under_way]
    if len(under_way) != 1:
        raise CommandError("say which exercise: `tammen drill list` shows their numbers")
    return under_way[0]


@app.command("wipe")
def wipe(
    by: By,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, even on a terminal.")] = False,
) -> None:
    """Remove every invented person, all they said, and the exercises. Real people are untouched."""
    if not yes and ground.out.is_terminal:
        typer.confirm("Remove all invented people and exercises for good?", abort=True)
    wiped = ground.run(_wipe(by))
    ground.out.print(f"people: {wiped.people}")
    ground.out.print(f"exercises: {wiped.drills}")
    if wiped.kept:
        ground.out.print(f"kept, because real people were asked: {wiped.kept}")


async def _wipe(by: str) -> wiping.Wiped:
    async with ground.acting(by) as (runtime, session, staff):
        return await wiping.wipe(session, staff, runtime.clock())
