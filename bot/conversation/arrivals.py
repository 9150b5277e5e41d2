"""How a message arrived: when it was written, what it points at, what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions
from bot.actions import Context
from bot.consular.broadcasts import fan_out, place_question_words
from bot.consular.crises import checkins, seat_words
from bot.dialogue import choices
from bot.dialogue.state import State
from bot.messages import (
    ASKS_IF_SAFE,
    Arrival,
    Button,
    Content,
    Inbound,
    Kind,
    Option,
    Original,
    Question,
    Verbatim,
)
from bot.models import Broadcast, BroadcastKind, InboundMessage, OutboundMessage

CLOCK_SKEW = timedelta(seconds=2)  # between a provider's whole seconds and our clock
# No network holds a message longer (Telegram: a day): an older date is that of a wrong clock.
MAX_DELAY = timedelta(days=30)
MAX_ANSWER_CHARS = 30  # of an answer to a roll call
MAX_WORDS_CHARS = 80  # of an answer to "are you still there?"
MAX_EARLIER = 30  # messages among which the original of an edited one is looked for


def written_at(inbound: Inbound, received_at: datetime) -> datetime:
    """Return when a message was written: never after it arrived.

    Where nobody tells, or the date cannot be, it is when it arrived.
    """
    if inbound.written_at is None or inbound.written_at < received_at - MAX_DELAY:
        return received_at
    is_just_now = inbound.written_at > received_at - CLOCK_SKEW
    return received_at if is_just_now else inbound.written_at


def date_of(at: datetime) -> str:
    """Write the day of a time, for a message: 2026-11-30."""
    return at.date().isoformat()


async def of(ctx: Context, message_id: int) -> Arrival:
    """Find out how the message of this row came into the conversation."""
    inbound = ctx.inbound
    question = await _question(ctx)
    original = await _original(ctx, message_id)
    arrival = Arrival(
        message_id=inbound.message_id,
        is_forwarded=inbound.is_forwarded,
        question=question,
        original=original,
    )
    if ctx.late_since is None:
        return arrival
    is_belated = await _is_older_than_question(ctx)
    is_overtaken = await _is_overtaken(ctx, message_id)
    return replace(arrival, is_belated=is_belated, is_overtaken=is_overtaken)


async def _is_older_than_question(ctx: Context) -> bool:
    """Tell whether a message was written before we said what we said last."""
    replied_at = await ctx.session.scalar(
        select(func.max(OutboundMessage.created_at))
        .where(OutboundMessage.person_id == ctx.person.id)
        .where(OutboundMessage.inbound_id.is_not(None))
    )
    return replied_at is not None and replied_at > ctx.written_at


async def _is_overtaken(ctx: Context, message_id: int) -> bool:
    """Tell whether a message was answered that was written later."""
    earlier_messages = await _earlier(ctx.session, ctx.person.id, message_id)
    for earlier in earlier_messages:
        inbound = Inbound.from_json(earlier.content)
        earlier_written_at = written_at(inbound, earlier.received_at)
        if earlier_written_at > ctx.written_at:
            return True
    return False


async def _original(ctx: Context, message_id: int) -> Original | None:
    """Find what an edited message said first, or after its last change."""
    own_number = ctx.inbound.message_id
    if ctx.inbound.kind is not Kind.EDITED or not own_number:
        return None
    earlier_messages = await _earlier(ctx.session, ctx.person.id, message_id)
    for earlier in earlier_messages:
        if earlier.address_id != ctx.address.id:
            continue
        inbound = Inbound.from_json(earlier.content)
        if inbound.message_id == own_number:
            return Original(inbound.text, earlier.intent)
    return None


async def _earlier(
    session: AsyncSession,
    person_id: int,
    message_id: int,
) -> Sequence[InboundMessage]:
    """List the messages that came before, the latest first."""
    earlier = (
        select(InboundMessage)
        .where(InboundMessage.person_id == person_id)
        .where(InboundMessage.id < message_id)
        .order_by(InboundMessage.id.desc())
        .limit(MAX_EARLIER)
    )
    return (await session.scalars(earlier)).all()


# --- what it points at ----------------------------------------------------------------------------


async def _question(ctx: Context) -> Question | None:
    """Return the question that a message points at; None where it points at none of ours."""
    message = await _pointed_at(ctx)
    if message is None:
        return None
    question = await _asked_in(ctx, message)
    if not _asks(question) and await _is_beside(ctx, message):
        return None
    is_answered = await _has_answered(ctx, message.created_at)
    return replace(question, is_answered=is_answered)


async def _pointed_at(ctx: Context) -> OutboundMessage | None:
    """Find the message of ours that a message replies or reacts to."""
    if not ctx.inbound.reply_to:
        return None
    pointed_at = (
        select(OutboundMessage)
        .where(OutboundMessage.address_id == ctx.address.id)
        .where(OutboundMessage.provider_id == ctx.inbound.reply_to)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    return await ctx.session.scalar(pointed_at)


async def _asked_in(ctx: Context, message: OutboundMessage) -> Question:
    """Return what a message of ours asked."""
    if message.broadcast_id is not None:
        return await _of_broadcast(ctx, message.broadcast_id)
    content = Content.from_json(message.content or {"text": ""})
    return asked_by(content.buttons, content.asks)


def _asks(question: Question) -> bool:
    return question.is_if_safe or bool(question.slot or question.options)


async def _is_beside(ctx: Context, message: OutboundMessage) -> bool:
    """Tell whether a message stood beside the question that waits, and is taken for it."""
    if ctx.inbound.kind is Kind.REACTION or message.broadcast_id is not None:
        return False
    last_turn = select(func.max(OutboundMessage.inbound_id)).where(
        OutboundMessage.person_id == ctx.person.id
    )
    last_inbound_id = await ctx.session.scalar(last_turn)
    return message.inbound_id == last_inbound_id


async def _has_answered(ctx: Context, since: datetime) -> bool:
    """Tell whether the person has told how they are since we asked."""
    check_in = await checkins.latest(ctx.session, ctx.person)
    if check_in is None:
        return False
    return check_in.at >= since


async def _of_broadcast(ctx: Context, broadcast_id: int) -> Question:
    broadcast = await ctx.session.get_one(Broadcast, broadcast_id)
    if broadcast.kind is not BroadcastKind.ROLL_CALL:
        return Question()
    content = fan_out.content(broadcast, ctx.language, ctx.address.form)
    return asked_by(content.buttons, ASKS_IF_SAFE)


def asked_by(buttons: Sequence[Button], asks: str) -> Question:
    """Return what a message of ours asks by its buttons and its slot."""
    options = []
    for button in buttons:
        option = Option(Verbatim(button.label), button.payload)
        options.append(option)
    if asks == ASKS_IF_SAFE:
        return Question(is_if_safe=True, options=tuple(options))
    return Question(slot=asks, options=tuple(options))


def says_nothing(ctx: Context) -> bool:
    """Tell whether a message is a reaction to something that asked nothing."""
    if ctx.inbound.kind is not Kind.REACTION:
        return False
    question = ctx.heard.arrival.question
    if question is None:
        return True
    return not question.is_if_safe and not question.slot


async def may_answer_roll_call(ctx: Context, state: State) -> bool:
    """Tell whether a yes, a no or a number may be for "are you safe?", which waits.

    Where we said nothing since the roll call, or asked nothing, it is what the message points at.
    """
    pointed_at = ctx.heard.arrival.question
    if pointed_at is not None:
        return pointed_at.is_if_safe
    if not may_be_answer(ctx):
        return False
    roll_call = await actions.roll_call(ctx)
    if roll_call is None:
        return False
    is_free = not state.offered and state.top is None
    is_meant = roll_call.is_last or is_free
    if is_meant and not _is_beyond(ctx.inbound.text, roll_call.buttons):
        question = asked_by(roll_call.buttons, ASKS_IF_SAFE)
        _point_at(ctx, question)
    return True


async def may_answer_invitation(ctx: Context, state: State) -> bool:
    """Tell whether a yes, a no or a number may be for the seat that the person is invited to.

    It is where we asked that last, or nothing since.
    """
    pointed_at = ctx.heard.arrival.question
    if pointed_at is not None:
        return any(seat_words.is_answer(option.payload) for option in pointed_at.options)
    if not may_be_answer(ctx):
        return False
    invitation = await actions.seating.invitation(ctx)
    if invitation is None or _is_beyond(ctx.inbound.text, invitation.buttons):
        return False
    is_free = not state.offered and state.top is None
    if not invitation.is_last and not is_free:
        return False
    _point_at(ctx, asked_by(invitation.buttons, ""))
    return True


async def may_answer_place_question(ctx: Context, state: State) -> bool:
    """Tell whether a message may be for "are you still there?", which waits.

    It is where we asked that last, or nothing since.
    """
    pointed_at = ctx.heard.arrival.question
    if pointed_at is not None:
        return any(place_question_words.is_answer(option.payload) for option in pointed_at.options)
    if ctx.inbound.kind is not Kind.TEXT or len(ctx.inbound.text) > MAX_WORDS_CHARS:
        return False
    question = await actions.confirming.question(ctx)
    if question is None or _is_beyond(ctx.inbound.text, question.buttons):
        return False
    is_free = not state.offered and state.top is None
    if not question.is_last and not is_free:
        return False
    _point_at(ctx, asked_by(question.buttons, ""))
    return True


def may_be_answer(ctx: Context) -> bool:
    """Tell whether a message is a yes, a no, or the number of a line."""
    text = ctx.inbound.text
    if ctx.inbound.kind is not Kind.TEXT or len(text) > MAX_ANSWER_CHARS:
        return False
    if ctx.heard.intent in {"affirm", "deny"}:
        return True
    return choices.read(text) is not None


def _is_beyond(text: str, buttons: Sequence[Button]) -> bool:
    """Tell whether a number is that of no line."""
    choice = choices.read(text)
    return choice is not None and choice.number > len(buttons)


def _point_at(ctx: Context, question: Question) -> None:
    arrival = replace(ctx.heard.arrival, question=question)
    ctx.heard = replace(ctx.heard, arrival=arrival)
