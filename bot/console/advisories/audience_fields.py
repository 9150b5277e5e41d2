"""The fields of one group of an audience, each read as a rule and filled from one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, assert_never

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
)
from bot.consular.errors import ConsularError, Quote
from bot.messages import Channel
from bot.pages.rendering import N_
from bot.text import text

Group = dict[str, Any]  # fields of one group by name, and `kind`: "in" or "out"
MAX_LINE_CHARS = 40  # of a wrong line, in the refusal
WORDS = (
    "latitude",
    "longitude",
    "km",
    "polygon",
    "more_tags",
    "confirmed",
    "crisis",
    "city_name",
)
LISTS = ("country", "city", "post", "language", "channel", "status", "tag")
_CIRCLE = ("latitude", "longitude", "km")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_COMMAS = re.compile(r"[,،;؛\n]+")
_LINES = re.compile(r"[\n;؛]+")


def read(group: Group) -> list[Rule]:
    """Read the rules of a group, one for each field in which something is chosen."""
    chosen_rules: list[Rule] = []
    for read_rule in READERS:
        field_rule = read_rule(group)
        if field_rule is not None:
            chosen_rules.append(field_rule)
    return chosen_rules


def without_repeats(options: Sequence[str]) -> list[str]:
    """Return each option once, in the order of the form."""
    return list(dict.fromkeys(options))


# --- each kind of rule from its fields ------------------------------------------------------------


def number(written: str) -> float | None:
    """Read a number as people write it, in Arabic digits and marks too; None when it is none."""
    plain = _plain(written).strip()
    if not _NUMBER.fullmatch(plain):
        return None
    return float(plain)


def _plain(line: str) -> str:
    digits = text.ascii_digits(line)
    return digits.replace("٫", ".").replace("−", "-")


def _countries(group: Group) -> Countries | None:
    codes = tuple(group["country"])
    if not codes:
        return None
    return Countries(codes)


def _cities(group: Group) -> Cities | None:
    names = tuple(group["city"])
    if not names:
        return None
    return Cities(names)


def _languages(group: Group) -> Languages | None:
    codes = tuple(group["language"])
    if not codes:
        return None
    return Languages(codes)


def _channels(group: Group) -> Channels | None:
    names = group["channel"]
    if not names:
        return None
    rules.check({"channels": names})
    channels = tuple(map(Channel, names))
    return Channels(channels)


def _circle(group: Group) -> Circle | None:
    is_empty = not any(group[name] for name in _CIRCLE)
    if is_empty:
        return None
    latitude = number(group["latitude"])
    longitude = number(group["longitude"])
    km = number(group["km"])
    if latitude is None or longitude is None or km is None:
        raise ConsularError(N_("A circle has a latitude, a longitude and km."))
    return Circle(latitude, longitude, km)


def _polygon(group: Group) -> Polygon | None:
    """Read a corner a line: latitude, then longitude."""
    lines = _LINES.split(group["polygon"])
    corners: list[Point] = []
    for line in lines:
        if line.strip():
            corner = _corner(line)
            corners.append(corner)
    if not corners:
        return None
    return Polygon(tuple(corners))


def _corner(line: str) -> Point:
    numbers = _NUMBER.findall(_plain(line))
    if len(numbers) != 2:
        refusal = N_("Not a corner: {line}. Write its latitude and longitude.")
        beginning = line[:MAX_LINE_CHARS]
        raise ConsularError(refusal, line=Quote(beginning))
    latitude, longitude = numbers
    return float(latitude), float(longitude)


def _tags(group: Group) -> Tags | None:
    """Read the tags that were picked and those that were typed, separated by commas."""
    tags = list(group["tag"])
    for typed in _COMMAS.split(group["more_tags"]):
        tag = typed.strip()
        if tag:
            tags.append(tag)
    if not tags:
        return None
    different_tags = without_repeats(tags)
    return Tags(tuple(different_tags))


def _posts(group: Group) -> Posts | None:
    post_ids: list[int] = []
    for digits in group["post"]:
        post_id = text.row_number(digits)
        if post_id is not None:
            post_ids.append(post_id)
    if not post_ids:
        return None
    return Posts(tuple(post_ids))


def _status(group: Group) -> Status | None:
    standings = tuple(group["status"])
    if not standings:
        return None
    crisis_id = text.row_number(group["crisis"])
    if crisis_id is None:
        raise ConsularError(N_("Choose the crisis people answered in."))
    return Status(crisis_id, standings)


def _confirmed(group: Group) -> ConfirmedWithinDays | None:
    """Read the days; what is no number becomes 0, which is refused with the reason."""
    typed = text.ascii_digits(group["confirmed"])
    if not typed:
        return None
    return ConfirmedWithinDays(text.row_number(typed) or 0)


READERS: Sequence[Callable[[Group], Rule | None]] = (
    _countries,
    _cities,
    _circle,
    _polygon,
    _posts,
    _languages,
    _channels,
    _tags,
    _status,
    _confirmed,
)


# --- the fields of a rule -------------------------------------------------------------------------


def of(part: Rule) -> Group | None:  # noqa: C901  # a case for each kind
    """Return the fields of a rule; None for one that has none."""
    match part:
        case Countries(codes):
            return {"country": list(codes)}
        case Cities(names):
            return {"city": list(names)}
        case Circle(latitude, longitude, km):
            return {
                "latitude": f"{latitude:g}",
                "longitude": f"{longitude:g}",
                "km": f"{km:g}",
            }
        case Polygon(corners):
            return {"polygon": _corner_lines(corners)}
        case Posts(ids):
            return {"post": list(map(str, ids))}
        case Languages(codes):
            return {"language": list(codes)}
        case Channels(channels):
            return {"channel": list(map(str, channels))}
        case Tags(tags):
            return {"tag": list(tags)}
        case Status(crisis_id, names):
            return {
                "crisis": str(crisis_id),
                "status": list(names),
            }
        case ConfirmedWithinDays(days):
            return {"confirmed": str(days)}
        case Posters() | Received() | All() | AnyOf() | Not():
            return None
        case _:
            assert_never(part)


def _corner_lines(corners: Sequence[Point]) -> str:
    """Write a corner a line: latitude, then longitude."""
    lines: list[str] = []
    for latitude, longitude in corners:
        lines.append(f"{latitude}, {longitude}")
    return "\n".join(lines)
