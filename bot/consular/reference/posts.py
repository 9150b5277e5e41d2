"""Posts: Libya's embassies and consulates. What is not known of one is empty, never invented."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference.places import COUNTRIES
from bot.consular.staff import roles
from bot.models import Post, Staff
from bot.text.text import clean

MISSIONS = Path(__file__).parent / "data" / "missions.csv"
_LONGEST = {"phone": 40, "emergency_phone": 40, "email": 120, "address_en": 500, "address_ar": 500}
_NAMES = {
    "embassy": ("Embassy of Libya, {city}", "سفارة ليبيا - {city}"),
    "consulate_general": ("Consulate General of Libya, {city}", "القنصلية العامة الليبية - {city}"),
    "consulate": ("Consulate of Libya, {city}", "القنصلية الليبية - {city}"),
}


async def covering(session: AsyncSession, country: str | None) -> list[Post]:
    """The posts in a country, the embassy first."""
    return list(
        await session.scalars(select(Post).where(Post.country == country).order_by(Post.id))
    )


async def everything(session: AsyncSession) -> list[Post]:
    """All posts by country."""
    return list(await session.scalars(select(Post).order_by(Post.country, Post.id)))


async def save(
    session: AsyncSession,
    staff: Staff,
    fields: Mapping[str, str],
    now: datetime,
    post: Post | None = None,
) -> Post:
    """Writes a post's fields (columns of Post), or makes a new one. Raises ConsularError."""
    country = fields.get("country", post.country if post else "")
    roles.require(staff, "posts", country, *([post.country] if post else []))
    values = _checked(fields, country, post is None)
    post = post or Post()
    for field, value in values.items():
        setattr(post, field, value)
    session.add(post)
    await session.flush()
    await trail.note(
        session, roles.actor(staff), "post.saved", f"post:{post.id}", now, fields=sorted(values)
    )
    return post


def _checked(fields: Mapping[str, str], country: str, new: bool) -> dict[str, str]:
    known = {"country", "name_en", "name_ar", *_LONGEST}
    if not known.issuperset(fields):
        raise ConsularError("A post has no field {field}.", field=Quote(min(set(fields) - known)))
    if country not in COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(country))
    values = {field: clean(value, _LONGEST.get(field, 200)) for field, value in fields.items()}
    if not all(values.get(name, "" if new else "known") for name in ("name_en", "name_ar")):
        raise ConsularError("Write the name in both languages.")
    return values


async def seed(session: AsyncSession) -> int:
    """Fills an empty table with the names of the missions; how many were added."""
    if await session.scalar(select(func.count()).select_from(Post)):
        return 0
    with MISSIONS.open(encoding="utf-8", newline="") as file:
        missions = [_mission(row) for row in csv.DictReader(file)]
    session.add_all(missions)
    await session.flush()
    return len(missions)


def _mission(row: Mapping[str, str]) -> Post:
    name_en, name_ar = _NAMES[row["kind"]]
    return Post(
        country=row["country"],
        name_en=name_en.format(city=row["city_en"]),
        name_ar=name_ar.format(city=row["city_ar"]),
    )
