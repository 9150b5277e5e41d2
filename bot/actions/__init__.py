"""The actions that flows name, each written with the functions of `consular`.

An action takes the context of the turn and the slots that the flow sees, and returns slots to fill.
Those about the person (`country`, `place_name`, …) have the names of `known`.
"""

from __future__ import annotations

from sqlalchemy import select

from bot.actions import information, record, registering, safety
from bot.actions.context import Action, Context, Slots, known
from bot.consular.broadcasts import fan_out
from bot.consular.crises import cases
from bot.messages import Button
from bot.models import Broadcast, BroadcastKind, CaseKind, OutboundMessage

__all__ = [
    "ACTIONS",
    "KEEPING",
    "Action",
    "Context",
    "Slots",
    "known",
    "open_fault",
    "perform",
    "roll_call",
]

_KEEPING: tuple[Action, ...] = (
    registering.keep_consent,
    registering.keep_name,
    registering.keep_party,
    registering.keep_phone,
    registering.enlist,
    registering.weigh_place,
    safety.record_safe,
    safety.record_help,
    safety.note_whereabouts,
    safety.note_party,
    safety.note_needs,
    safety.note_words,
    safety.note_doubt,
    safety.open_relative,
    safety.note_matter,
    safety.note_story,
    safety.open_human,
)
_OTHERS: tuple[Action, ...] = (
    safety.find_emergency,
    safety.add_to_case,
    record.start_messages,
    record.stop_messages,
    record.set_language,
    record.erase,
    record.tell_data,
    record.tell_status,
    information.find_posts,
    information.find_advice,
)

ACTIONS = {action.__name__: action for action in (*_KEEPING, *_OTHERS)}
KEEPING = frozenset(action.__name__ for action in _KEEPING)
"""The actions that keep something a person tells."""


async def perform(ctx: Context, name: str, slots: Slots) -> Slots:
    """Run the action of this name.

    Somebody who was forgotten and tells us something again is a person on record again.
    """
    if name in KEEPING:
        ctx.person.forgotten_at = None
        ctx.topics.add("board")
    return await ACTIONS[name](ctx, slots)


async def roll_call(ctx: Context) -> tuple[Button, ...]:
    """Return the buttons of a roll call, when that was the last message to the person."""
    last_broadcast = (
        select(Broadcast)
        .join_from(OutboundMessage, Broadcast, isouter=True)
        .where(OutboundMessage.person_id == ctx.person.id)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    broadcast = await ctx.session.scalar(last_broadcast)
    if broadcast is None or broadcast.kind is not BroadcastKind.ROLL_CALL:
        return ()
    return fan_out.content(broadcast, ctx.language, ctx.address.form).buttons


async def open_fault(ctx: Context) -> None:
    """Open a case for a message that we failed to answer: staff read it themselves."""
    await cases.open_case(ctx.session, ctx.person, CaseKind.FAULT, ctx.words, ctx.now)
