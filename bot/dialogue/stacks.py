"""The flows in progress: which of them end, and which an older version left behind."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot.dialogue.flow import HELP_FLOW, SAFE_FLOW, STAY_FLOW, Flows, Script
from bot.dialogue.records import Slots
from bot.dialogue.state import Frame, State

# Flows whose beginning answers "are you safe?".
ANSWERS_IF_SAFE = frozenset({SAFE_FLOW, STAY_FLOW, HELP_FLOW})


def prune(flows: Flows, state: State) -> State:
    """Drop the frames whose flow or step an older version of the flows had."""
    frames = []
    for frame in state.stack:
        script = flows.scripts.get(frame.flow)
        if script is not None and frame.step in script.steps:
            frames.append(frame)
    return replace(state, stack=tuple(frames))


def begun(
    flows: Flows,
    state: State,
    script: Script,
    slots: Slots,
) -> State:
    """Begin a flow; it keeps its own earlier slots, and ends those that it cancels."""
    top = state.top
    if top is not None and top.flow == script.name:
        slots = {**top.slots, **slots}
    frame = Frame(script.name, script.first, slots)
    ended = ended_by(flows, script)
    remaining = without(flows, state, ended)
    if script.name in ANSWERS_IF_SAFE:
        remaining = replace(remaining, asked_if_safe=False)
    return remaining.push(frame)


def ended_by(flows: Flows, script: Script) -> set[str]:
    """Name the flows that end where this one begins."""
    ended = {script.name}
    cancels = script.flow.cancels
    if cancels == "all":
        ended.update(flows.scripts)
    else:
        ended.update(cancels)
    for candidate in flows.scripts.values():
        if candidate.flow.fragile:
            ended.add(candidate.name)
    return ended


def without(
    flows: Flows,
    state: State,
    ended: Container[str],
) -> State:
    """Return the state without these flows and the flows they called."""
    remaining = []
    called: str | None = None  # by the flow that was just left out
    for frame in state.stack:
        if frame.flow in ended or frame.flow == called:
            step = flows.step_at(frame.flow, frame.step)
            called = step.call
        else:
            remaining.append(frame)
            called = None
    return replace(state, stack=tuple(remaining))
