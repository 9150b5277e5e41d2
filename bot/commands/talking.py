"""`tammen understand`, `talk`, `flows`: how texts are understood and how conversations go."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from typing import Annotated, Literal

import typer
from babel.messages.pofile import PoFileError

from bot import actions
from bot.commands import ground, readers
from bot.commands.ground import CommandError
from bot.conversation.understanding import to_json, understand
from bot.dialogue import checking, drawing
from bot.dialogue.flow import FlowError
from bot.messages import Language
from bot.practice import talk

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

    Lines that begin with ! do more than typing: !crisis, !later, !location, !contact, !press.
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
