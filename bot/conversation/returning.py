"""The answer to "are you back?", which we asked on the last day of a trip, and no flow."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.actions import Context
from bot.consular.crises import journeys
from bot.conversation.arrivals import asked_by
from bot.dialogue.state import State
from bot.messages import Content
from bot.models import OutboundMessage


async def enter(ctx: Context, state: State) -> State:
    """Offer the answers to "are you back?", where we asked that last and nothing else waits."""
    if not state.knows("on_trip") or state.top is not None:
        return state
    if ctx.heard.arrival.is_belated:
        return state
    buttons = (await _last_said(ctx)).buttons
    if not any(button.payload == journeys.BACK for button in buttons):
        return state
    question = asked_by(buttons, "")
    return replace(
        state,
        offered=question.options,
        known={**state.known, "asked_if_back": True},
    )


async def _last_said(ctx: Context) -> Content:
    query = (
        select(OutboundMessage.content)
        .where(OutboundMessage.person_id == ctx.person.id)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    stored = await ctx.session.scalar(query)
    return Content.from_json(stored or {"text": ""})
