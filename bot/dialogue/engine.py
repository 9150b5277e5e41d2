"""Take one turn of a conversation: from flows, state and message to a new state and replies.

No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.dialogue import hearing, precedence, stacks
from bot.dialogue.flow import Flows
from bot.dialogue.runs import Act, EndlessFlowError, Run
from bot.dialogue.situations import Plan, Quiet
from bot.dialogue.state import State
from bot.messages import Heard, Kind, Reply

__all__ = ["Act", "EndlessFlowError", "Turn", "advance"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a message: the state to keep, the replies in order, and the message as taken.

    `ends_keyboard`: the buttons for sharing that are on the screen belong to no question any more.
    """

    state: State
    replies: tuple[Reply, ...]
    heard: Heard
    ends_keyboard: bool = False


async def advance(
    flows: Flows,
    state: State,
    heard: Heard,
    act: Act,
) -> Turn:
    """Take one message.

    `act` does what actions name. Raises EndlessFlowError, and what `act` raises.
    """
    state = stacks.prune(flows, state)
    press = hearing.pressed(flows, state, heard)
    heard = hearing.resolve(flows, heard, press)
    plan = precedence.decide(
        flows,
        state,
        heard,
        press,
    )
    if isinstance(plan.decision, Quiet):
        return Turn(state, (), heard)
    before = _before(flows, state, heard, plan)
    run = Run(flows, act, before)
    await run.keep(plan)
    run.take(plan.decision)
    await run.go()
    has_keyboard = _has_keyboard(run, state)
    return Turn(
        replace(run.state, has_keyboard=has_keyboard),
        tuple(run.replies),
        heard,
        ends_keyboard=state.has_keyboard and not has_keyboard,
    )


def _before(
    flows: Flows,
    state: State,
    heard: Heard,
    plan: Plan,
) -> State:
    """Return the state in which a plan is carried out."""
    if heard.kind is not Kind.EDITED:
        message_id = heard.arrival.message_id
        state = state.note_asked(message_id, _waiting_slot(flows, state))
    state = state.correct(plan.corrected)
    return replace(
        state,
        offered=(),
        about=plan.about,
        told=plan.told,
    )


def _waiting_slot(flows: Flows, state: State) -> str:
    """Name the slot that the waiting question asks for; "" for none."""
    frame = state.top
    if frame is None:
        return ""
    step = flows.step_at(frame.flow, frame.step)
    return step.collect or ""


def _has_keyboard(run: Run, before: State) -> bool:
    """Tell whether buttons for sharing are on the screen; without a reply they stay."""
    if run.has_keyboard():
        return True
    return before.has_keyboard and not run.replies
