"""Countries an audience is about, drawn areas included: who asks for them reads the advisory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any, assert_never

import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from bot.consular.audiences import rules
from bot.consular.audiences.kinds import (
    All,
    AnyOf,
    Channels,
    Circle,
    Cities,
    ConfirmedWithinDays,
    Countries,
    Languages,
    Not,
    Point,
    Polygon,
    Posters,
    Posts,
    Received,
    Rule,
    Status,
    Tags,
    parts,
)
from bot.consular.reference import places
from bot.consular.reference.places import KM_A_DEGREE

MIN_COSINE = 0.01  # at the poles a degree of longitude has no length
WORLD = shapely.box(-180, -90, 180, 90)
TURN_DEGREES = 360.0

PostCountries = Mapping[int, frozenset[str]]
"""The countries that each post looks after, by the post's id: `reference.posts.countries`."""


def countries_in(audience: Mapping[str, Any], posts: PostCountries) -> frozenset[str]:
    """Return the countries a stored audience is about; none where it names no place."""
    rule = rules.stored(audience)
    return frozenset() if rule is None else countries_of(rule, posts)


def countries_of(rule: Rule, posts: PostCountries) -> frozenset[str]:
    """Return the countries a rule is about, without those it leaves out as a whole."""
    match rule:
        case Countries() | Posts():
            return _whole_countries(rule, posts)
        case Cities(names):
            return rules.countries_of_cities(names)
        case Circle():
            return places.countries_touching(_ellipse(rule))
        case Polygon(corners):
            return places.countries_touching(_outline(corners))
        case All(rules_within):
            return _of_all(rules_within, posts)
        case AnyOf(rules_within):
            return _of_any(rules_within, posts)
        case Languages() | Channels() | Status() | Tags() | ConfirmedWithinDays() | Received():
            return frozenset()
        case Posters() | Not():
            return frozenset()
        case _:
            assert_never(rule)


def _whole_countries(rule: Countries | Posts, posts: PostCountries) -> frozenset[str]:
    match rule:
        case Countries(codes):
            return frozenset(codes)
        case Posts(ids):
            looked_after = [posts.get(post_id, frozenset()) for post_id in ids]
            return frozenset[str]().union(*looked_after)


def _of_any(rules_within: Sequence[Rule], posts: PostCountries) -> frozenset[str]:
    """Return the countries that at least one of these rules is about."""
    countries: set[str] = set()
    for part in rules_within:
        countries |= countries_of(part, posts)
    return frozenset(countries)


def _of_all(rules_within: Sequence[Rule], posts: PostCountries) -> frozenset[str]:
    """Return the countries that all rules about places are about, without those left out."""
    about_places: list[frozenset[str]] = []
    for part in rules_within:
        countries = countries_of(part, posts)
        if countries:
            about_places.append(countries)
    if not about_places:
        return frozenset()
    shared = frozenset.intersection(*about_places)
    return shared - left_out(rules_within, posts)


def left_out(rules_within: Sequence[Rule], posts: PostCountries) -> frozenset[str]:
    """Return the countries that rules which hold together leave out as a whole."""
    countries: set[str] = set()
    for part in rules_within:
        match part:
            case Not(Countries() | Posts() as whole):
                countries |= _whole_countries(whole, posts)
    return frozenset(countries)


def is_narrow(audience: Mapping[str, Any]) -> bool:
    """Tell whether a stored audience is for people chosen one by one, such as a convoy.

    What they are told is not for everybody.
    """
    rule = rules.stored(audience)
    if rule is None:
        return False
    return any(isinstance(part, Tags | Status | Posters) for part in parts(rule))


def _ellipse(circle: Circle) -> BaseGeometry:
    """Draw a circle on the plane of degrees, in two parts where it crosses the date line."""
    height = circle.km / KM_A_DEGREE
    cosine = cos(radians(circle.latitude))
    width = height / max(MIN_COSINE, cosine)
    center = shapely.Point(circle.longitude, circle.latitude)
    ellipse = affinity.scale(center.buffer(1.0), width, height)
    turn_west = affinity.translate(ellipse, -TURN_DEGREES)
    turn_east = affinity.translate(ellipse, TURN_DEGREES)
    everywhere = shapely.union_all([turn_west, ellipse, turn_east])
    return shapely.intersection(everywhere, WORLD)


def _outline(corners: Sequence[Point]) -> BaseGeometry:
    """Draw a polygon; one that crosses itself becomes the parts that its outline encloses."""
    outline = [(longitude, latitude) for latitude, longitude in corners]
    polygon = shapely.Polygon(outline)
    return shapely.make_valid(polygon)
