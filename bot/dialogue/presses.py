"""What a button does when somebody presses it, and the payload that carries it over the network.

Payloads stay on phones for years: `read` understands every payload that was ever sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

MAX_PAYLOAD_BYTES = 64  # Telegram's limit

_SLOT = "slot"  # the first word of a payload that answers a question
_DECLINE = "skip"


@dataclass(frozen=True, slots=True)
class Command:
    """Start a flow by its command or intent. `argument` is what follows the name."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """Answer the question of a slot with one of those that were offered."""

    slot: str
    answer: str


@dataclass(frozen=True, slots=True)
class Decline:
    """Leave the question of a slot unanswered."""

    slot: str


Press = Command | Pick | Decline


def write(press: Press) -> str:
    """Write a press as a payload."""
    match press:
        case Command(name, argument):
            return f"/{name} {argument}".rstrip()
        case Pick(slot, answer):
            return f"/{_SLOT} {slot} {answer}"
        case Decline(slot):
            return f"/{_SLOT} {slot} {_DECLINE}"
        case _:
            assert_never(press)


def read(payload: str) -> Press:
    """Read the payload of a button that was pressed. Never call it with what somebody typed."""
    command = typed(payload)
    if command.name != _SLOT:
        return command
    slot, _, answer = command.argument.partition(" ")
    return Decline(slot) if answer == _DECLINE else Pick(slot, answer)


def typed(text: str) -> Command:
    """Read a typed command such as `/start register`: it never answers a question."""
    name, _, argument = text.strip().removeprefix("/").partition(" ")
    return Command(name, argument.strip())


def declared(payload: str, slot: str | None) -> Press:
    """Read the payload of a button in a flow file: `/command …`, or an answer for the slot."""
    if payload.startswith("/"):
        return typed(payload)
    return Pick(slot or "", payload)


def fits(press: Press) -> bool:
    """Tell whether the network carries the payload of this press."""
    return len(write(press).encode()) <= MAX_PAYLOAD_BYTES
