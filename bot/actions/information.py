"""What staff have put down for everybody: posts and advisories."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_datetime, get_timezone

from bot.actions.context import Context, Slots
from bot.actions.registering import meant
from bot.consular.advisories import advice
from bot.consular.reference import places, posts, timezones
from bot.messages import Form
from bot.models import Advisory, Post
from bot.text.text import in_language

ADVISORIES = 2  # shown when somebody asks
ADVICE_LETTERS = 300  # of each of them on a screen without buttons


async def find_posts(ctx: Context, slots: Slots) -> Slots:
    """The posts of the country asked about, in words."""
    country = _country(ctx, slots)
    found = await posts.covering(ctx.session, country)
    words = "\n\n".join(_post(ctx, post) for post in found)
    return {
        "posts": words,
        "country_name": places.country_name(country, ctx.language) if country else "",
    }


def _post(ctx: Context, post: Post) -> str:
    facts = {
        "post_emergency": post.emergency_phone,
        "post_phone": post.phone,
        "post_email": post.email,
        "post_address": in_language(post.street_addresses, ctx.language),
    }
    lines = [ctx.say(key, value=value) for key, value in facts.items() if value]
    return "\n".join([in_language(post.names, ctx.language), *(lines or [ctx.say("post_unknown")])])


async def find_advice(ctx: Context, slots: Slots) -> Slots:
    """The latest approved advisories for the country asked about, in words, each with the time it holds until."""
    country = _country(ctx, slots)
    found = (
        await advice.for_country(ctx.session, country, ctx.now, ADVISORIES, ctx.person.id)
        if country
        else []
    )
    name = places.country_name(country, ctx.language) if country else ""
    words = [_advisory(ctx, advisory) for advisory in found]
    if country and await advice.is_being_corrected(ctx.session, country, ctx.now, ctx.person.id):
        words.insert(0, ctx.say("advice_being_corrected", country_name=name))
    return {"advice": "\n\n".join(words), "country_name": name}


def _advisory(ctx: Context, advisory: Advisory) -> str:
    """On a screen without buttons the short text that staff wrote, if they did."""
    text = advisory.texts[ctx.language]
    parts = [text.headline, text.text, text.instruction]
    if ctx.address.form is Form.TEXT:
        details = " ".join(filter(None, (text.text, text.instruction)))
        parts = [text.sms] if text.sms else [text.headline, shorten(details, ADVICE_LETTERS)]
    until = [_until(ctx, advisory.valid_until)] if advisory.valid_until else []
    return "\n".join([*filter(None, parts), *until])


def shorten(words: str, most: int) -> str:
    """Whole words, as many as there is room for."""
    return words if len(words) <= most else f"{words[:most].rpartition(' ')[0] or words[:most]} ..."


def _until(ctx: Context, at: datetime) -> str:
    """The time in the reader's own zone, or in UTC, and said so, where we do not know it."""
    zone = timezones.of(ctx.person.country, ctx.person.city)
    locale, pattern = (
        ("ar_AE", "EEEE d MMMM، HH:mm") if ctx.language == "ar" else ("en_GB", "EEEE d MMMM, HH:mm")
    )
    shown = format_datetime(at, pattern, tzinfo=get_timezone(zone or "UTC"), locale=locale)
    return ctx.say("advice_until" if zone else "advice_until_utc", until=shown)


def _country(ctx: Context, slots: Slots) -> str | None:
    """The country of the place that was named, else the person's."""
    value = slots.get("place")
    if not value:
        return ctx.person.country
    if value.startswith("@"):
        latitude, longitude = value[1:].split(",")
        return places.country_at(float(latitude), float(longitude))
    return meant(value, ctx.person.country, None)[0][:2]
