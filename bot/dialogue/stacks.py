"""The flows in progress: which of them end, and which an older version left behind."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot.dialogue.flow import Flows, Script
from bot.dialogue.state import Frame, State


def prune(flows: Flows, state: State) -> State:
    """Drop the frames whose flow or step an older version of the flows had."""
    frames: list[Frame] = []
    for frame in state.stack:
        script = flows.scripts.get(frame.flow)
        if script is not None and frame.step in script.steps:
            frames.append(frame)
    return replace(state, stack=tuple(frames))


def ended_by(flows: Flows, script: Script) -> set[str]:
    """Name the flows that end where this one begins."""
    cancels = script.flow.cancels
    ended = {script.name}
    ended.update(cancels if isinstance(cancels, list) else flows.scripts)
    for name, other in flows.scripts.items():
        if other.flow.fragile:
            ended.add(name)
    return ended


def without(flows: Flows, state: State, ended: Container[str]) -> State:
    """Return the state without these flows and the flows they called."""
    remaining: list[Frame] = []
    called: str | None = None  # by the flow that was just left out
    for frame in state.stack:
        if frame.flow in ended or frame.flow == called:
            step = flows.scripts[frame.flow].steps[frame.step]
            called = step.call
        else:
            remaining.append(frame)
            called = None
    return replace(state, stack=tuple(remaining))
