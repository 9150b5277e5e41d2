"""`tammen understand`, `talk`, `flows`: how texts are understood and how conversations go."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Annotated, Literal

import aiohttp
import typer
from babel.messages.pofile import PoFileError

from bot import actions
from bot.commands import ground
from bot.commands.ground import CommandError
from bot.conversation.rasa import Rasa
from bot.conversation.turns import Understand
from bot.conversation.understanding import Understander, to_json, understand
from bot.dialogue import checking, drawing
from bot.dialogue.flow import FlowError
from bot.embedded import prepare, rasa
from bot.embedded.progress import step
from bot.messages import Language
from bot.practice import talk
from bot.runtime.settings import Settings

flows = typer.Typer(no_args_is_help=True, help="The conversations: check them, draw them.")

PATIENCE = 10.0  # seconds for Rasa to answer somebody who is not in a conversation


def understand_texts(
    text: Annotated[
        list[str] | None, typer.Argument(help="Texts. Without any: standard input, one a line.")
    ] = None,
) -> None:
    """Show what the bot understands of each text: one JSON object a line."""
    ground.run(_understand(text or (line.rstrip("\r\n") for line in sys.stdin)))


async def _understand(texts: Iterable[str]) -> None:
    async with _understander(ground.load()) as understander:
        for text in texts:
            print(
                json.dumps(to_json(await understand(understander, text)), ensure_ascii=False),
                flush=True,
            )


@asynccontextmanager
async def _understander(loaded: Settings) -> AsyncIterator[Understander]:
    """Start the readers: the configured Rasa, else one of our own, trained when necessary."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        server = await stack.enter_async_context(_rasa(loaded, http))
        understander = Understander(server)
        await understander.load(await prepare.fallback_model(loaded.data))
        yield understander


@asynccontextmanager
async def _rasa(loaded: Settings, http: aiohttp.ClientSession) -> AsyncIterator[Rasa | None]:
    if loaded.nlu_url:
        yield Rasa(http, loaded.nlu_url, loaded.nlu_token, PATIENCE)
        return
    trained = await prepare.rasa_model(loaded.data)
    if trained is None:
        yield None
        return
    async with rasa.running(trained, loaded.data) as nlu:
        with step("Rasa loads its model"):
            await rasa.ready(nlu, trained)
        yield Rasa(http, nlu.url, nlu.token, PATIENCE)


def talk_here(
    lang: Annotated[Literal["ar", "en"], typer.Option(help="The language of the phone.")] = "ar",
    channel: Annotated[
        Literal["telegram", "sms"], typer.Option(help="Which kind of phone.")
    ] = "telegram",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message.")] = False,
) -> None:
    """Hold a conversation in the terminal, on a throw-away database: a line in, the replies out."""
    if sys.stdin.isatty():
        ground.err.print(
            "Write as to the bot; \\[label] presses a button; @41.01,28.97 shares a place; "
            "Ctrl-D ends."
        )
    ground.run(_talk(lang, channel, as_json))


async def _talk(language: Language, screen: talk.Screen, as_json: bool) -> None:
    loaded = ground.load()
    understander = Understander()
    await understander.load(await prepare.fallback_model(loaded.data))
    hear: Understand = partial(understand, understander)
    await talk.talk(language, screen, as_json, hear, sys.stdin, partial(print, flush=True))


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
