"""`tammen advisories`: the console's functions, for the night the console is away."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import figures, ground
from bot.commands.ground import CommandError
from bot.consular import advisories, corrections
from bot.consular import audience as audiences
from bot.models import Advisory, Staff

app = typer.Typer(no_args_is_help=True, help="Write, submit, approve and cancel advisories; see what became of them.")

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence.")]
Act = Callable[[AsyncSession, Staff, Advisory, datetime], Awaitable[Any]]


@app.command()
def draft(
    en: Annotated[Path, typer.Option(help="English: first line the headline, an empty line, the text.")],
    ar: Annotated[Path, typer.Option(help="Arabic, likewise.")],
    audience: Annotated[Path, typer.Option(help='Whom it is for, as JSON: {"countries": ["TR", "SD"]}')],
    by: By,
) -> None:
    """Writes a draft and prints its id."""
    ground.run(_draft(_words(en), _words(ar), _audience(audience), by))


async def _draft(en: tuple[str, str], ar: tuple[str, str], audience: Any, by: str) -> None:
    audiences.check(audience)
    said = advisories.Draft(headline_en=en[0], headline_ar=ar[0], text_en=en[1], text_ar=ar[1], audience=audience)
    async with ground.acting(by) as (runtime, session, staff):
        made = await advisories.draft(session, staff, said, runtime.clock())
        number = made.id
    ground.out.print(f"id: {number}")


def _words(path: Path) -> tuple[str, str]:
    """The headline and the text of a file. Raises CommandError."""
    headline, _, rest = ground.read_text(path).replace("\r\n", "\n").strip().partition("\n")
    if not headline.strip() or not rest.startswith("\n") or not rest.strip():
        raise CommandError(f"{path}: write the headline on the first line, then an empty line, then the text")
    return headline.strip(), rest.strip()


def _audience(path: Path) -> Any:
    try:
        return json.loads(ground.read_text(path))
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}: not JSON, line {error.lineno}: {error.msg}") from error


@app.command()
def submit(number: Id, by: By) -> None:
    """Hands a draft to somebody else for approval."""
    ground.run(_act(number, by, advisories.submit))


@app.command()
def approve(number: Id, by: By) -> None:
    """Approves it, by somebody other than the submitter; sending begins at once."""
    ground.run(_act(number, by, advisories.approve))


@app.command("return")
def return_(number: Id, by: By, reason: Reason) -> None:
    """Sends a submitted one back to its author, with a reason."""
    ground.run(_act(number, by, lambda s, who, it, now: advisories.return_(s, who, it, reason, now)))


@app.command()
def override(number: Id, by: By, reason: Reason) -> None:
    """Sends a submitted one without a second person, in an emergency; every approver is told."""
    ground.run(_act(number, by, lambda s, who, it, now: advisories.override(s, who, it, reason, now)))


@app.command()
def correct(number: Id, by: By) -> None:
    """Stops it and begins a correction with its words, for those who got it; prints the id of the correction."""
    ground.run(_correct(number, by))


async def _correct(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        right = await corrections.begin(session, staff, await advisories.get(session, number), runtime.clock())
        made = right.id
    ground.out.print(f"id: {made}")


@app.command()
def cancel(
    number: Id, by: By, tell: Annotated[bool, typer.Option("--tell", help="Tells those who got it.")] = False
) -> None:
    """Withdraws it; what is queued is not sent."""
    ground.run(_act(number, by, lambda s, who, it, now: corrections.withdraw(s, who, it, now, tell=tell)))


async def _act(number: int, by: str, act: Act) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        advisory = await advisories.get(session, number)
        await act(session, staff, advisory, runtime.clock())
        state = advisory.state.value
    ground.out.print(f"id: {number}", f"state: {state}", sep="\n")


@app.command()
def show(number: Id, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Shows an advisory and how many people it reached."""
    ground.run(_show(number, as_json))


async def _show(number: int, as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        shown = await figures.row(session, await advisories.get(session, number))
    if as_json:
        ground.show_json(shown)
        return
    for name in ("id", "state", "headline_ar", "headline_en", "recipients", "delivered_share", "seconds_to_95"):
        ground.out.print(f"{name}: {shown[name]}", markup=False)
    for state, people in shown["counts"].items():
        ground.out.print(f"  {state}: {people}")
