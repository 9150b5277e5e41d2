"""Lines of a conversation: what a person types, and the orders that begin with `!`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.messages import Location

MAX_LATITUDE = 90
MAX_LONGITUDE = 180
UNITS = {"m": "minutes", "h": "hours", "d": "days"}

_ORDER = re.compile(r"!(?P<name>[A-Za-z]+)(?:\s+(?P<rest>.*))?", re.DOTALL)
_POINT = re.compile(r"(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"\+[0-9]{6,15}")
_CARD = re.compile(r"(\+[0-9]{6,15})!")
_PERIOD = re.compile(r"(\d{1,4})\s*([mhd])")


class LineError(ValueError):
    """A line that cannot be played; the words say why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words that a person types."""

    text: str


@dataclass(frozen=True, slots=True)
class Bracketed:
    """`[label]`: the press of a button or, where there is no such button, words in brackets."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """`!press LABEL`: the press of a button that must be there."""

    label: str


@dataclass(frozen=True, slots=True)
class SharePosition:
    """`!location 15.59,32.53` or `@15.59,32.53`."""

    position: Location


@dataclass(frozen=True, slots=True)
class ShareContact:
    """`!contact +218…` or `+218…!`: the person's own card, with its number in E.164."""

    phone: str


@dataclass(frozen=True, slots=True)
class OpenCrisis:
    """`!crisis SD|English name|Arabic name`: staff open a crisis and ask everyone there."""

    country: str
    name_en: str
    name_ar: str


@dataclass(frozen=True, slots=True)
class Wait:
    """`!later 3h`: time goes by (m, h, d)."""

    period: timedelta


@dataclass(frozen=True, slots=True)
class Letter:
    """`!officer WORDS`: an officer writes to the person, and the bot is silent."""

    words: str


@dataclass(frozen=True, slots=True)
class HandBack:
    """`!handback`: the officer lets the bot answer again."""


Line = (
    Typed | Bracketed | Press | SharePosition | ShareContact | OpenCrisis | Wait | Letter | HandBack
)


def parse(text: str) -> Line:
    """Read a line. Raises LineError for an order that is unknown or misses something."""
    stripped = text.strip()
    order = _ORDER.fullmatch(stripped)
    if order:
        return _order(order["name"].lower(), (order["rest"] or "").strip())
    if stripped.startswith("[") and stripped.endswith("]"):
        return Bracketed(stripped[1:-1], text)
    point = _POINT.fullmatch(stripped.removeprefix("@").strip())
    if point and stripped.startswith("@"):
        return _position(point)
    card = _CARD.fullmatch(stripped)
    if card:
        return ShareContact(card[1])
    return Typed(text)


def _order(name: str, rest: str) -> Line:
    read = _ORDERS.get(name)
    if read is None:
        known = ", ".join(f"!{name}" for name in _ORDERS)
        raise LineError(f"!{name} is none of {known}")
    return read(rest)


def _crisis(rest: str) -> OpenCrisis:
    parts = [part.strip() for part in rest.split("|")]
    if len(parts) != 3 or not all(parts):
        raise LineError("write !crisis SD|English name|Arabic name")
    country, name_en, name_ar = parts
    return OpenCrisis(country.upper(), name_en, name_ar)


def _later(rest: str) -> Wait:
    period = _PERIOD.fullmatch(rest)
    if period is None:
        raise LineError("write !later 3h: a number and m, h or d")
    number, unit = period.groups()
    return Wait(timedelta(**{UNITS[unit]: int(number)}))


def _location(rest: str) -> SharePosition:
    point = _POINT.fullmatch(rest)
    if point is None:
        raise LineError("write !location 15.59,32.53: latitude and longitude in degrees")
    return _position(point)


def _position(point: re.Match[str]) -> SharePosition:
    position = Location(float(point[1]), float(point[2]))
    is_far_north = abs(position.latitude) > MAX_LATITUDE
    is_far_east = abs(position.longitude) > MAX_LONGITUDE
    if is_far_north or is_far_east:
        raise LineError(f"{point[0]} is not on the globe: in !location the latitude comes first")
    return SharePosition(position)


def _contact(rest: str) -> ShareContact:
    number = re.sub(r"[\s()-]", "", rest)
    if not _NUMBER.fullmatch(number):
        raise LineError("write !contact +218910000017: a number with its country code")
    return ShareContact(number)


def _press(rest: str) -> Press:
    if not rest:
        raise LineError("write !press and the label of a button")
    return Press(rest)


def _letter(rest: str) -> Letter:
    if not rest:
        raise LineError("write !officer and the words of the letter")
    return Letter(rest)


def _hand_back(_rest: str) -> HandBack:
    return HandBack()


_ORDERS: dict[str, Callable[[str], Line]] = {
    "crisis": _crisis,
    "later": _later,
    "location": _location,
    "contact": _contact,
    "press": _press,
    "officer": _letter,
    "handback": _hand_back,
}
