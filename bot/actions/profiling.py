"""The profile of the community in chat: what somebody tells of their work, skills and languages."""

from __future__ import annotations

from bot.actions.context import COMMAS, Context, Slots
from bot.consular.people import profile, profile_words
from bot.models import Profile

# The dimensions that are said back, with the key of each line.
LINES = {
    "profession": "profile_profession",
    "field": "profile_field",
    "skill": "profile_skill",
    "language": "profile_language",
    "volunteer": "profile_volunteer",
}


async def open_profile(ctx: Context, _slots: Slots) -> Slots:
    """Open the profile of somebody who agreed to have one."""
    await profile.agree(
        ctx.session,
        ctx.person,
        ctx.now,
    )
    return {"has_profile": True}


async def tell_profile(ctx: Context, _slots: Slots) -> Slots:
    """Word what the profile holds; None where there is none, or nothing in it."""
    own = await profile.of(ctx.session, ctx.person)
    if own is None:
        return {"has_profile": False, "profile": None}
    return {"has_profile": True, "profile": _worded(ctx, own)}


async def data_line(ctx: Context) -> str:
    """Word the profile in one line for "my data"; "" where there is none, or nothing in it."""
    own = await profile.of(ctx.session, ctx.person)
    if own is None:
        return ""
    names: list[str] = []
    for dimension in LINES:
        names.extend(_names(ctx, own, dimension))
    return COMMAS[ctx.language].join(dict.fromkeys(names))


async def keep_profile(ctx: Context, slots: Slots) -> Slots:
    """Keep what a text tells of the profile; `is_understood` says whether it told anything."""
    told = profile_words.read(str(slots.get("about_me") or ""))
    if told:
        await profile.add(
            ctx.session,
            ctx.person,
            told,
            ctx.now,
        )
    updates = await tell_profile(ctx, slots)
    return {**updates, "is_understood": bool(told), "about_me": None}


async def remove_profile(ctx: Context, _slots: Slots) -> Slots:
    """Delete the profile; the person stays registered."""
    had_profile = await profile.remove(
        ctx.session,
        ctx.person,
        ctx.now,
    )
    return {"had_profile": had_profile, "has_profile": False, "profile": None}


def _worded(ctx: Context, own: Profile) -> str | None:
    """Word a profile, a line for each dimension."""
    lines: list[str] = []
    for dimension, key in LINES.items():
        names = _names(ctx, own, dimension)
        if names:
            joined = COMMAS[ctx.language].join(names)
            lines.append(ctx.say(key, value=joined))
    years = own.answers.get("years")
    if years is not None:
        lines.append(ctx.say("profile_years", value=years))
    return "\n".join(lines) or None


def _names(
    ctx: Context,
    own: Profile,
    dimension: str,
) -> list[str]:
    """Name the codes of a dimension."""
    codes = own.answers.get(dimension, ())
    return [profile_words.name(dimension, code, ctx.language) for code in codes]
