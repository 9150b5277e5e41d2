"""The people of one post, where other posts look after the same country.

Whoever came by the poster of a post is its own. The others of a country are of the post that is
nearest to their city; who told no city is of the first post, which is the embassy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.limits import MAX_ITEMS
from bot.consular.reference import care, places, posts
from bot.consular.reference.care import Point
from bot.models import Post

Audience = dict[str, Any]
FARTHEST_KM = 4 * care.EARTH_RADIUS_KM  # further than anything is
FEWEST_PEOPLE = 1  # of a city that is looked at: all of the gazetteer


async def of_country(
    session: AsyncSession,
    post: Post,
    country: str,
) -> Audience:
    """Return the audience of a post's own people in a country that it looks after."""
    rivals = await others_in(session, post, country)
    everybody: Audience = {"countries": [country]}
    if not rivals:
        return everybody
    by_poster: Audience = {"posters": [post.id]}
    rival_ids = [rival.id for rival in rivals]
    by_rival_poster: Audience = {"posters": rival_ids}
    near: list[Audience] = [{"not": by_rival_poster}]
    if country == post.country:
        near += _near(post, rivals, country)
    own: Audience = {"any": [by_poster, {"all": near}]}
    return {"all": [everybody, own]}


def together(audiences: Sequence[Audience]) -> Audience:
    """Return the audience of everybody who is in any of some audiences."""
    different: list[Audience] = []
    for audience in audiences:
        if audience not in different:
            different.append(audience)
    if len(different) == 1:
        return different[0]
    return {"any": different}


async def others_in(
    session: AsyncSession,
    post: Post,
    country: str,
) -> list[Post]:
    """Return the other open posts that look after a country."""
    if country == post.country:
        carers = await posts.covering(session, country)
    else:
        carers = await care.accredited_to(session, country)
    return [carer for carer in carers if carer.id != post.id]


def _near(
    post: Post,
    rivals: Sequence[Post],
    country: str,
) -> list[Audience]:
    """Limit people to those to whom a post is the nearest; the first post has those nowhere."""
    own_cities: list[str] = []
    rival_cities: list[str] = []
    in_order = sorted([post, *rivals], key=_number)
    for city, position, _people in places.large_cities(FEWEST_PEOPLE):
        if not city.startswith(f"{country}/"):
            continue
        nearest = _nearest(position, in_order)
        if nearest == post:
            own_cities.append(city)
        else:
            rival_cities.append(city)
    if in_order[0] == post:
        rival_portions = _portions(rival_cities)
        return [{"not": portion} for portion in rival_portions]
    if not own_cities:  # only whoever came by its poster
        return [{"posters": [post.id]}]
    return [{"any": _portions(own_cities)}]


def _number(post: Post) -> int:
    return post.id


def _nearest(position: Point, in_order: Sequence[Post]) -> Post:
    """Return the post nearest to a position; of several, or where none is known, the first."""

    def distance(post: Post) -> float:
        post_position = care.position_of(post)
        if post_position is None:
            return FARTHEST_KM
        return care.kilometres(position, post_position)

    return min(in_order, key=distance)


def _portions(cities: list[str]) -> list[Audience]:
    """Write cities as rules: one has room for so many alone."""
    portions: list[Audience] = []
    for start in range(0, len(cities), MAX_ITEMS):
        portion = cities[start : start + MAX_ITEMS]
        portions.append({"cities": portion})
    return portions
