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
from bot.consular.reference import places
from bot.consular.reference.places import COUNTRIES
from bot.models import Post, PostAccreditation
from bot.text.text import LANGUAGES, clean

MISSIONS = Path(__file__).parent / "data" / "missions.csv"
MAX_CITIES = 50  # of one name, among which the one of a country is
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
    """Return the open posts in a country, the embassy first."""
    query = select(Post).where(
        Post.country == country,
        Post.closed_at.is_(None),
    )
    posts = await session.scalars(query.order_by(Post.id))
    return list(posts)


async def everything(session: AsyncSession) -> list[Post]:
    """Return all posts by country, the closed ones too."""
    query = select(Post).order_by(
        Post.country,
        Post.id,
    )
    posts = await session.scalars(query)
    return list(posts)


async def open_ones(session: AsyncSession) -> list[Post]:
    """Return the posts that are not closed, by country."""
    return [post for post in await everything(session) if post.closed_at is None]


async def countries(session: AsyncSession) -> dict[int, frozenset[str]]:
    """Return the countries (alpha-2) that each post looks after, by the post's id."""
    looked_after: dict[int, set[str]] = {}
    own = select(
        Post.id,
        Post.country,
    )
    accredited = select(
        PostAccreditation.post_id,
        PostAccreditation.country,
    )
    for post_id, country in await session.execute(own.union(accredited)):
        looked_after.setdefault(
            post_id,
            set(),
        ).add(country)
    return {post_id: frozenset(codes) for post_id, codes in looked_after.items()}


async def get(
    session: AsyncSession,
    post_id: int,
) -> Post:
    """Return the post of a number. Raises ConsularError."""
    post = await session.get(
        Post,
        post_id,
    )
    if post is None:
        raise ConsularError("There is no such post.")
    return post


def state(post: Post) -> str:
    """Name the state of a post: open, moved (and open), closed."""
    if post.closed_at is not None:
        return "closed"
    return "moved" if post.moved_at is not None else "open"


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


def changed(
    post: Post,
    fields: Fields,
) -> Contents:
    """Return what the fields would change of a post. Raises ConsularError.

    The words of a language that `fields` leaves out stay as they are.
    """
    before = contents(post)
    draft = Post(**contents(post))
    fill(
        draft,
        fields,
    )
    if draft.country not in COUNTRIES:
        raise ConsularError(
            "Not a country code: {code}.",
            code=Quote(draft.country),
        )
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
    after = changed(
        post,
        fields,
    )
    fill(
        post,
        fields,
    )
    session.add(post)
    await session.flush()
    details: dict[str, list[str]] = {}
    for field, words in after.items():
        words_before = before[field]
        details[field] = [_written(words_before), _written(words)]
    await trail.note(
        session,
        actor,
        "post.saved",
        f"post:{post.id}",
        now,
        **details,
    )
    return post


def _written(words: str | Words) -> str:
    """Write what a column says in one line, with the languages of its words."""
    if isinstance(
        words,
        str,
    ):
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


def fill(
    post: Post,
    fields: Mapping[str, Any],
) -> None:
    """Set the fields of a post. Raises ConsularError for a field that a post does not have."""
    for field, content in fields.items():
        if field in MAX_WORDS_CHARS:
            texts = _cleaned(
                content,
                MAX_WORDS_CHARS[field],
            )
            setattr(
                post,
                field,
                {
                    **getattr(
                        post,
                        field,
                    ),
                    **texts,
                },
            )
        elif field in MAX_FIELD_CHARS:
            setattr(
                post,
                field,
                clean(
                    content,
                    MAX_FIELD_CHARS[field],
                ),
            )
        else:
            raise ConsularError(
                "A post has no field {field}.",
                field=Quote(field),
            )


def _cleaned(
    texts: Mapping[str, str],
    limit: int,
) -> dict[str, str]:
    clean_texts: dict[str, str] = {}
    for language, text in texts.items():
        clean_texts[language] = clean(
            text,
            limit,
        )
    return clean_texts


async def seed(session: AsyncSession) -> int:
    """Fill an empty table with the names of the missions; return how many were added.

    Posts of an earlier version get their city, as long as they are named as we named them.
    """
    count = select(func.count()).select_from(Post)
    if await session.scalar(count):
        await _fill_cities(session)
        return 0
    posts: list[Post] = []
    with MISSIONS.open(
        encoding="utf-8",
        newline="",
    ) as file:
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
    return Post(
        country=mission["country"],
        city=_city(mission),
        names=names,
    )


def _city(mission: Mapping[str, str]) -> str | None:
    """Return the city of a mission as the gazetteer writes it: the first of its name there."""
    country = mission["country"]
    name = mission["city_en"].partition(" (")[0]
    exact = f"{country}/{name}"
    if places.is_city(exact):
        return exact
    for city in places.cities_like(
        name.partition(",")[0],
        MAX_CITIES,
    ):
        if city.startswith(f"{country}/"):
            return city
    return None


async def _fill_cities(session: AsyncSession) -> None:
    query = select(Post).where(
        Post.city.is_(None),
        Post.moved_at.is_(None),
    )
    without_city = list(await session.scalars(query))
    if not without_city:
        return
    cities: dict[tuple[str, str], str | None] = {}
    with MISSIONS.open(
        encoding="utf-8",
        newline="",
    ) as file:
        for mission in csv.DictReader(file):
            named = _mission(mission)
            cities[named.country, named.names["en"]] = named.city
    for post in without_city:
        post.city = cities.get(
            (
                post.country,
                post.names.get(
                    "en",
                    "",
                ),
            )
        )
    await session.flush()
