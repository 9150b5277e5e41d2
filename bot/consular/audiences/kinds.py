"""Kinds of rules of an audience: small types, read with `match` and `assert_never`.

A kind added here is missed by no reader: mypy names the functions that forgot it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bot.messages import Channel

Point = tuple[float, float]  # latitude, longitude in degrees


@dataclass(frozen=True, slots=True)
class Countries:
    """People in one of these countries (ISO 3166-1 alpha-2)."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cities:
    """People in one of these cities (`TR/Antakya`)."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Circle:
    """People within a distance of a place."""

    latitude: float
    longitude: float
    km: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """People inside of an area drawn on the map; the last corner joins the first."""

    corners: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Posts:
    """People in the countries of these posts, by the posts' ids."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Posters:
    """People who came to us through the poster of one of these posts, by the posts' ids."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Languages:
    """People who read one of these languages."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channels:
    """People with a usable address on one of these channels."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """People with one of these standings (`standings.COUNTS`) in a crisis."""

    crisis_id: int
    standings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tags:
    """People with one of these tags."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfirmedWithinDays:
    """People who confirmed their place within so many days."""

    days: int


@dataclass(frozen=True, slots=True)
class Received:
    """People who got, or may have got, an advisory."""

    advisory_id: int


@dataclass(frozen=True, slots=True)
class All:
    """People whom every one of these rules means."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """People whom at least one of these rules means."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """People whom this rule does not mean."""

    rule: Rule


SimpleRule = (
    Countries
    | Cities
    | Circle
    | Polygon
    | Posts
    | Posters
    | Languages
    | Channels
    | Status
    | Tags
    | ConfirmedWithinDays
    | Received
)
"""A rule that has no rules within it."""

Rule = SimpleRule | All | AnyOf | Not

KINDS = (
    "countries", "cities", "circle", "polygon", "posts", "posters", "languages", "channels",
    "status", "tags", "confirmed_within_days", "received", "all", "any", "not",
)  # fmt: skip


def parts(rule: Rule) -> Iterator[Rule]:
    """Yield a rule and all rules within it."""
    yield rule
    match rule:
        case All(rules) | AnyOf(rules):
            for part in rules:
                yield from parts(part)
        case Not(part):
            yield from parts(part)
        case Countries() | Cities() | Circle() | Polygon() | Posts() | Languages() | Channels():
            pass
        case Posters() | Status() | Tags() | ConfirmedWithinDays() | Received():
            pass
        case _:
            assert_never(rule)


def may_be_most(rule: Rule) -> bool:
    """Tell whether a rule may mean most people there are, for planning how to count them."""
    match rule:
        case All(rules):
            return all(may_be_most(part) for part in rules)
        case AnyOf(rules):
            return any(may_be_most(part) for part in rules)
        case Circle() | Polygon() | Posters() | Status() | Tags() | Received():
            return False
        case Countries() | Cities() | Posts() | Languages() | Channels() | ConfirmedWithinDays():
            return True
        case Not():
            return True
        case _:
            assert_never(rule)
