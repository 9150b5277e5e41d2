"""`tammen people`: lists of people; records of one person, their merging, and its undoing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from bot.commands import ground, households, people_lists
from bot.consular.crises import merge_previews
from bot.consular.crises.merge_previews import Preview, Side
from bot.consular.people import duplicates, row_copies
from bot.consular.people.duplicates import Pair

app = typer.Typer(
    no_args_is_help=True,
    help="People: list, search; who is with them; records of one person, merge, and undo.",
)

COMMANDS: Mapping[str, Callable[..., None]] = {
    "household": households.show_household,
    "list": people_lists.list_people,
    "search": people_lists.search_people,
}
for name, command in COMMANDS.items():
    app.command(name)(command)

PersonNumber = Annotated[int, typer.Argument(metavar="ID")]
OtherNumber = Annotated[int, typer.Argument(metavar="OTHER")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NOT_SHOWN = ("position", "location", "timezone")


@app.command("duplicates")
def find(
    by: By,
    below: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Go on with records below this number."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List records that may be of one person, the latest first. The look is noted."""
    ground.run(_find(by, below, as_json))


async def _find(by: str, below: int | None, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        part = await duplicates.look(session, staff, below, runtime.clock())
        listed = [_line(pair) for pair in part.pairs]
    if as_json:
        ground.show_json({"pairs": listed, "below": part.below})
        return
    for line in listed:
        reasons = ",".join(line["reasons"])
        typer.echo(f"{line['earlier']}\t{line['later']}\t{reasons}")
    if part.below is not None:
        ground.err.print(f"more: --below {part.below}")


def _line(pair: Pair) -> dict[str, Any]:
    """Show a pair by its numbers: names stay on the screens."""
    return {
        "earlier": pair.earlier.id,
        "later": pair.later.id,
        "reasons": [reason.value for reason in pair.reasons],
    }


@app.command("merge")
def merge(
    number: PersonNumber,
    other: OtherNumber,
    by: By,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what the one record would say, and change nothing."),
    ] = False,
) -> None:
    """Let record OTHER become part of record ID; for 30 days it can be undone."""
    ground.run(_preview(number, other, by) if dry_run else _merge(number, other, by))


async def _preview(number: int, other: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        preview = await merge_previews.preview(session, staff, number, other, now)
        shown = _shown(preview)
    ground.show_json(shown)


def _shown(preview: Preview) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, content in preview.columns.items():
        if name not in NOT_SHOWN:
            record[name] = row_copies.as_json(content)
    return {
        "record": record,
        "goes_on": _side(preview.person),
        "becomes_part": _side(preview.duplicate),
        "two_crises": preview.is_in_two_crises,
        "answers_differ": preview.answers_differ,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "id": side.person.id,
        "crises": [crisis.id for crisis in side.crises],
        "open_cases": [case.id for case in side.open_cases],
        "last_answer": side.last_answer,
        **side.counts,
    }


async def _merge(number: int, other: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        merged = await duplicates.merge(session, staff, number, other, runtime.clock())
        merge_id = merged.id
    ground.out.print(f"id: {merge_id}")


@app.command("unmerge")
def unmerge(
    number: Annotated[int, typer.Argument(metavar="MERGE")],
    by: By,
) -> None:
    """Make two records of one again, by the number that the merge printed."""
    ground.run(_unmerge(number, by))


async def _unmerge(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        back = await duplicates.unmerge(session, staff, number, runtime.clock())
        back_id = back.id
    ground.out.print(f"back: {back_id}")


@app.command("set-apart")
def set_apart(number: PersonNumber, other: OtherNumber, by: By) -> None:
    """Remember that two records are two people: they are offered no more."""
    ground.run(_set_apart(number, other, by))


async def _set_apart(number: int, other: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        await duplicates.set_apart(session, staff, number, other, runtime.clock())
    ground.out.print(f"two people: {number} {other}")
