"""What a person writes while an officer writes with them: the officer answers it, and not the bot.

Everything is kept with the case. The bot goes on hearing what must be recorded at once, and obeys
orders; it asks nothing of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from bot import actions
from bot.actions import Context
from bot.consular.crises import cases, letters
from bot.conversation import arrivals
from bot.dialogue import urgency
from bot.dialogue.engine import Turn
from bot.dialogue.flow import Flows
from bot.dialogue.state import State
from bot.messages import Kind, Reply

# What nobody wrote: it is no letter.
WORDLESS_KINDS = frozenset(
    {Kind.BUTTON, Kind.COMMAND, Kind.REACTION, Kind.BLOCKED, Kind.UNBLOCKED},
)


class Answerer(Enum):
    """Who answers a message: the bot as ever, the bot without a question, or the officer alone."""

    BOT = "bot"
    BOT_BRIEFLY = "bot briefly"
    OFFICER = "officer"


async def enter(ctx: Context, state: State) -> State:
    """Keep a message with the case in which an officer writes, and return the state for the turn.

    What the bot asked before the officer wrote is asked no more.
    """
    case = await letters.conversing(ctx.session, ctx.person, ctx.now)
    if case is None:
        return replace(state, is_beside_officer=False)
    if ctx.inbound.kind not in WORDLESS_KINDS:
        words = ctx.words
        await letters.receive(ctx.session, case, words, ctx.language, ctx.now)
        await cases.add_to_open(ctx.session, ctx.person, words)
        ctx.topics.add("board")
    if state.is_beside_officer:
        return state
    return replace(state.without_question(), is_beside_officer=True)


async def answerer(
    flows: Flows,
    ctx: Context,
    state: State,
) -> Answerer:
    """Tell who answers a message."""
    if not state.is_beside_officer:
        return Answerer.BOT
    if urgency.is_urgent(flows, state, ctx.heard):
        return Answerer.BOT_BRIEFLY
    is_asked = state.top is not None  # by an order, which goes on
    if is_asked or urgency.is_order(flows, state, ctx.heard):
        return Answerer.BOT
    if await _answers_roll_call(ctx):
        return Answerer.BOT_BRIEFLY
    return Answerer.OFFICER


async def _answers_roll_call(ctx: Context) -> bool:
    """Tell whether a message answers "are you safe?": it points at it, or nobody wrote since."""
    question = ctx.heard.arrival.question
    if ctx.inbound.reply_to and question is not None:
        return question.is_if_safe
    if not arrivals.may_be_answer(ctx):
        return False
    roll_call = await actions.roll_call(ctx)
    return roll_call is not None and roll_call.is_last


def briefly(turn: Turn) -> Turn:
    """Leave out what the bot asks: the officer asks now."""
    return replace(
        turn,
        state=turn.state.without_question(),
        replies=tuple(_without_questions(turn.replies)),
    )


def _without_questions(replies: Sequence[Reply]) -> list[Reply]:
    kept_replies: list[Reply] = []
    for reply in replies:
        if not reply.asks and not reply.ask_location and not reply.ask_contact:
            kept_replies.append(replace(reply, buttons=()))
    return kept_replies
