"""`tammen advisories`: the console's functions, for the night the console is away."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import figures, ground
from bot.commands.ground import CommandError
from bot.consular import advisories, corrections
from bot.consular import audience as audiences
from bot.models import Advisory, Category, Certainty, Severity, Staff, Urgency

app = typer.Typer(no_args_is_help=True, help="Write, submit, approve and cancel advisories; see what became of them.")

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence.")]
Act = Callable[[AsyncSession, Staff, Advisory, datetime], Awaitable[Any]]


File = Annotated[Path | None, typer.Option(metavar="FILE")]
Moment = Annotated[str | None, typer.Option(metavar="TIME", help="2026-11-25T18:30+02:00; without a zone, UTC.")]


@app.command()
def draft(
    en: Annotated[Path, typer.Option(help="English: first line the headline, an empty line, the text.")],
    ar: Annotated[Path, typer.Option(help="Arabic, likewise.")],
    audience: Annotated[Path, typer.Option(help='Whom it is for, as JSON: {"countries": ["TR", "SD"]}')],
    by: By,
    instruction_en: File = None,
    instruction_ar: File = None,
    sms_en: File = None,
    sms_ar: File = None,
    severity: Severity = Severity.UNKNOWN,
    urgency: Urgency = Urgency.UNKNOWN,
    certainty: Certainty = Certainty.UNKNOWN,
    category: Category = Category.SAFETY,
    valid_from: Moment = None,
    valid_until: Moment = None,
    routine: Annotated[bool, typer.Option("--routine", help="It can wait: nobody is woken for it.")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="Every message says that it is a drill.")] = False,
) -> None:
    """Writes a draft and prints its id."""
    more = {"instruction_en": instruction_en, "instruction_ar": instruction_ar, "sms_en": sms_en, "sms_ar": sms_ar}
    said = advisories.Draft(
        **_both(en, ar),
        **{name: ground.read_text(path).strip() for name, path in more.items() if path is not None},
        audience=_audience(audience),
        severity=severity,
        urgency=urgency,
        certainty=certainty,
        category=category,
        valid_from=_moment(valid_from),
        valid_until=_moment(valid_until),
        routine=routine,
        drill=drill,
    )
    ground.run(_draft(said, by))


async def _draft(said: advisories.Draft, by: str) -> None:
    audiences.check(said.audience)
    async with ground.acting(by) as (runtime, session, staff):
        made = await advisories.draft(session, staff, said, runtime.clock())
        number = made.id
    ground.out.print(f"id: {number}")


def _moment(written: str | None) -> datetime | None:
    """A time in UTC. Raises CommandError."""
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError(f"{written}: write a time as 2026-11-25T18:30+02:00") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _both(en: Path, ar: Path) -> dict[str, Any]:
    """The headlines and texts of two files. Raises CommandError."""
    (headline_en, text_en), (headline_ar, text_ar) = _words(en), _words(ar)
    return {"headline_en": headline_en, "text_en": text_en, "headline_ar": headline_ar, "text_ar": text_ar}


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
def correct(
    number: Id,
    by: By,
    en: Annotated[Path | None, typer.Option(help="The right words in English, as for a draft.")] = None,
    ar: Annotated[Path | None, typer.Option(help="The right words in Arabic.")] = None,
) -> None:
    """Stops it and begins a correction for those who got it, with its words or the right ones; prints its id."""
    if (en is None) != (ar is None):
        raise CommandError("give the right words in both languages, or in none")
    ground.run(_correct(number, by, _both(en, ar) if en and ar else {}))


async def _correct(number: int, by: str, words: dict[str, Any]) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        right = await corrections.begin(session, staff, await advisories.get(session, number), runtime.clock())
        if words:
            changes: dict[str, Any] = words | {"sms_en": "", "sms_ar": ""}  # these shortened the wrong words
            said = replace(advisories.Draft.of(right), **changes)
            await advisories.edit(session, staff, right, said, runtime.clock())
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
