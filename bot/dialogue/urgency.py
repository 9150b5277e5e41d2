"""What must be heard even while an officer writes with the person, and the bot is silent.

That is whatever tells how somebody is, or where the writer is, and what is ordered: stop, forget,
the words of commands, the press of a button.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import hearing
from bot.dialogue.facts import GRAVE, Correction, Danger, Doubt, NoCall, Report, Safe
from bot.dialogue.flow import Flows
from bot.dialogue.presses import Command
from bot.dialogue.reading import Reading, read
from bot.dialogue.rules import ASKED_FIRST
from bot.dialogue.state import State
from bot.messages import Heard, Kind

PRESSED_KINDS = frozenset({Kind.BUTTON, Kind.COMMAND})
GRAVE_FACTS = (Danger, Doubt, Safe, Correction, NoCall)


def is_urgent(
    flows: Flows,
    state: State,
    heard: Heard,
) -> bool:
    """Tell whether a message tells how somebody is, or where the writer is, and is recorded."""
    if heard.arrival.is_forwarded:
        return False  # somebody else's words: the officer reads them
    if heard.kind is Kind.LOCATION:
        return True
    press = hearing.pressed(flows, _as_if_asked(state), heard)
    resolved = hearing.resolve(flows, heard, press)
    return _is_grave(read(flows, state, resolved))


def _is_grave(reading: Reading) -> bool:
    if any(reading.first(fact) for fact in GRAVE_FACTS):
        return True
    return any(report.matter in GRAVE for report in reading.every(Report))


def is_order(
    flows: Flows,
    state: State,
    heard: Heard,
) -> bool:
    """Tell whether a message is a press or an order, which the bot carries out to its end."""
    if heard.kind in PRESSED_KINDS:
        return True
    if heard.by == "exact" and heard.intent in ASKED_FIRST:
        return True
    press = hearing.pressed(flows, _as_if_asked(state), heard)
    return isinstance(press, Command)


def _as_if_asked(state: State) -> State:
    """Take a yes for an answer to the officer: it starts no messages that were stopped."""
    known = {**state.known, "has_stopped": False}
    return replace(state, known=known)
