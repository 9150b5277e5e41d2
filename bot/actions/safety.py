"""Safe, or not; about oneself or about somebody else. Written down at the first message."""

from __future__ import annotations

from bot.actions.context import Context, Slots
from bot.actions.registering import keep_party, weigh_place
from bot.consular.crises import cases, checkins
from bot.consular.reference import posts
from bot.models import CaseKind, CheckInStatus
from bot.text.text import ascii_digits

HELP = {
    "need_help": (CheckInStatus.HELP, CaseKind.LIFE),
    "need_medical": (CheckInStatus.MEDICAL, CaseKind.MEDICAL),
    "need_evacuation": (CheckInStatus.EVACUATE, CaseKind.EVACUATION),
}
_KINDS = {status.value: kind for status, kind in HELP.values()}


async def record_safe(ctx: Context, _slots: Slots) -> Slots:
    """Safe: written down at the first message."""
    await checkins.record(
        ctx.session, ctx.person, CheckInStatus.SAFE, ctx.address.channel.value, ctx.now
    )
    return {"status": CheckInStatus.SAFE.value}


async def record_help(ctx: Context, slots: Slots) -> Slots:
    """In need: the check-in and a case with the person's words, at the first message."""
    status, kind = HELP[slots["intent"]]
    await checkins.record(ctx.session, ctx.person, status, ctx.address.channel.value, ctx.now)
    words = f"[{slots['intent']}]" if answers_a_list(ctx.words) else ctx.words
    await _write(ctx, kind, words)
    return {"status": status.value}


def answers_a_list(words: str) -> bool:
    """Whether somebody wrote the number of a choice: staff should read the choice."""
    return ascii_digits(words).strip(" .()").isdecimal()


async def find_emergency(ctx: Context, _slots: Slots) -> Slots:
    """The number that is answered at night, where we know one."""
    found = await posts.covering(ctx.session, ctx.person.country) if ctx.person.country else []
    numbers = [post.emergency_phone or post.phone for post in found]
    return {"emergency": next(filter(None, numbers), None)}


async def note_whereabouts(ctx: Context, slots: Slots) -> Slots:
    """Where somebody in need is: kept when it is a place, and in any case written into the case."""
    value = slots.get("whereabouts")
    if not value or value == slots.get("noted"):
        return {"options": None}
    await _note(ctx, slots, ctx.words)
    if value.startswith("~"):
        return {"options": None, "noted": value}
    return {**await weigh_place(ctx, {**slots, "place": value}), "noted": value}


async def note_party(ctx: Context, slots: Slots) -> Slots:
    """How many need help, on the record and in the case."""
    if slots.get("party") is not None:
        await _note(ctx, slots, f"👥 {slots['party']}")
    return await keep_party(ctx, slots)


async def note_needs(ctx: Context, slots: Slots) -> Slots:
    """What is needed first. Somebody who now asks for a doctor is filed as needing one."""
    worse = HELP.get(ctx.heard.intent or "") if ctx.heard.confidence >= 0.6 else None
    if worse and worse[0].value != slots.get("status"):
        return await record_help(ctx, {"intent": ctx.heard.intent})
    if slots.get("needs"):
        await _note(ctx, slots, str(slots["needs"]))
    return {}


async def note_words(ctx: Context, slots: Slots) -> Slots:
    """Words of somebody in need that answered no question of ours: staff read them all the same."""
    await _note(ctx, slots, ctx.words)
    return {}


async def add_to_case(ctx: Context, _slots: Slots) -> Slots:
    """What was not understood, from somebody whose case is open: most likely it goes on about that."""
    added = (
        await cases.add_to_open(ctx.session, ctx.person, ctx.words, ctx.now) if ctx.words else None
    )
    return {"added": added is not None}


async def _note(ctx: Context, slots: Slots, words: str) -> None:
    await _write(ctx, _KINDS.get(str(slots.get("status")), CaseKind.LIFE), words)


async def _write(ctx: Context, kind: CaseKind, words: str) -> None:
    if (kind, words) not in ctx.noted:
        ctx.noted.add((kind, words))
        await cases.open_case(ctx.session, ctx.person, kind, words, ctx.now)


async def note_doubt(ctx: Context, _slots: Slots) -> Slots:
    """It may be a cry for help: staff see the words."""
    await cases.open_case(ctx.session, ctx.person, CaseKind.UNCLEAR, ctx.words, ctx.now)
    return {}


async def open_relative(ctx: Context, _slots: Slots) -> Slots:
    """A case about another person, with the first words."""
    await cases.open_case(ctx.session, ctx.person, CaseKind.RELATIVE, ctx.words, ctx.now)
    return {}


async def note_matter(ctx: Context, slots: Slots) -> Slots:
    """Missing, in danger, or to be added."""
    await cases.open_case(
        ctx.session, ctx.person, CaseKind.RELATIVE, f"[{slots['matter']}]", ctx.now
    )
    return {}


async def note_story(ctx: Context, slots: Slots) -> Slots:
    """What was told about them."""
    await cases.open_case(ctx.session, ctx.person, CaseKind.RELATIVE, str(slots["story"]), ctx.now)
    return {}


async def open_human(ctx: Context, _slots: Slots) -> Slots:
    """Somebody wants to talk to a person."""
    await cases.open_case(ctx.session, ctx.person, CaseKind.HUMAN, ctx.words, ctx.now)
    return {}
