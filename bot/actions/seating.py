"""Seats out of a crisis: where a household stands, and its answer to an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from bot.actions.context import Context, Slots
from bot.consular.crises import seat_words, seats, wishes
from bot.messages import Button, Content
from bot.models import (
    Crisis,
    CrisisState,
    OutboundMessage,
    Person,
    Seat,
    SeatState,
    Transport,
)


async def tell_seat(ctx: Context, _slots: Slots) -> Slots:
    """Word where the household stands in each crisis that it asked to leave; None for none."""
    household_seats = await seats.of_person(ctx.session, ctx.person.id)
    return await _told(ctx, household_seats)


async def _told(ctx: Context, household_seats: Sequence[Seat]) -> Slots:
    paragraphs: list[str] = []
    for seat in household_seats:
        content = await seat_words.standing(
            ctx.session,
            seat,
            ctx.person,
            ctx.address.form,
        )
        paragraphs.append(content.text)
    states = {seat.state for seat in household_seats}
    return {
        "seat": "\n\n".join(dict.fromkeys(paragraphs)) or None,
        "is_invited": SeatState.INVITED in states,
        "has_seat": not states.isdisjoint(seats.TAKEN_STATES),
    }


async def take_seat(ctx: Context, slots: Slots) -> Slots:
    """Confirm the seats that the household was invited to."""
    return await _answer(ctx, slots, comes=True)


async def leave_seat(ctx: Context, slots: Slots) -> Slots:
    """Give the seats back, or leave the list."""
    return await _answer(ctx, slots, comes=False)


async def _answer(
    ctx: Context,
    slots: Slots,
    comes: bool,
) -> Slots:
    """Take an answer, and word where the household stands from then on."""
    payload = str(slots.get("payload") or "")
    transport_id = int(payload) if payload.isdecimal() else None
    seat = await seats.answer(
        ctx.session,
        ctx.person,
        comes,
        transport_id,
        ctx.now,
    )
    if seat is None:
        return await tell_seat(ctx, slots)
    ctx.topics.add("board")
    return await _told(ctx, [seat])


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that waits for its answer: its buttons, and whether we asked that last."""

    buttons: tuple[Button, ...]
    is_last: bool


async def invitation(ctx: Context) -> Invitation | None:
    """Return the invitation that the message may answer.

    A message that was written before the invitation answers nothing.
    """
    query = select(Transport).join(Seat, Seat.transport_id == Transport.id)
    query = query.where(
        Seat.person_id == ctx.person.id,
        Seat.state == SeatState.INVITED,
        Seat.changed_at <= ctx.written_at,
    )
    transport = await ctx.session.scalar(query.order_by(Seat.changed_at.desc()).limit(1))
    if transport is None:
        return None
    buttons = seat_words.buttons(
        transport,
        ctx.language,
        ctx.address.form,
    )
    is_last = await _is_last(ctx)
    return Invitation(buttons, is_last)


async def _is_last(ctx: Context) -> bool:
    """Tell whether the last message to the person asks whether they come."""
    messages = select(OutboundMessage.content).where(
        OutboundMessage.person_id == ctx.person.id,
    )
    latest = messages.order_by(OutboundMessage.id.desc()).limit(1)
    stored = await ctx.session.scalar(latest)
    if stored is None:
        return False
    content = Content.from_json(stored)
    return any(seat_words.is_answer(button.payload) for button in content.buttons)


def has_left_list(person: Person) -> ColumnElement[bool]:
    """Return whether the person has no seat out of an open crisis any more, and may want one."""
    seat = select(Seat.id).join(Crisis, Crisis.id == Seat.crisis_id)
    return seat.where(
        Seat.person_id == person.id,
        Seat.state.in_(wishes.LEFT_STATES),
        Crisis.state == CrisisState.OPEN,
    ).exists()
