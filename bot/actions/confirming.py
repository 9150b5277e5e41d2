"""Whether a person is still where our record has them: what they answer, and our question."""

from __future__ import annotations

from sqlalchemy import select

from bot.actions.context import Context, Slots, placed
from bot.actions.seating import Invitation
from bot.consular.broadcasts import place_question_words
from bot.consular.people import confirmations
from bot.dialogue.whereabouts import NamedPlace
from bot.messages import Content
from bot.models import OutboundMessage, PlaceAnswer


async def confirm_place(ctx: Context, slots: Slots) -> Slots:
    """Confirm the place on record, unless the button that was pressed means another one."""
    person = ctx.person
    code = confirmations.code_of(person)
    meant = slots.get("payload") or ""
    is_same = meant in {"", code, person.country}
    if code is None or not is_same:
        return {"still_where": False}
    await confirmations.by_person(
        ctx.session,
        person,
        ctx.now,
        ctx.written_at,
    )
    return {
        **placed(person),
        "still_where": True,
    }


async def note_moved(ctx: Context, slots: Slots) -> Slots:
    """Note that the person is no longer there; where they are now is asked, unless they said it.

    «نعم، مازلت في صفاقس» names the place on record: then they are still there.
    """
    place = slots.get("place")
    code = confirmations.code_of(ctx.person)
    answer = PlaceAnswer.MOVED
    if isinstance(place, NamedPlace) and code in place.meanings:
        answer = PlaceAnswer.STILL_THERE
    await confirmations.answer(
        ctx.session,
        ctx.person,
        answer,
        ctx.now,
    )
    return {"place": place}


async def question(ctx: Context) -> Invitation | None:
    """Return the question about the place that the message may answer.

    A message that was written before the question answers nothing.
    """
    waiting = await confirmations.waiting_question(ctx.session, ctx.person, ctx.written_at)
    if waiting is None:
        return None
    buttons = place_question_words.answers(
        ctx.language,
        ctx.address.form,
        ctx.person,
    )
    is_last = await _is_last(ctx)
    return Invitation(buttons, is_last)


async def _is_last(ctx: Context) -> bool:
    """Tell whether the last message of the person's own asks whether they are still there."""
    messages = select(OutboundMessage.content).where(
        OutboundMessage.person_id == ctx.person.id,
        OutboundMessage.broadcast_id.is_(None),
    )
    latest_first = messages.order_by(OutboundMessage.id.desc())
    stored = await ctx.session.scalar(latest_first.limit(1))
    if stored is None:
        return False
    content = Content.from_json(stored)
    return any(place_question_words.is_answer(button.payload) for button in content.buttons)
