"""`tammen understand`, `talk`, `dialogues`, `flows`: what is understood, and what comes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from babel.messages.pofile import PoFileError

from bot import actions
from bot.commands import ground, readers
from bot.commands.ground import CommandError
from bot.conversation.look import Understand
from bot.conversation.understanding import to_json, understand
from bot.dialogue import checking, drawing
from bot.dialogue.flow import FlowError
from bot.embedded.progress import step
from bot.messages import Language
from bot.practice import dialogues as practice
from bot.practice import scripts, talk
from bot.practice.dialogues import Verdict
from bot.practice.scripts import Script, ScriptError

flows = typer.Typer(no_args_is_help=True, help="The conversations: check them, draw them.")

HINT = (
    "Write as to the bot; [label] presses a button; @41.01,28.97 shares a place; "
    "!crisis, !later, !contact do more; Ctrl-D ends."
)
NoRasa = Annotated[bool, typer.Option("--no-rasa", help="The built-in reader alone.")]


def understand_texts(
    text: Annotated[
        list[str] | None, typer.Argument(help="Texts. Without any: standard input, one a line.")
    ] = None,
) -> None:
    """Show what the bot understands of each text: one JSON object a line."""
    ground.run(_understand(text or (line.rstrip("\r\n") for line in sys.stdin)))


async def _understand(texts: Iterable[str]) -> None:
    async with readers.opened(ground.load()) as understander:
        for text in texts:
            print(
                json.dumps(to_json(await understand(understander, text)), ensure_ascii=False),
                flush=True,
            )


def talk_here(
    lang: Annotated[Literal["ar", "en"], typer.Option(help="The language of the phone.")] = "ar",
    channel: Annotated[
        Literal["telegram", "sms"], typer.Option(help="Which kind of phone.")
    ] = "telegram",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message.")] = False,
    with_facts: Annotated[
        bool,
        typer.Option(
            "--facts",
            help="With --json: one object a line, with the facts after it.",
        ),
    ] = False,
    no_rasa: NoRasa = False,
) -> None:
    """Hold a conversation in the terminal, on a throw-away database: a line in, the replies out.

    Lines that begin with ! do more than typing: !crisis, !later, !location, !contact,
    !press, !officer, !handback.
    """
    if with_facts and not as_json:
        raise CommandError("--facts goes with --json")
    if sys.stdin.isatty():
        ground.err.print(HINT, markup=False)
    output: talk.Output = "plain"
    if as_json:
        output = "facts" if with_facts else "messages"
    ground.run(_talk(lang, channel, output, has_rasa=not no_rasa))


async def _talk(
    language: Language,
    screen: talk.Screen,
    output: talk.Output,
    has_rasa: bool,
) -> None:
    async with readers.opened(ground.load(), has_rasa) as understander:
        await talk.talk(
            language,
            screen,
            output,
            partial(understand, understander),
            sys.stdin,
            partial(print, flush=True),
        )


def dialogues(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="YAML files.")],
    no_rasa: NoRasa = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object a conversation, then the count."),
    ] = False,
) -> None:
    """Play conversations and compare the facts after them with what is expected.

    Exit code 1 where a conversation does not hold, 2 for a file that cannot be played.
    """
    scripts_of_files = _load(files)
    failures = ground.run(_judge(scripts_of_files, as_json, has_rasa=not no_rasa))
    if failures:
        raise typer.Exit(1)


def _load(files: list[Path]) -> list[Script]:
    """Load every file. Raises CommandError with all mistakes."""
    loaded: list[Script] = []
    mistakes: list[str] = []
    for file in files:
        try:
            loaded += scripts.load(file)
        except ScriptError as error:
            mistakes.append(str(error))
    if mistakes:
        raise CommandError("\n".join(mistakes))
    return loaded


async def _judge(
    played: list[Script],
    as_json: bool,
    has_rasa: bool,
) -> int:
    """Play conversations and print how each went; return how many do not hold."""
    failures = 0
    async with readers.opened(ground.load(), has_rasa) as understander, talk.stage() as stage:
        hear: Understand = partial(understand, understander)
        with step(f"{len(played)} conversations") as say:
            for number, script in enumerate(played, 1):
                say(f"{number}, {failures} did not hold")
                verdict = await practice.judge(script, stage, hear)
                failures += not verdict.holds
                _print_verdict(verdict, as_json)
    held = len(played) - failures
    if as_json:
        _print_json({"held": held, "did_not": failures})
    else:
        typer.echo(f"{held} held, {failures} did not")
    return failures


def _print_verdict(verdict: Verdict, as_json: bool) -> None:
    """Print a conversation: always as JSON, else only what does not hold."""
    if as_json:
        _print_json(verdict.to_json())
        return
    if verdict.holds:
        return
    typer.echo(f"✗ {verdict.script.name}")
    for mismatch in verdict.mismatches:
        typer.echo(f"    {mismatch}")


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False))


@flows.command()
def check() -> None:
    """Check every flow and both catalogues; name the file, flow, step and line of each mistake."""
    try:
        mistakes = checking.check(actions=actions.ACTIONS)
    except PoFileError as error:
        raise CommandError(f"a catalogue cannot be read: {error}") from error
    for mistake in mistakes:
        typer.echo(str(mistake))
    if mistakes:
        raise typer.Exit(1)
    typer.echo("No mistakes.")


@flows.command()
def draw(
    flow: Annotated[str | None, typer.Argument(help="One; otherwise how they lead on.")] = None,
) -> None:
    """Print a Mermaid diagram."""
    try:
        typer.echo(drawing.draw(checking.load(actions=actions.ACTIONS), flow), nl=False)
    except KeyError as error:
        raise CommandError(f"there is no flow {flow}") from error
    except FlowError as error:
        raise CommandError(str(error)) from error
