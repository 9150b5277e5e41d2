"""`tammen advisories`: the console's functions, for the night the console is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import drafting, figures, ground
from bot.commands.drafting import By, Id
from bot.commands.ground import CommandError
from bot.consular.advisories import corrections, lifecycle, wording
from bot.consular.audiences import reach
from bot.models import Advisory, Staff
from bot.signals import paces

app = typer.Typer(
    no_args_is_help=True,
    help="Write, submit, approve and cancel advisories; see what became of them.",
)

Reason = Annotated[str, typer.Option(help="Why, in a sentence.")]
Act = Callable[[AsyncSession, Staff, Advisory, datetime], Awaitable[Any]]


app.command()(drafting.draft)
app.command()(drafting.edit)


@app.command("list")
def list_() -> None:
    """Lists the newest fifty: number, state, headline."""
    ground.run(_list())


async def _list() -> None:
    async with ground.reading() as (_runtime, session):
        for one in await lifecycle.recent(session):
            typer.echo(f"{one.id}\t{one.state.value}\t{one.headline_ar or one.headline_en}")


@app.command()
def preview(
    number: Id, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Tells what it would reach and take if it went out now."""
    ground.run(_preview(number, as_json))


async def _preview(number: int, as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        advisory = await lifecycle.get(session, number)
        if not advisory.audience:
            raise CommandError("nobody is chosen yet: `advisories edit ID --audience FILE`")
        rates = await paces.rates(runtime)
        said = wording.contents(advisory)
        told = figures.estimate(
            await reach.estimate(
                session, advisory.audience, said, rates, runtime.clock(), advisory.drill
            )
        )
    if as_json:
        ground.show_json(told)
        return
    for name, value in told.items():
        ground.out.print(f"{name}: {value}", markup=False)


@app.command()
def submit(number: Id, by: By) -> None:
    """Hands a draft to somebody else for approval."""
    ground.run(_act(number, by, lifecycle.submit))


@app.command()
def approve(number: Id, by: By) -> None:
    """Approves it, by somebody other than the submitter; sending begins at once."""
    ground.run(_act(number, by, lifecycle.approve))


@app.command("return")
def return_(number: Id, by: By, reason: Reason) -> None:
    """Sends a submitted one back to its author, with a reason."""
    ground.run(_act(number, by, lambda s, who, it, now: lifecycle.return_(s, who, it, reason, now)))


@app.command()
def override(number: Id, by: By, reason: Reason) -> None:
    """Sends a submitted one without a second person, in an emergency; every approver is told."""
    ground.run(
        _act(number, by, lambda s, who, it, now: lifecycle.override(s, who, it, reason, now))
    )


@app.command()
def correct(
    number: Id,
    by: By,
    en: Annotated[
        Path | None, typer.Option(help="The right words in English, as for a draft.")
    ] = None,
    ar: Annotated[Path | None, typer.Option(help="The right words in Arabic.")] = None,
) -> None:
    """Stops it and begins a correction for those who got it, with its words or the right ones; prints its id."""
    if (en is None) != (ar is None):
        raise CommandError("give the right words in both languages, or in none")
    ground.run(_correct(number, by, drafting.both(en, ar) if en and ar else {}))


async def _correct(number: int, by: str, words: dict[str, Any]) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        right = await corrections.begin(
            session, staff, await lifecycle.get(session, number), runtime.clock()
        )
        if words:
            changes: dict[str, Any] = words | {
                "sms_en": "",
                "sms_ar": "",
            }  # these shortened the wrong words
            said = replace(wording.Draft.of(right), **changes)
            await lifecycle.edit(session, staff, right, said, runtime.clock())
        made = right.id
    ground.out.print(f"id: {made}")


@app.command()
def cancel(
    number: Id,
    by: By,
    tell: Annotated[bool, typer.Option("--tell", help="Tells those who got it.")] = False,
) -> None:
    """Withdraws it; what is queued is not sent."""
    ground.run(
        _act(number, by, lambda s, who, it, now: corrections.withdraw(s, who, it, now, tell=tell))
    )


async def _act(number: int, by: str, act: Act) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        advisory = await lifecycle.get(session, number)
        await act(session, staff, advisory, runtime.clock())
        state = advisory.state.value
    ground.out.print(f"id: {number}", f"state: {state}", sep="\n")


@app.command()
def show(
    number: Id, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Shows an advisory and how many people it reached."""
    ground.run(_show(number, as_json))


async def _show(number: int, as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        shown = await figures.row(session, await lifecycle.get(session, number))
    if as_json:
        ground.show_json(shown)
        return
    for name in (
        "id",
        "state",
        "headline_ar",
        "headline_en",
        "recipients",
        "delivered_share",
        "seconds_to_95",
    ):
        ground.out.print(f"{name}: {shown[name]}", markup=False)
    for state, people in shown["counts"].items():
        ground.out.print(f"  {state}: {people}")
