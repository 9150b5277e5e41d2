"""What staff have put down for everybody: posts and advisories."""

from __future__ import annotations

from bot.actions.context import Context, Slots
from bot.actions.registering import meant
from bot.consular import advice, places, posts
from bot.messages import Form
from bot.models import Post

ADVISORIES = 2  # shown when somebody asks
ADVICE_LETTERS = 600  # of each of them on a screen without buttons


async def find_posts(ctx: Context, slots: Slots) -> Slots:
    """The posts of the country asked about, in words."""
    country = _country(ctx, slots)
    found = await posts.covering(ctx.session, country)
    words = "\n\n".join(_post(ctx, post) for post in found)
    return {"posts": words, "country_name": places.country_name(country, ctx.language) if country else ""}


def _post(ctx: Context, post: Post) -> str:
    ar = ctx.language == "ar"
    facts = {
        "post_emergency": post.emergency_phone,
        "post_phone": post.phone,
        "post_email": post.email,
        "post_address": post.address_ar if ar else post.address_en,
    }
    lines = [ctx.say(key, value=value) for key, value in facts.items() if value]
    return "\n".join([post.name_ar if ar else post.name_en, *(lines or [ctx.say("post_unknown")])])


async def find_advice(ctx: Context, slots: Slots) -> Slots:
    """The latest approved advisories for the country asked about, in words."""
    country = _country(ctx, slots)
    found = await advice.for_country(ctx.session, country, ctx.now, ADVISORIES) if country else []
    ar, longest = ctx.language == "ar", ADVICE_LETTERS if ctx.address.form is Form.TEXT else None
    texts = [(a.headline_ar, a.text_ar) if ar else (a.headline_en, a.text_en) for a in found]
    words = "\n\n".join(f"{headline}\n{text[:longest]}" for headline, text in texts)
    return {"advice": words, "country_name": places.country_name(country, ctx.language) if country else ""}


def _country(ctx: Context, slots: Slots) -> str | None:
    """The country of the place that was named, else the person's."""
    value = slots.get("place")
    if not value:
        return ctx.person.country
    if value.startswith("@"):
        latitude, longitude = value[1:].split(",")
        return places.country_at(float(latitude), float(longitude))
    return meant(value, ctx.person.country, None)[0][:2]
