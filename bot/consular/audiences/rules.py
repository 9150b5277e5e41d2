"""Audiences in JSON: parsed into rules and written again, here and nowhere else.

    {"all": [{"countries": ["TR"]}, {"not": {"status": {"crisis": 3, "is": ["safe"]}}}]}

An empty audience (`{}`) is no rule: staff have not chosen anybody yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, assert_never

from bot.consular.audiences import limits
from bot.consular.audiences.kinds import (
    KINDS,
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
    SimpleRule,
    Status,
    Tags,
    parts,
)  # fmt: skip
from bot.consular.audiences.limits import (
    CHANNEL_LIST,
    CITY_LIST,
    COUNTRY_LIST,
    LANGUAGE_LIST,
    MAX_ITEMS,
    POST_LIST,
    STATUS_LIST,
    TAG_LIST,
    wrong_corners,
    wrong_days,
    wrong_radius,
)  # fmt: skip
from bot.consular.errors import AudienceError, Quote
from bot.messages import Channel

MAX_DEPTH = 6  # rules within rules


# --- from JSON ------------------------------------------------------------------------------------


def parse(audience: Any) -> Rule:
    """Parse an audience that somebody wrote. Raises AudienceError with what is wrong."""
    rule = _parse(audience, depth=0)
    for part in parts(rule):
        limits.check(part)
    return rule


def stored(audience: Mapping[str, Any]) -> Rule | None:
    """Parse an audience from the database; None for `{}`.

    It was right when it was saved: a city that a newer gazetteer lacks is no reason to refuse it.
    """
    if not audience:
        return None
    return _parse(audience, depth=0)


def check(audience: Any) -> None:
    """Raise AudienceError unless this is an audience."""
    parse(audience)


def _parse(audience: Any, depth: int) -> Rule:
    if not isinstance(audience, Mapping) or len(audience) != 1:
        raise _unknown_kind()
    if depth >= MAX_DEPTH:
        raise AudienceError("An audience has at most {most} rules within rules.", most=MAX_DEPTH)
    [(kind, content)] = audience.items()
    match kind:
        case "all":
            return All(_parse_several(content, depth))
        case "any":
            return AnyOf(_parse_several(content, depth))
        case "not":
            return Not(_parse(content, depth + 1))
        case _:
            return _parse_simple(kind, content)


def _parse_simple(kind: str, content: Any) -> Rule:  # noqa: C901  # a case for each kind
    """Parse a rule that has no rules within it."""
    match kind:
        case "countries":
            return Countries(COUNTRY_LIST.texts(content))
        case "cities":
            return Cities(CITY_LIST.texts(content))
        case "circle":
            return _parse_circle(content)
        case "polygon":
            return _parse_polygon(content)
        case "posts":
            return Posts(POST_LIST.integers(content))
        case "posters":
            return Posters(POST_LIST.integers(content))
        case "languages":
            return Languages(LANGUAGE_LIST.texts(content))
        case "channels":
            return _parse_channels(content)
        case "status":
            return _parse_status(content)
        case "tags":
            return Tags(TAG_LIST.texts(content))
        case "confirmed_within_days":
            return ConfirmedWithinDays(_parse_integer(content, wrong_days()))
        case "received":
            missing = AudienceError("There is no such advisory.")
            return Received(_parse_integer(content, missing))
        case _:
            raise _unknown_kind()


def _unknown_kind() -> AudienceError:
    return AudienceError("An audience is one of: {kinds}.", kinds=Quote(", ".join(KINDS)))


def _parse_several(content: Any, depth: int) -> tuple[Rule, ...]:
    if not isinstance(content, list) or not 1 <= len(content) <= MAX_ITEMS:
        raise AudienceError("Choose at least one rule to combine.")
    return tuple(_parse(part, depth + 1) for part in content)


def _parse_channels(content: Any) -> Channels:
    names = CHANNEL_LIST.texts(content)
    CHANNEL_LIST.check_known(names, [str(channel) for channel in Channel])
    return Channels(tuple(Channel(name) for name in names))


def _parse_status(content: Any) -> Status:
    if not isinstance(content, dict) or set(content) != {"crisis", "is"}:
        raise _wrong_status()
    crisis_id = _parse_integer(content["crisis"], _wrong_status())
    return Status(crisis_id, STATUS_LIST.texts(content["is"]))


def _wrong_status() -> AudienceError:
    return AudienceError("A status names a crisis and what people said in it.")


def _parse_integer(content: Any, refusal: AudienceError) -> int:
    if type(content) is not int:
        raise refusal
    return content


def _parse_circle(content: Any) -> Circle:
    if not isinstance(content, dict) or set(content) != {"latitude", "longitude", "km"}:
        raise AudienceError("A circle has a latitude, a longitude and km.")
    latitude, longitude = _parse_point([content["latitude"], content["longitude"]])
    if not _is_number(content["km"]):
        raise wrong_radius()
    return Circle(latitude, longitude, content["km"])


def _parse_polygon(content: Any) -> Polygon:
    if not isinstance(content, list):
        raise wrong_corners()
    return Polygon(tuple(_parse_point(corner) for corner in content))


def _parse_point(content: Any) -> Point:
    if not isinstance(content, list) or len(content) != 2:
        raise _not_a_point()
    latitude, longitude = content
    if not _is_number(latitude) or not _is_number(longitude):
        raise _not_a_point()
    return latitude, longitude


def _is_number(content: Any) -> bool:
    is_numeric = isinstance(content, int | float) and not isinstance(content, bool)
    return is_numeric and isfinite(content)


def _not_a_point() -> AudienceError:
    return AudienceError("A corner is a latitude and a longitude.")


# --- to JSON --------------------------------------------------------------------------------------


def to_json(rule: Rule | None) -> dict[str, Any]:
    """Write a rule as JSON; None, nobody yet, as `{}`. `parse` reads the same rule again."""
    match rule:
        case None:
            return {}
        case All(rules):
            return {"all": [to_json(part) for part in rules]}
        case AnyOf(rules):
            return {"any": [to_json(part) for part in rules]}
        case Not(part):
            return {"not": to_json(part)}
        case _:
            return _simple_to_json(rule)


def _simple_to_json(rule: SimpleRule) -> dict[str, Any]:  # noqa: C901  # a case for each kind
    match rule:
        case Countries(codes):
            return {"countries": list(codes)}
        case Cities(names):
            return {"cities": list(names)}
        case Circle(latitude, longitude, km):
            return {"circle": {"latitude": latitude, "longitude": longitude, "km": km}}
        case Polygon(corners):
            return {"polygon": [list(corner) for corner in corners]}
        case Posts(ids):
            return {"posts": list(ids)}
        case Posters(ids):
            return {"posters": list(ids)}
        case Languages(codes):
            return {"languages": list(codes)}
        case Channels(channels):
            return {"channels": [str(channel) for channel in channels]}
        case Status(crisis_id, names):
            return {"status": {"crisis": crisis_id, "is": list(names)}}
        case Tags(tags):
            return {"tags": list(tags)}
        case ConfirmedWithinDays(days):
            return {"confirmed_within_days": days}
        case Received(advisory_id):
            return {"received": advisory_id}
        case _:
            assert_never(rule)


# --- what a rule says by itself -------------------------------------------------------------------


def countries_of(audience: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the countries a stored audience is limited to; None when it may be anywhere.

    Roles decide by them whose business an audience is.
    """
    rule = stored(audience)
    return frozenset() if rule is None else _allowed(rule)


def _allowed(rule: Rule) -> frozenset[str] | None:
    match rule:
        case Countries(codes):
            return frozenset(codes)
        case Cities(names):
            return countries_of_cities(names)
        case All(rules):
            return _intersection([_allowed(part) for part in rules])
        case AnyOf(rules):
            return _union([_allowed(part) for part in rules])
        case Circle() | Polygon() | Posts() | Languages() | Channels() | Status() | Tags():
            return None
        case Posters() | ConfirmedWithinDays() | Received() | Not():
            return None
        case _:
            assert_never(rule)


def _intersection(several: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the countries that all limits allow; None, which is anywhere, limits nothing."""
    limited = [countries for countries in several if countries is not None]
    if not limited:
        return None
    return frozenset.intersection(*limited)


def _union(several: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the countries that any limit allows: None, anywhere, when one of them is that."""
    allowed: set[str] = set()
    for countries in several:
        if countries is None:
            return None
        allowed |= countries
    return frozenset(allowed)


def countries_of_cities(names: Sequence[str]) -> frozenset[str]:
    """Return the countries of cities (`TR/Antakya`)."""
    return frozenset(name.partition("/")[0] for name in names)
