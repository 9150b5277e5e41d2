"""Safe or in need; about oneself or about somebody else. Recorded at the first message."""

from __future__ import annotations

from bot.actions.context import Context, Slots
from bot.actions.registering import keep_party, keep_place
from bot.consular.crises import cases, checkins
from bot.consular.reference import posts
from bot.dialogue.whereabouts import Description
from bot.models import CaseKind, CheckInStatus
from bot.text.text import ascii_digits

MIN_CONFIDENCE = 0.6  # of a cry for help that changes what a case is about

NEEDS = {
    "need_help": (CheckInStatus.HELP, CaseKind.LIFE),
    "need_medical": (CheckInStatus.MEDICAL, CaseKind.MEDICAL),
    "need_evacuation": (CheckInStatus.EVACUATE, CaseKind.EVACUATION),
}
_KINDS = {status.value: kind for status, kind in NEEDS.values()}


async def record_safe(ctx: Context, _slots: Slots) -> Slots:
    """Record that the person is safe."""
    await _check_in(ctx, CheckInStatus.SAFE)
    return {"status": CheckInStatus.SAFE.value}


async def record_help(ctx: Context, slots: Slots) -> Slots:
    """Record that the person is in need, and open a case with their words."""
    intent = slots["intent"]
    status, kind = NEEDS[intent]
    await _check_in(ctx, status)
    text = ctx.words
    if answers_a_list(text):
        text = f"[{intent}]"
    await _write(ctx, kind, text)
    return {"status": status.value}


async def _check_in(
    ctx: Context,
    status: CheckInStatus,
) -> None:
    channel = ctx.address.channel
    await checkins.record(
        ctx.session,
        ctx.person,
        status,
        channel.value,
        ctx.now,
    )


def answers_a_list(text: str) -> bool:
    """Tell whether somebody wrote the number of a choice: staff should read the choice."""
    number = ascii_digits(text)
    return number.strip(" .()").isdecimal()


async def find_emergency(ctx: Context, _slots: Slots) -> Slots:
    """Find the number that a post answers at night."""
    country = ctx.person.country
    if country is None:
        return {"emergency": None}
    for post in await posts.covering(ctx.session, country):
        number = post.emergency_phone or post.phone
        if number:
            return {"emergency": number}
    return {"emergency": None}


async def note_whereabouts(ctx: Context, slots: Slots) -> Slots:
    """Write where somebody in need is into the case, and keep it when it is a place."""
    place = slots.get("whereabouts")
    if not place or place == slots.get("noted"):
        return {"options": None}
    await _note(ctx, slots, ctx.words)
    if isinstance(place, Description):
        return {"options": None, "noted": place}
    options = slots.get("options") or ()
    updates = await keep_place(ctx, place, options)
    return {**updates, "noted": place}


async def note_party(ctx: Context, slots: Slots) -> Slots:
    """Write into the case how many need help, and keep the number."""
    party = slots.get("party")
    if party is not None:
        await _note(ctx, slots, f"👥 {party}")
    return await keep_party(ctx, slots)


async def note_needs(ctx: Context, slots: Slots) -> Slots:
    """Write what is needed first into the case.

    Somebody who asks for a doctor only now is recorded as needing one.
    """
    if _is_about_another_need(ctx, slots):
        intent = ctx.heard.intent
        return await record_help(ctx, {"intent": intent})
    needs = slots.get("needs")
    if needs:
        await _note(ctx, slots, str(needs))
    return {}


def _is_about_another_need(ctx: Context, slots: Slots) -> bool:
    heard = ctx.heard
    intent = heard.intent or ""
    if intent not in NEEDS:
        return False
    if heard.confidence < MIN_CONFIDENCE:
        return False
    status, _kind = NEEDS[intent]
    return status.value != slots.get("status")


async def note_words(ctx: Context, slots: Slots) -> Slots:
    """Write words of somebody in need that answered no question of ours into the case."""
    await _note(ctx, slots, ctx.words)
    return {}


async def add_to_case(ctx: Context, _slots: Slots) -> Slots:
    """Add what was not understood to the person's open case, which it most likely goes on about."""
    text = ctx.words
    if not text:
        return {"added": False}
    case = await cases.add_to_open(
        ctx.session,
        ctx.person,
        text,
        ctx.now,
    )
    return {"added": case is not None}


async def _note(ctx: Context, slots: Slots, text: str) -> None:
    status = str(slots.get("status"))
    kind = _KINDS.get(status, CaseKind.LIFE)
    await _write(ctx, kind, text)


async def _write(
    ctx: Context,
    kind: CaseKind,
    text: str,
) -> None:
    note = (kind, text)
    if note not in ctx.noted:
        ctx.noted.add(note)
        await _open_case(ctx, kind, text)


async def _open_case(
    ctx: Context,
    kind: CaseKind,
    text: str,
) -> None:
    await cases.open_case(
        ctx.session,
        ctx.person,
        kind,
        text,
        ctx.now,
    )


async def note_doubt(ctx: Context, _slots: Slots) -> Slots:
    """Show staff the words of what may be a cry for help."""
    await _open_case(ctx, CaseKind.UNCLEAR, ctx.words)
    return {}


async def open_relative(ctx: Context, _slots: Slots) -> Slots:
    """Open a case about another person, with the first words."""
    await _open_case(ctx, CaseKind.RELATIVE, ctx.words)
    return {}


async def note_matter(ctx: Context, slots: Slots) -> Slots:
    """Write into the case whether the other person is missing, in danger, or to be added."""
    matter = slots["matter"]
    await _open_case(ctx, CaseKind.RELATIVE, f"[{matter}]")
    return {}


async def note_story(ctx: Context, slots: Slots) -> Slots:
    """Write into the case what the person tells about the other."""
    story = slots["story"]
    await _open_case(ctx, CaseKind.RELATIVE, str(story))
    return {}


async def open_human(ctx: Context, _slots: Slots) -> Slots:
    """Open a case for somebody who wants to talk to staff."""
    await _open_case(ctx, CaseKind.HUMAN, ctx.words)
    return {}
