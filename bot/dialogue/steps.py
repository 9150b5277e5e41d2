"""What a step leads to: the step that follows, or the rejection of an answer."""

from __future__ import annotations

from bot.dialogue.conditions import holds
from bot.dialogue.flow import Flows, Rejection, Step
from bot.dialogue.state import Frame, State


def rejection(state: State, step: Step, filled: Frame) -> Rejection | None:
    """Return the first rejection of a step that holds for its answer."""
    view = state.view(filled)
    for candidate in step.rejections:
        if holds(candidate.if_, view):
            return candidate
    return None


def after(
    flows: Flows,
    state: State,
    frame: Frame,
    step: Step,
) -> str:
    """Name the step that follows: the first branch whose condition holds, else the next one."""
    if isinstance(step.next, str):
        return step.next
    view = state.view()
    for branch in step.branches:
        if branch.if_ is None or holds(branch.if_, view):
            return str(branch.target)
    script = flows.scripts[frame.flow]
    return script.following[frame.step]
