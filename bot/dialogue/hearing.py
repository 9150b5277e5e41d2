"""What a message stands for: a press (a button, a command, a line of a list), or a text to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from bot.dialogue import answers, keywords, presses, requests_in_words
from bot.dialogue.flow import Flows
from bot.dialogue.presses import Command, Decline, Pick, Press
from bot.dialogue.state import State
from bot.messages import Heard, Inbound, Kind, Option
from nlu.language.folding import fold

START_COMMAND = "start"
SLOT_COMMAND = "slot"  # what a button sends; typed, it is refused
WITH_ARGUMENT = frozenset({START_COMMAND, "language"})
MAX_COMMAND_CHARS = 30  # of words typed for a command
# What follows these is one of our own words, in capitals or not.
LINKED_COMMANDS = frozenset({"start", "language"})


def as_written(flows: Flows, inbound: Inbound) -> Inbound:
    """Take a slash before words that are no order to us for nothing: «/خطر القصف علينا» is a cry.

    Only `start` and `language` take a word behind them.
    """
    if inbound.kind is not Kind.COMMAND or not inbound.text:
        return inbound
    name = flows.typed.get(fold(inbound.text), inbound.text)
    if name == SLOT_COMMAND or _is_order(flows, name, inbound.payload):
        return inbound
    text = inbound.payload
    if name != START_COMMAND:
        text = f"{inbound.text} {inbound.payload}"
    return replace(
        inbound,
        kind=Kind.TEXT,
        text=text.strip(),
        payload="",
    )


def _is_order(flows: Flows, name: str, argument: str) -> bool:
    """Tell whether a command is one of ours, with what it may have behind it."""
    if name in WITH_ARGUMENT and not _is_sentence(argument):
        return True
    if argument:
        return False
    return name in flows.commands or name in flows.by_intent


def _is_sentence(argument: str) -> bool:
    """Tell whether what follows a command is more than the word that a link or a button gives."""
    return len(argument.split()) > 1 or not argument.isascii()


def pressed(
    flows: Flows,
    state: State,
    heard: Heard,
) -> Press | None:
    """Return the press that a message stands for; None when it has to be understood.

    A press may be a button, a command, its words, a number of the list offered last, or a label.
    Typed text reaches `Pick` and `Decline` through the options offered alone.
    """
    text = heard.text.strip()
    match heard.kind:
        case Kind.BUTTON:
            return presses.read(text)
        case Kind.COMMAND:
            return Command(text, heard.payload.strip())
        case Kind.TEXT if heard.arrival.is_forwarded:
            return None
        case Kind.TEXT if _has_slash(text):
            return presses.typed(text)
        case Kind.TEXT:
            return _pressed_by_words(flows, state, heard)
        case _:
            return None


def _has_slash(text: str) -> bool:
    return text.startswith("/") and text[1:2].isalpha()


def offered(state: State, heard: Heard) -> Sequence[Option]:
    """Return the options that a message may choose from: of the question that it points at."""
    arrival = heard.arrival
    if arrival.question:
        return arrival.question.options
    if arrival.is_belated:
        return ()
    return state.offered


def _pressed_by_words(
    flows: Flows,
    state: State,
    heard: Heard,
) -> Press | None:
    text = heard.text.strip()
    option = answers.picked(text, offered(state, heard))
    if option is not None:
        return presses.read(option.payload)
    order = _ordered(state, text)
    if order is not None:
        return order
    command = _typed_command(flows, text)
    if command is not None:
        return command
    label = flows.labels.get(fold(text))
    if label is not None:
        return label
    asked = requests_in_words.command(text)
    return Command(asked) if asked else None


def _ordered(state: State, text: str) -> Command | None:
    """Read the networks' words for stop and start."""
    order = keywords.order(
        text,
        is_sms=not state.knows("can_share"),
        may_start=_may_start(state),
    )
    if order is None:
        return None
    return Command(order)


def _may_start(state: State) -> bool:
    """Tell whether a yes starts messages again: somebody stopped them, and no question waits."""
    is_asked = state.top is not None or state.knows("roll_call")
    return state.knows("has_stopped") and not is_asked


def _typed_command(flows: Flows, text: str) -> Command | None:
    if len(text) > MAX_COMMAND_CHARS:
        return None
    word = fold(text).strip(" .!؟?،")
    name = flows.typed.get(word)
    if not name:
        return None
    return Command(name)


def resolve(
    flows: Flows,
    heard: Heard,
    press: Press | None,
) -> Heard:
    """Return the message as understood when it was a press: a command becomes an intent."""
    match press:
        case None:
            return heard
        case Command():
            return _commanded(flows, heard, press)
        case Pick() | Decline():
            return replace(
                heard,
                kind=Kind.BUTTON,
                intent=None,
                by="exact",
                entities=(),
            )
        case _:
            assert_never(press)


def _commanded(
    flows: Flows,
    heard: Heard,
    command: Command,
) -> Heard:
    name = flows.typed.get(fold(command.name), command.name.lower())
    argument = command.argument
    if name in LINKED_COMMANDS:
        argument = argument.casefold()
    intent = _intent(flows, name)
    return replace(
        heard,
        payload=argument,
        intent=intent,
        confidence=1.0,
        ranking=((intent, 1.0),),
        by="exact",
        entities=(),
    )


def _intent(flows: Flows, name: str) -> str:
    """Return the intent of a command; an unknown one opens the menu."""
    intent = name
    if name in flows.commands:
        intent = flows.commands[name].intent
    if intent not in flows.by_intent:
        return "help_menu"
    return intent
