"""Advisories written in a terminal: words from files, the rest as options."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.advisories import lifecycle, wording
from bot.consular.audiences import rules
from bot.models import Category, Certainty, Severity, Urgency

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
File = Annotated[Path | None, typer.Option(metavar="FILE")]
Moment = Annotated[
    str | None, typer.Option(metavar="TIME", help="2026-11-25T18:30+02:00; without a zone, UTC.")
]

_EN = "English: first line the headline, an empty line, the text."
_AR = "Arabic, likewise."
_WHOM = 'Whom it is for, as JSON: {"countries": ["TR", "SD"]}'
_ROUTINE = "It can wait: nobody is woken for it."
_DRILL = "Every message says that it is a drill."


def draft(
    en: Annotated[Path, typer.Option(help=_EN)],
    ar: Annotated[Path, typer.Option(help=_AR)],
    audience: Annotated[Path, typer.Option(help=_WHOM)],
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
    routine: Annotated[bool, typer.Option("--routine", help=_ROUTINE)] = False,
    drill: Annotated[bool, typer.Option("--drill", help=_DRILL)] = False,
) -> None:
    """Writes a draft and prints its id."""
    files = {
        "instruction_en": instruction_en,
        "instruction_ar": instruction_ar,
        "sms_en": sms_en,
        "sms_ar": sms_ar,
    }
    words = {"severity": severity, "urgency": urgency, "certainty": certainty, "category": category}
    times = {"valid_from": valid_from, "valid_until": valid_until}
    said = (
        both(en, ar) | _read(files) | words | _moments(times) | {"routine": routine, "drill": drill}
    )
    ground.run(_draft(wording.Draft(**said, audience=_audience(audience)), by))


async def _draft(said: wording.Draft, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        made = await lifecycle.draft(session, staff, said, runtime.clock())
        number = made.id
    ground.out.print(f"id: {number}")


def edit(
    number: Id,
    by: By,
    en: Annotated[Path | None, typer.Option(help=_EN)] = None,
    ar: Annotated[Path | None, typer.Option(help=_AR)] = None,
    audience: Annotated[Path | None, typer.Option(help=_WHOM)] = None,
    instruction_en: File = None,
    instruction_ar: File = None,
    sms_en: File = None,
    sms_ar: File = None,
    severity: Severity | None = None,
    urgency: Urgency | None = None,
    certainty: Certainty | None = None,
    category: Category | None = None,
    valid_from: Moment = None,
    valid_until: Moment = None,
    routine: Annotated[bool | None, typer.Option("--routine/--not-routine", help=_ROUTINE)] = None,
    drill: Annotated[bool | None, typer.Option("--drill/--no-drill", help=_DRILL)] = None,
) -> None:
    """Changes what is given; what was submitted or returned is a draft again. An empty file empties its part."""
    if (en is None) != (ar is None):
        raise CommandError("give the words in both languages, or in none")
    files = {
        "instruction_en": instruction_en,
        "instruction_ar": instruction_ar,
        "sms_en": sms_en,
        "sms_ar": sms_ar,
    }
    words = {"severity": severity, "urgency": urgency, "certainty": certainty, "category": category}
    times = {"valid_from": valid_from, "valid_until": valid_until}
    chosen = {
        name: value
        for name, value in (words | {"routine": routine, "drill": drill}).items()
        if value is not None
    }
    changes = (both(en, ar) if en and ar else {}) | _read(files) | _moments(times) | chosen
    changes |= {"audience": _audience(audience)} if audience else {}
    if not changes:
        raise CommandError("nothing was given to change")
    ground.run(_edit(number, by, changes))


async def _edit(number: int, by: str, changes: dict[str, Any]) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        advisory = await lifecycle.get(session, number)
        said = replace(wording.Draft.of(advisory), **changes)
        await lifecycle.edit(session, staff, advisory, said, runtime.clock())
        state = advisory.state.value
    ground.out.print(f"id: {number}", f"state: {state}", sep="\n")


def both(en: Path, ar: Path) -> dict[str, Any]:
    """The headlines and texts of two files. Raises CommandError."""
    (headline_en, text_en), (headline_ar, text_ar) = _words(en), _words(ar)
    return {
        "headline_en": headline_en,
        "text_en": text_en,
        "headline_ar": headline_ar,
        "text_ar": text_ar,
    }


def _words(path: Path) -> tuple[str, str]:
    """The headline and the text of a file. Raises CommandError."""
    headline, _, rest = ground.read_text(path).replace("\r\n", "\n").strip().partition("\n")
    if not headline.strip() or not rest.startswith("\n") or not rest.strip():
        raise CommandError(
            f"{path}: write the headline on the first line, then an empty line, then the text"
        )
    return headline.strip(), rest.strip()


def _read(files: dict[str, Path | None]) -> dict[str, Any]:
    """What the files that were given say. Raises CommandError."""
    return {
        name: ground.read_text(path).strip() for name, path in files.items() if path is not None
    }


def _moments(written: dict[str, str | None]) -> dict[str, Any]:
    """The times that were given, in UTC. Raises CommandError."""
    return {name: _moment(value) for name, value in written.items() if value}


def _moment(written: str) -> datetime:
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError(f"{written}: write a time as 2026-11-25T18:30+02:00") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _audience(path: Path) -> Any:
    """The rule in a file. Raises CommandError, AudienceError."""
    try:
        rule = json.loads(ground.read_text(path))
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}: not JSON, line {error.lineno}: {error.msg}") from error
    rules.check(rule)
    return rule
