"""Which post looks after a country: its own, an accredited one, or else the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import places, posts
from bot.models import Post, PostAccreditation

HOME = "LY"  # at home no post looks after anybody
EARTH_RADIUS_KM = 6371.0
LARGE_CITY = 50_000  # people

Point = tuple[float, float]  # latitude, longitude in degrees


class Tie(StrEnum):
    """How a post comes to look after a country."""

    HERE = "here"
    ACCREDITED = "accredited"
    NEAREST = "nearest"  # nobody decided so: it is only not far


@dataclass(
    frozen=True,
    slots=True,
)
class Care:
    """The posts that look after a country, the first one first; none at home."""

    tie: Tie
    posts: Sequence[Post]


async def of(
    session: AsyncSession,
    country: str,
    position: Point | None = None,
) -> Care:
    """Return the posts that look after somebody in a country, who may be at a position there."""
    own = await posts.covering(
        session,
        country,
    )
    if own or country == HOME:
        return Care(
            Tie.HERE,
            own,
        )
    accredited = await accredited_to(
        session,
        country,
    )
    if accredited:
        return Care(
            Tie.ACCREDITED,
            accredited,
        )
    nearby = await nearest(
        session,
        position or middle(country),
    )
    return Care(
        Tie.NEAREST,
        nearby,
    )


async def accredited_to(
    session: AsyncSession,
    country: str,
) -> list[Post]:
    """Return the open posts that are accredited to a country."""
    query = select(Post).join(
        PostAccreditation,
        PostAccreditation.post_id == Post.id,
    )
    query = query.where(
        PostAccreditation.country == country,
        Post.closed_at.is_(None),
    )
    return list(await session.scalars(query.order_by(Post.id)))


async def successor(
    session: AsyncSession,
    post: Post,
) -> Post | None:
    """Return the open post that follows a closed one, over any that closed since; None for none.

    An open post follows itself.
    """
    passed: set[int] = set()
    current: Post | None = post
    while current is not None and current.closed_at is not None:
        passed.add(current.id)
        next_id = current.successor_id
        if next_id is None or next_id in passed:
            return None
        current = await session.get(
            Post,
            next_id,
        )
    return current


async def nearest(
    session: AsyncSession,
    position: Point | None,
    but: Post | None = None,
) -> list[Post]:
    """Return the open post that is nearest to a position, alone; never the post `but`."""
    if position is None:
        return []
    distances: list[tuple[float, int, Post]] = []
    for post in await posts.open_ones(session):
        where = position_of(post)
        if where is not None and post != but:
            distances.append(
                (
                    kilometres(
                        position,
                        where,
                    ),
                    post.id,
                    post,
                )
            )
    if not distances:
        return []
    _distance_km, _post_id, post = min(distances)
    return [post]


def position_of(post: Post) -> Point | None:
    """Return where a post stands, as far as we know its city."""
    if post.city:
        place = places.place_of(post.city)
        if place.latitude is not None and place.longitude is not None:
            return place.latitude, place.longitude
    return middle(post.country)


def middle(country: str) -> Point | None:
    """Return the largest city of a country, else the middle of its land; None where there is none.

    Most people are there: the middle of the land may be a desert.
    """
    city_position = _largest_city(
        country,
        LARGE_CITY,
    )
    if city_position is not None:
        return city_position
    land = places.mainland(country)
    if land is None:
        return _largest_city(
            country,
            1,
        )
    return land.centroid.y, land.centroid.x


def _largest_city(
    country: str,
    min_population: int,
) -> Point | None:
    for city, position, _people in places.large_cities(min_population):
        if city.startswith(f"{country}/"):
            return position
    return None


def kilometres(
    point: Point,
    other: Point,
) -> float:
    """Measure the way between two points on the earth."""
    latitude, longitude = map(
        radians,
        point,
    )
    other_latitude, other_longitude = map(
        radians,
        other,
    )
    north = sin((other_latitude - latitude) / 2) ** 2
    east = sin((other_longitude - longitude) / 2) ** 2
    chord = north + cos(latitude) * cos(other_latitude) * east
    return (
        2
        * EARTH_RADIUS_KM
        * asin(
            sqrt(
                min(
                    1.0,
                    chord,
                )
            )
        )
    )
