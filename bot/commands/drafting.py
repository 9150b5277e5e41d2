"""Advisories written in a terminal: texts from files, the rest as options."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.advisories import lifecycle, wording
from bot.consular.advisories.wording import OPTIONAL_PARTS, Draft
from bot.consular.audiences import rules
from bot.messages import Language
from bot.models import AdvisoryState, AdvisoryText, Category, Certainty, Severity, Texts, Urgency
from bot.text.text import LANGUAGES

C = TypeVar("C", bound=Callable[..., None])
Files = Mapping[str, Path | None]  # by option: `ar`, `instruction_ar`

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Moment = Annotated[
    str | None, typer.Option(metavar="TIME", help="2026-11-25T18:30+02:00; without a zone, UTC.")
]

TEXT_HELP = "In {language}: first line the headline, an empty line, the text."
PART_HELP = {
    "instruction": "What to do, in {language}.",
    "sms": "A shorter text for SMS, in {language}.",
}
AUDIENCE_HELP = 'The audience as JSON: {"countries": ["TR", "SD"]}'
ROUTINE_HELP = "It can wait: nobody is woken for it."
DRILL_HELP = "Every message says that it is a drill."


def with_files(*parts: str) -> Callable[[C], C]:
    """Give a command an option a language, and one a part and language, in place of `**files`."""

    def decorate(command: C) -> C:
        signature = inspect.signature(command, eval_str=True)
        parameters = list(signature.parameters.values())[:-1]
        for language in LANGUAGES:
            parameters.append(_file_option(language, TEXT_HELP, language))
            for part in parts:
                option = f"{part}_{language}"
                parameters.append(_file_option(option, PART_HELP[part], language))
        with_files = signature.replace(parameters=parameters)
        command.__signature__ = with_files  # type: ignore[attr-defined]
        return command

    return decorate


def _file_option(option: str, help_text: str, language: Language) -> inspect.Parameter:
    description = help_text.format(language=wording.english_name(language))
    annotation = Annotated[Path | None, typer.Option(metavar="FILE", help=description)]
    return inspect.Parameter(
        option, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


@with_files(*OPTIONAL_PARTS)
def draft(
    *,
    audience: Annotated[Path, typer.Option(metavar="FILE", help=AUDIENCE_HELP)],
    by: By,
    severity: Severity = Severity.UNKNOWN,
    urgency: Urgency = Urgency.UNKNOWN,
    certainty: Certainty = Certainty.UNKNOWN,
    category: Category = Category.SAFETY,
    valid_from: Moment = None,
    valid_until: Moment = None,
    routine: Annotated[bool, typer.Option("--routine", help=ROUTINE_HELP)] = False,
    drill: Annotated[bool, typer.Option("--drill", help=DRILL_HELP)] = False,
    **files: Path | None,
) -> None:
    """Write a draft and print its id."""
    if not any(files[language] for language in LANGUAGES):
        raise CommandError(f"write the text in every language: {_text_options()}")
    written = Draft(
        texts=read_texts(files, wording.blank_texts()),
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
    ground.run(_draft(written, by))


async def _draft(written: Draft, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        advisory = await lifecycle.draft(session, staff, written, runtime.clock())
        advisory_id = advisory.id
    ground.out.print(f"id: {advisory_id}")


@with_files(*OPTIONAL_PARTS)
def edit(
    number: Id,
    *,
    by: By,
    audience: Annotated[Path | None, typer.Option(metavar="FILE", help=AUDIENCE_HELP)] = None,
    severity: Severity | None = None,
    urgency: Urgency | None = None,
    certainty: Certainty | None = None,
    category: Category | None = None,
    valid_from: Moment = None,
    valid_until: Moment = None,
    routine: Annotated[
        bool | None, typer.Option("--routine/--not-routine", help=ROUTINE_HELP)
    ] = None,
    drill: Annotated[bool | None, typer.Option("--drill/--no-drill", help=DRILL_HELP)] = None,
    **files: Path | None,
) -> None:
    """Change what is given; what was submitted or returned is a draft again.

    An empty file empties its part.
    """
    changes: dict[str, Any] = {
        "severity": severity,
        "urgency": urgency,
        "certainty": certainty,
        "category": category,
        "valid_from": _moment(valid_from),
        "valid_until": _moment(valid_until),
        "routine": routine,
        "drill": drill,
    }
    if audience:
        changes["audience"] = _audience(audience)
    ground.run(_edit(number, by, _given(changes), files))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: option for name, option in options.items() if option is not None}


async def _edit(
    number: int,
    by: str,
    changes: dict[str, Any],
    files: Files,
) -> None:
    if not changes and not any(files.values()):
        raise CommandError("nothing was given to change")
    async with ground.acting(by) as (runtime, session, staff):
        advisory = await lifecycle.get(session, number)
        changed = replace(Draft.of(advisory), **changes, texts=read_texts(files, advisory.texts))
        await lifecycle.edit(
            session,
            staff,
            advisory,
            changed,
            runtime.clock(),
        )
        state = advisory.state
    show_state(number, state)


def show_state(number: int, state: AdvisoryState) -> None:
    """Print the id and the state of an advisory, once the change is committed."""
    ground.out.print(f"id: {number}", f"state: {state.value}", sep="\n")


def read_texts(files: Files, texts: Texts) -> Texts:
    """Return the texts with what the files change in them. Raises CommandError."""
    written = [language for language in LANGUAGES if files[language]]
    if written and len(written) < len(LANGUAGES):
        raise CommandError(f"give the text in every language, or in none: {_text_options()}")
    return {language: _read_text(files, language, texts[language]) for language in LANGUAGES}


def _text_options() -> str:
    return " ".join(f"--{language} FILE" for language in LANGUAGES)


def _read_text(files: Files, language: Language, text: AdvisoryText) -> AdvisoryText:
    path = files[language]
    if path is not None:
        headline, body = _headline_and_text(path)
        text = replace(text, headline=headline, text=body)
    for part in OPTIONAL_PARTS:
        path = files.get(f"{part}_{language}")
        if path is not None:
            text = replace(text, **{part: ground.read_text(path).strip()})
    return text


def _headline_and_text(path: Path) -> tuple[str, str]:
    """Read the headline and the text of a file. Raises CommandError."""
    content = ground.read_text(path).replace("\r\n", "\n").strip()
    headline, _, rest = content.partition("\n")
    if not headline.strip() or not rest.startswith("\n") or not rest.strip():
        raise CommandError(
            f"{path}: write the headline on the first line, then an empty line, then the text"
        )
    return headline.strip(), rest.strip()


def _moment(written: str | None) -> datetime | None:
    """Read a time, in UTC. Raises CommandError."""
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError(f"{written}: write a time as 2026-11-25T18:30+02:00") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _audience(path: Path) -> Any:
    """Read the rule in a file. Raises CommandError, AudienceError."""
    try:
        rule = json.loads(ground.read_text(path))
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}: not JSON, line {error.lineno}: {error.msg}") from error
    rules.check(rule)
    return rule
