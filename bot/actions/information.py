"""What staff wrote for everybody: posts and advisories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.actions.context import Context, Slots, country_name
from bot.actions.placing import meanings
from bot.consular.advisories import advice
from bot.consular.people import placement, posters
from bot.consular.reference import care, contacts, places, timezones
from bot.consular.reference.care import Care, Tie
from bot.dialogue.whereabouts import NamedPlace
from bot.messages import Form, Location
from bot.models import Advisory, AdvisoryText
from bot.text import times

MAX_ADVISORIES = 2  # shown when somebody asks
MAX_ADVICE_CHARS = 300  # of each advisory on a screen without buttons


async def find_posts(
    ctx: Context,
    slots: Slots,
) -> Slots:
    """Describe the posts that look after the country asked about, and whom to call first there.

    Where there is none of its own, an accredited one or the nearest is named, and which it is.
    """
    countries = countries_asked(
        ctx,
        slots,
    )
    paragraphs: list[str] = []
    for country in countries:
        paragraphs.extend(
            await _look_after(
                ctx,
                country,
            )
        )
    return {
        "posts": _paragraphs(paragraphs),
        "country_name": names_of(
            ctx,
            countries,
        ),
    }


async def _look_after(
    ctx: Context,
    country: str,
) -> list[str]:
    """Describe who looks after a country; nothing where nobody does."""
    caring = await care_of(
        ctx,
        country,
    )
    if not caring.posts:
        return []
    name = country_name(
        country,
        ctx.language,
    )
    paragraphs: list[str] = []
    if caring.tie is not Tie.HERE:
        paragraphs.append(
            ctx.say(
                f"care_{caring.tie.value}",
                country_name=name,
            )
        )
    for post in caring.posts:
        paragraphs.append(
            contacts.described(
                post,
                ctx.language,
                ctx.address.form,
            )
        )
    first = await contacts.first_call_in(
        ctx.session,
        country,
        ctx.language,
        ctx.address.form,
    )
    if first:
        paragraphs.append(first)
    return paragraphs


async def care_of(
    ctx: Context,
    country: str,
) -> Care:
    """Return who looks after a country: first of them the post whose poster brought the person.

    The nearest is looked for from where the person is, if that is there.
    """
    position = None
    if country == ctx.person.country:
        position = placement.coarse_position(ctx.person)
    caring = await care.of(
        ctx.session,
        country,
        position,
    )
    poster = await posters.of(
        ctx.session,
        ctx.person,
    )
    if poster is None:
        return caring
    own_post = await care.successor(
        ctx.session,
        poster,
    )
    if own_post is None or own_post not in caring.posts:
        return caring
    others = [post for post in caring.posts if post != own_post]
    return Care(
        caring.tie,
        [own_post, *others],
    )


def _paragraphs(texts: Sequence[str]) -> str:
    """Put texts under one another, each once."""
    return "\n\n".join(dict.fromkeys(texts))


def names_of(
    ctx: Context,
    countries: Sequence[str],
) -> str:
    """Name the countries that a question may be about."""
    names = []
    for country in countries:
        names.append(
            country_name(
                country,
                ctx.language,
            )
        )
    return " / ".join(names)


async def find_advice(
    ctx: Context,
    slots: Slots,
) -> Slots:
    """Word the latest approved advisories for the country asked about.

    Each says until when it holds.
    """
    countries = countries_asked(
        ctx,
        slots,
    )
    paragraphs: list[str] = []
    for country in countries:
        paragraphs.extend(
            await _advise(
                ctx,
                country,
            )
        )
    return {
        "advice": _paragraphs(paragraphs),
        "country_name": names_of(
            ctx,
            countries,
        ),
    }


async def _advise(
    ctx: Context,
    country: str,
) -> list[str]:
    """Word the advisories for a country, one a paragraph."""
    paragraphs = []
    is_being_corrected = await advice.is_being_corrected(
        ctx.session,
        country,
        ctx.now,
        ctx.person.id,
    )
    if is_being_corrected:
        name = country_name(
            country,
            ctx.language,
        )
        paragraphs.append(
            ctx.say(
                "advice_being_corrected",
                country_name=name,
            )
        )
    advisories = await advice.for_country(
        ctx.session,
        country,
        ctx.now,
        MAX_ADVISORIES,
        ctx.person.id,
    )
    for advisory in advisories:
        paragraphs.append(
            _word_advisory(
                ctx,
                advisory,
            )
        )
    return paragraphs


def _word_advisory(
    ctx: Context,
    advisory: Advisory,
) -> str:
    text = advisory.texts[ctx.language]
    if ctx.address.form is Form.TEXT:
        parts = _short_parts(text)
    else:
        parts = [text.headline, text.text, text.instruction]
    if advisory.valid_until:
        parts.append(
            _word_until(
                ctx,
                advisory.valid_until,
            )
        )
    return "\n".join(
        filter(
            None,
            parts,
        )
    )


def _short_parts(text: AdvisoryText) -> list[str | None]:
    """Return the short text that staff wrote, or else the beginning of the long one."""
    if text.sms:
        return [text.sms]
    details = filter(
        None,
        (text.text, text.instruction),
    )
    shortened = shorten(
        " ".join(details),
        MAX_ADVICE_CHARS,
    )
    return [text.headline, shortened]


def shorten(
    text: str,
    max_chars: int,
) -> str:
    """Shorten a text to whole words."""
    if len(text) <= max_chars:
        return text
    beginning = text[:max_chars]
    whole_words = beginning.rpartition(" ")[0]
    return f"{whole_words or beginning} ..."


def _word_until(
    ctx: Context,
    at: datetime,
) -> str:
    """Word a time in the reader's own zone; in UTC, and say so, where we do not know it."""
    person = ctx.person
    zone = timezones.of(
        person.country,
        person.city,
    )
    if zone is None:
        return ctx.say(
            "advice_until_utc",
            until=times.spoken(
                at,
                "UTC",
                ctx.language,
            ),
        )
    return ctx.say(
        "advice_until",
        until=times.spoken(
            at,
            zone,
            ctx.language,
        ),
    )


def countries_asked(
    ctx: Context,
    slots: Slots,
) -> list[str]:
    """Return the countries that the place of a question may be in, else the person's own.

    Whoever asks about «الكونغو» hears of both.
    """
    home = ctx.person.country
    countries: list[str | None] = [home]
    match slots.get("place"):
        case Location(latitude, longitude):
            countries = [
                places.country_at(
                    latitude,
                    longitude,
                )
            ]
        case NamedPlace() as place:
            codes = meanings(
                place,
                home,
            )
            countries = [code[:2] for code in codes]
    return list(
        dict.fromkeys(
            filter(
                None,
                countries,
            )
        )
    )
