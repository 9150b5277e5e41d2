"""Limits of rules: known codes, and numbers in their range; the refusals of all others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, assert_never

from bot.consular.audiences import standings
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
)  # fmt: skip
from bot.consular.errors import N_, AudienceError, Quote
from bot.consular.reference import places
from bot.consular.reference.places import COUNTRIES
from bot.text.text import LANGUAGES

MAX_ITEMS = 500  # in a list
MAX_TAG_CHARS = 40
MAX_CODE_CHARS = 40  # of a wrong code, in the refusal
MAX_AGE_DAYS = 3650
MAX_RADIUS_KM = 2000.0
MIN_CORNERS = 3
MAX_CORNERS = 200
MAX_SPAN_DEGREES = 180.0  # of a polygon, from west to east
# Of all sides of a polygon, north and east added: along them the database is asked for every cell.
MAX_BORDER_DEGREES = 800.0


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of one kind of thing, with the refusals of an empty list and of a strange item."""

    empty: str
    strange: str

    def texts(self, content: Any) -> tuple[str, ...]:
        """Return the texts of a list. Raises AudienceError."""
        return tuple(self._items(content, str))

    def integers(self, content: Any) -> tuple[int, ...]:
        """Return the integers of a list. Raises AudienceError."""
        return tuple(self._items(content, int))

    def _items(self, content: Any, kind: type[str | int]) -> list[Any]:
        if not isinstance(content, list) or not 1 <= len(content) <= MAX_ITEMS:
            raise AudienceError(self.empty)
        for item in content:
            if isinstance(item, bool) or not isinstance(item, kind):
                raise self.refusal(item)
        if len(set(content)) != len(content):
            raise AudienceError("A choice is there twice.")
        return content

    def check_known(self, codes: Sequence[str], known_codes: Collection[str]) -> None:
        """Raise AudienceError with the first code that is not known."""
        for code in codes:
            if code not in known_codes:
                raise self.refusal(code)

    def refusal(self, item: object) -> AudienceError:
        """Return the refusal of a strange item."""
        return AudienceError(self.strange, code=Quote(str(item)[:MAX_CODE_CHARS]))


COUNTRY_LIST = Listing(N_("Choose at least one country."), N_("Not a country code: {code}."))
CITY_LIST = Listing(N_("Choose at least one city."), N_("Not a city: {code}."))
POST_LIST = Listing(N_("Choose at least one post."), N_("Not a post: {code}."))
LANGUAGE_LIST = Listing(N_("Choose at least one language."), N_("Not a language: {code}."))
CHANNEL_LIST = Listing(N_("Choose at least one channel."), N_("Not a channel: {code}."))
STATUS_LIST = Listing(N_("Choose at least one status."), N_("Not a status: {code}."))
TAG_LIST = Listing(N_("Choose at least one tag."), N_("Not a tag: {code}."))


def check(rule: Rule) -> None:  # noqa: C901  # a case for each kind
    """Check the codes and numbers of a rule, without those within it. Raises AudienceError."""
    match rule:
        case Countries(codes):
            COUNTRY_LIST.check_known(codes, COUNTRIES)
        case Cities(names):
            _check_cities(names)
        case Circle():
            _check_circle(rule)
        case Polygon(corners):
            _check_polygon(corners)
        case Languages(codes):
            LANGUAGE_LIST.check_known(codes, LANGUAGES)
        case Status(_, names):
            STATUS_LIST.check_known(names, standings.COUNTS)
        case Tags(tags):
            _check_tags(tags)
        case ConfirmedWithinDays(days):
            if not 1 <= days <= MAX_AGE_DAYS:
                raise wrong_days()
        case Posts() | Posters() | Channels() | Received() | All() | AnyOf() | Not():
            pass  # their types say it all
        case _:
            assert_never(rule)


def _check_cities(names: Sequence[str]) -> None:
    for name in names:
        if not places.is_city(name):
            raise CITY_LIST.refusal(name)


def _check_tags(tags: Sequence[str]) -> None:
    for tag in tags:
        if not 1 <= len(tag) <= MAX_TAG_CHARS:
            raise TAG_LIST.refusal(tag)


def _check_circle(circle: Circle) -> None:
    _check_point((circle.latitude, circle.longitude))
    if not 0 < circle.km <= MAX_RADIUS_KM:
        raise wrong_radius()


def _check_polygon(corners: Sequence[Point]) -> None:
    if len(set(corners)) < MIN_CORNERS or len(corners) > MAX_CORNERS:
        raise wrong_corners()
    for corner in corners:
        _check_point(corner)
    longitudes = [longitude for _, longitude in corners]
    if max(longitudes) - min(longitudes) > MAX_SPAN_DEGREES:
        raise AudienceError("An area on the map must not go around the world: draw two.")
    if _border_degrees(corners) > MAX_BORDER_DEGREES:
        raise AudienceError(
            "An area on the map must not have so long a border: draw a smaller one."
        )


def _border_degrees(corners: Sequence[Point]) -> float:
    degrees = 0.0
    for start, end in pairwise([*corners, corners[0]]):
        degrees += abs(end[0] - start[0]) + abs(end[1] - start[1])
    return degrees


def _check_point(point: Point) -> None:
    latitude, longitude = point
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise AudienceError("There is no such place on the earth.")


def wrong_days() -> AudienceError:
    return AudienceError("Choose 1 to {most} days.", most=MAX_AGE_DAYS)


def wrong_radius() -> AudienceError:
    return AudienceError("A circle has a radius of up to {most} km.", most=int(MAX_RADIUS_KM))


def wrong_corners() -> AudienceError:
    return AudienceError("An area on the map has 3 to {most} corners.", most=MAX_CORNERS)
