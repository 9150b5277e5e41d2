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
from bot.consular.staff import roles
from bot.models import Post, Staff
from bot.text.text import LANGUAGES, clean

MISSIONS = Path(__file__).parent / "data" / "missions.csv"
MAX_NAME_CHARS = 200
MAX_ADDRESS_CHARS = 500
MAX_FIELD_CHARS = {"country": 2, "phone": 40, "emergency_phone": 40, "email": 120}
MAX_WORDS_CHARS = {"names": MAX_NAME_CHARS, "street_addresses": MAX_ADDRESS_CHARS}
_MISSION_NAMES = {
    "embassy": {"en": "Embassy of Libya, {city}", "ar": "سفارة ليبيا - {city}"},
    "consulate_general": {
        "en": "Consulate General of Libya, {city}",
        "ar": "القنصلية العامة الليبية - {city}",
    },
    "consulate": {"en": "Consulate of Libya, {city}", "ar": "القنصلية الليبية - {city}"},
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


async def save(
    session: AsyncSession,
    staff: Staff,
    fields: Fields,
    now: datetime,
    post: Post | None = None,
) -> Post:
    """Change the fields of a post, or make a new post of them. Raises ConsularError.

    The words of a language that `fields` leaves out stay as they are.
    """
    if post is None:
        post = Post(country=fields.get("country", ""), names={}, street_addresses={})
    else:
        roles.require(staff, "posts", post.country)
    country = fields.get("country", post.country)
    roles.require(staff, "posts", country)
    if country not in COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(country))
    changed = _change(post, fields)
    _check_names(post)
    session.add(post)
    await session.flush()
    actor = roles.actor(staff)
    await trail.note(
        session,
        actor,
        "post.saved",
        f"post:{post.id}",
        now,
        fields=changed,
    )
    return post


def _check_names(post: Post) -> None:
    """Raise ConsularError unless the post has a name in each language."""
    for language in LANGUAGES:
        if not post.names.get(language):
            raise ConsularError("Write the name in both languages.")


def _change(
    post: Post,
    fields: Mapping[str, Any],
) -> list[str]:
    """Set the fields of a post; return their names, one for each language of words."""
    changed: list[str] = []
    for field, content in fields.items():
        if field in MAX_WORDS_CHARS:
            limit = MAX_WORDS_CHARS[field]
            texts = _cleaned(content, limit)
            before = getattr(post, field)
            setattr(post, field, {**before, **texts})
            changed.extend(f"{field}.{language}" for language in texts)
        elif field in MAX_FIELD_CHARS:
            limit = MAX_FIELD_CHARS[field]
            setattr(post, field, clean(content, limit))
            changed.append(field)
        else:
            raise ConsularError("A post has no field {field}.", field=Quote(field))
    return sorted(changed)


def _cleaned(texts: Mapping[str, str], limit: int) -> dict[str, str]:
    return {language: clean(text, limit) for language, text in texts.items()}


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
