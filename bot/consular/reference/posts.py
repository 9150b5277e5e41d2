"""Posts: Libya's embassies and consulates.

A field that nobody filled in is empty, never invented.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference.places import COUNTRIES
from bot.models import Post
from bot.text.text import LANGUAGES, clean

MISSIONS = Path(__file__).parent / "data" / "missions.csv"
MAX_NAME_CHARS = 200
MAX_ADDRESS_CHARS = 500
MAX_FIELD_CHARS = {
    "country": 2,
    "phone": 40,
    "emergency_phone": 40,
    "email": 120,
}
MAX_WORDS_CHARS = {
    "names": MAX_NAME_CHARS,
    "street_addresses": MAX_ADDRESS_CHARS,
}
_MISSION_NAMES = {
    "embassy": {
        "en": "Embassy of Libya, {city}",
        "ar": "سفارة ليبيا - {city}",
    },
    "consulate_general": {
        "en": "Consulate General of Libya, {city}",
        "ar": "القنصلية العامة الليبية - {city}",
    },
    "consulate": {
        "en": "Consulate of Libya, {city}",
        "ar": "القنصلية الليبية - {city}",
    },
}


class Fields(TypedDict, total=False):
    """The fields of a post to change; names and street addresses are by language."""

    country: str
    names: Mapping[str, str]
    street_addresses: Mapping[str, str]
    phone: str
    emergency_phone: str
    email: str


async def covering(
    session: AsyncSession,
    country: str | None,
) -> list[Post]:
    """Return the posts in a country, the embassy first."""
    query = select(Post).where(Post.country == country)
    posts = await session.scalars(query.order_by(Post.id))
    return list(posts)


async def everything(session: AsyncSession) -> list[Post]:
    """Return all posts by country."""
    query = select(Post).order_by(Post.country, Post.id)
    posts = await session.scalars(query)
    return list(posts)


async def countries(session: AsyncSession) -> dict[int, str]:
    """Return the country (alpha-2) of each post by the post's id."""
    posts = await session.execute(select(Post.id, Post.country))
    return {post.id: post.country for post in posts}


Words = dict[str, str]
Contents = dict[str, str | Words]  # what a post says, by column


def contents(post: Post) -> Contents:
    """Return what a post says, by column; names and street addresses by language."""
    return {
        "country": post.country,
        "names": dict(post.names),
        "street_addresses": dict(post.street_addresses),
        "phone": post.phone,
        "emergency_phone": post.emergency_phone,
        "email": post.email,
    }


def changed(post: Post, fields: Fields) -> Contents:
    """Return what the fields would change of a post. Raises ConsularError.

    The words of a language that `fields` leaves out stay as they are.
    """
    before = contents(post)
    draft = Post(**contents(post))
    _fill(draft, fields)
    if draft.country not in COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(draft.country))
    _check_names(draft)
    after: Contents = {}
    for field, words in contents(draft).items():
        if words != before[field]:
            after[field] = words
    return after


def new(country: str) -> Post:
    """Return a post of a country about which nothing is known yet."""
    return Post(
        country=country,
        names={},
        street_addresses={},
        phone="",
        emergency_phone="",
        email="",
    )


async def save(
    session: AsyncSession,
    post: Post,
    fields: Fields,
    actor: str,
    now: datetime,
) -> Post:
    """Change the fields of a post, which a second person approved. Raises ConsularError.

    The audit trail keeps the old and the new words: they are public.
    """
    before = contents(post)
    after = changed(post, fields)
    _fill(post, fields)
    session.add(post)
    await session.flush()
    details: dict[str, list[str]] = {}
    for field, words in after.items():
        words_before = before[field]
        details[field] = [_written(words_before), _written(words)]
    await trail.note(session, actor, "post.saved", f"post:{post.id}", now, **details)
    return post


def _written(words: str | Words) -> str:
    """Write what a column says in one line, with the languages of its words."""
    if isinstance(words, str):
        return words
    lines: list[str] = []
    for language, text in sorted(words.items()):
        lines.append(f"{language}: {text}")
    return " · ".join(lines)


def _check_names(post: Post) -> None:
    """Raise ConsularError unless the post has a name in each language."""
    for language in LANGUAGES:
        if not post.names.get(language):
            raise ConsularError("Write the name in both languages.")


def _fill(post: Post, fields: Mapping[str, Any]) -> None:
    """Set the fields of a post. Raises ConsularError for a field that a post does not have."""
    for field, content in fields.items():
        if field in MAX_WORDS_CHARS:
            texts = _cleaned(content, MAX_WORDS_CHARS[field])
            setattr(post, field, {**getattr(post, field), **texts})
        elif field in MAX_FIELD_CHARS:
            setattr(post, field, clean(content, MAX_FIELD_CHARS[field]))
        else:
            raise ConsularError("A post has no field {field}.", field=Quote(field))


def _cleaned(texts: Mapping[str, str], limit: int) -> dict[str, str]:
    clean_texts: dict[str, str] = {}
    for language, text in texts.items():
        clean_texts[language] = clean(text, limit)
    return clean_texts


async def seed(session: AsyncSession) -> int:
    """Fill an empty table with the names of the missions; return how many were added."""
    count = select(func.count()).select_from(Post)
    if await session.scalar(count):
        return 0
    posts: list[Post] = []
    with MISSIONS.open(encoding="utf-8", newline="") as file:
        for mission in csv.DictReader(file):
            posts.append(_mission(mission))
    session.add_all(posts)
    await session.flush()
    return len(posts)


def _mission(mission: Mapping[str, str]) -> Post:
    """Build the post of a line of the table, named by its kind and its city."""
    patterns = _MISSION_NAMES[mission["kind"]]
    names: dict[str, str] = {}
    for language, pattern in patterns.items():
        city = mission[f"city_{language}"]
        names[language] = pattern.format(city=city)
    return Post(country=mission["country"], names=names)
