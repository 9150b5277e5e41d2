"""Who a broadcast is for: a rule as JSON, looked up when it goes out. A kind of rule is one entry of `NODES`.

    {"all": [{"countries": ["TR"]}, {"not": {"status": {"crisis": 3, "is": ["safe"]}}}]}

Those who said stop are never in an audience, and nobody is in it twice, however many parts of it they are in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select

from bot.consular.audiences import geometry, standings
from bot.consular.errors import N_, AudienceError, Quote
from bot.consular.reference import places
from bot.consular.reference.places import COUNTRIES
from bot.messages import Channel
from bot.models import (
    Address,
    Advisory,
    OutboundMessage,
    OutboundState,
    Person,
    PersonTag,
    Post,
    is_counted,
)
from bot.outbox import DOUBT_REASONS
from bot.text.text import LANGUAGES

DEEPEST = 6  # rules within rules
MOST = 500  # entries of a list
LONGEST_AGO = 3650  # days
Countries = frozenset[str] | None  # None: anywhere


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of rule: how it is checked (raises AudienceError), whom it means in SQL at a time, which countries.

    `is_narrow`: seldom most people there are, which decides how they are counted.
    """

    check: Callable[[Any, int], None]
    where: Callable[[Any, datetime], ColumnElement[bool]]
    countries: Callable[[Any], Countries] = lambda _value: None
    is_narrow: bool = False


def check(audience: Any, depth: int = 0) -> None:
    """Raises AudienceError when this is not an audience."""
    if not isinstance(audience, dict) or len(audience) != 1 or next(iter(audience)) not in NODES:
        raise AudienceError("An audience is one of: {kinds}.", kinds=Quote(", ".join(NODES)))
    if depth >= DEEPEST:
        raise AudienceError("An audience has at most {most} rules within rules.", most=DEEPEST)
    [(kind, value)] = audience.items()
    NODES[kind].check(value, depth)


def countries_of(audience: Mapping[str, Any]) -> Countries:
    """The countries it is limited to, for deciding whose business it is; None when it may be anywhere."""
    if not audience:
        return frozenset()
    [(kind, value)] = audience.items()
    return NODES[kind].countries(value)


def may_be_most(audience: Mapping[str, Any]) -> bool:
    """Whether it may mean most people there are, as far as the rule itself tells: for planning how to count them."""
    [(kind, value)] = audience.items()
    if kind in ("all", "any"):
        return (all if kind == "all" else any)(may_be_most(part) for part in value)
    return not NODES[kind].is_narrow


def people_in(audience: Mapping[str, Any], now: datetime, drill: bool = False) -> Select[int]:
    """The ids of those it is for at this moment, without those who said stop."""
    return everyone_in(audience, now, drill).where(Person.stopped_at.is_(None))


def everyone_in(audience: Mapping[str, Any], now: datetime, drill: bool = False) -> Select[int]:
    """The same with those who said stop: for telling staff how many they are."""
    return select(Person.id).where(
        _where(audience, now),
        Person.forgotten_at.is_(None),
        is_counted(drill),
    )


def _where(audience: Mapping[str, Any], now: datetime) -> ColumnElement[bool]:
    if not audience:
        return false()
    [(kind, value)] = audience.items()
    return NODES[kind].where(value, now)


# --- combining --------------------------------------------------------------------------------------------------------


def _check_several(value: Any, depth: int) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        raise AudienceError("Choose at least one rule to combine.")
    for part in value:
        check(part, depth + 1)


def _everywhere(value: list[Any]) -> Countries:
    """Of rules that all hold: what every limited one allows."""
    limits = [found for part in value if (found := countries_of(part)) is not None]
    return frozenset.intersection(*limits) if limits else None


def _anywhere(value: list[Any]) -> Countries:
    """Of rules of which one holds: what any of them allows."""
    found = [countries_of(part) for part in value]
    return (
        frozenset().union(*(one for one in found if one is not None)) if None not in found else None
    )


def _negated(value: Any, now: datetime) -> ColumnElement[bool]:
    """Where the database does not know (no position told), the rule does not hold, so its opposite does."""
    return not_(func.coalesce(_where(value, now), false()))


# --- lists ------------------------------------------------------------------------------------------------------------


def _listed(value: Any, known: Collection[Any] | None, empty: str, strange: str) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        raise AudienceError(empty)
    for one in value:
        if isinstance(one, bool | dict | list) or (known is not None and one not in known):
            raise AudienceError(strange, code=Quote(str(one)[:40]))
    if len(set(value)) != len(value):
        raise AudienceError("A choice is there twice.")


def _check_countries(value: Any, _depth: int) -> None:
    _listed(value, COUNTRIES, N_("Choose at least one country."), N_("Not a country code: {code}."))


def _check_cities(value: Any, _depth: int) -> None:
    _listed(value, None, N_("Choose at least one city."), N_("Not a city: {code}."))
    if unknown := [city for city in value if not isinstance(city, str) or not places.is_city(city)]:
        raise AudienceError("Not a city: {code}.", code=Quote(str(unknown[0])[:40]))


def _check_posts(value: Any, _depth: int) -> None:
    _listed(value, None, N_("Choose at least one post."), N_("Not a post: {code}."))
    if strange := [post for post in value if type(post) is not int]:
        raise AudienceError("Not a post: {code}.", code=Quote(str(strange[0])[:40]))


def _check_languages(value: Any, _depth: int) -> None:
    _listed(value, LANGUAGES, N_("Choose at least one language."), N_("Not a language: {code}."))


def _check_channels(value: Any, _depth: int) -> None:
    _listed(
        value,
        [str(one) for one in Channel],
        N_("Choose at least one channel."),
        N_("Not a channel: {code}."),
    )


def _check_tags(value: Any, _depth: int) -> None:
    _listed(value, None, N_("Choose at least one tag."), N_("Not a tag: {code}."))
    if strange := [tag for tag in value if not isinstance(tag, str) or not 1 <= len(tag) <= 40]:
        raise AudienceError("Not a tag: {code}.", code=Quote(str(strange[0])[:40]))


def _at_posts(value: list[int], _now: datetime) -> ColumnElement[bool]:
    return Person.country.in_(select(Post.country).where(Post.id.in_(value)))


def _on_channels(value: list[str], _now: datetime) -> ColumnElement[bool]:
    usable = (
        Address.person_id == Person.id,
        Address.stopped_at.is_(None),
        Address.channel.in_(map(Channel, value)),
    )
    return exists().where(*usable).correlate(Person)  # a query around it may look at addresses too


def _tagged(value: list[str], _now: datetime) -> ColumnElement[bool]:
    return (
        exists().where(PersonTag.person_id == Person.id, PersonTag.tag.in_(value)).correlate(Person)
    )


# --- what is known of a person ----------------------------------------------------------------------------------------


def _check_status(value: Any, _depth: int) -> None:
    if (
        not isinstance(value, dict)
        or set(value) != {"crisis", "is"}
        or type(value["crisis"]) is not int
    ):
        raise AudienceError("A status names a crisis and what people said in it.")
    _listed(value["is"], standings.COUNTS, "Choose at least one status.", "Not a status: {code}.")


def _standing(value: dict[str, Any], _now: datetime) -> ColumnElement[bool]:
    return standings.is_one_of(value["crisis"], value["is"])


def _check_days(value: Any, _depth: int) -> None:
    if type(value) is not int or not 1 <= value <= LONGEST_AGO:
        raise AudienceError("Choose 1 to {most} days.", most=LONGEST_AGO)


def _confirmed(value: int, now: datetime) -> ColumnElement[bool]:
    return Person.placed_at >= now - timedelta(days=value)


def _check_advisory(value: Any, _depth: int) -> None:
    if type(value) is not int:
        raise AudienceError("There is no such advisory.")


MAY_HAVE_GOT = or_(
    OutboundMessage.state.in_(
        (OutboundState.SENDING, OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)
    ),
    OutboundMessage.provider_id.is_not(None),
    OutboundMessage.reason.in_(DOUBT_REASONS),
)
"""The message went to the provider, or perhaps did: an answer never came, or the worker died."""


def _received(value: int, _now: datetime) -> ColumnElement[bool]:
    """Those who got, or may have got, this advisory."""
    wrong = select(Advisory.broadcast_id).where(Advisory.id == value).scalar_subquery()
    mine = (OutboundMessage.person_id == Person.id, OutboundMessage.broadcast_id == wrong)
    return exists().where(*mine, MAY_HAVE_GOT).correlate(Person)


NODES: Mapping[str, Node] = {
    "countries": Node(_check_countries, lambda value, _now: Person.country.in_(value), frozenset),
    "cities": Node(
        _check_cities,
        lambda value, _now: Person.city.in_(value),
        lambda value: frozenset(city[:2] for city in value),
    ),
    "circle": Node(
        lambda value, _depth: geometry.check_circle(value),
        lambda value, _now: geometry.in_circle(value),
        is_narrow=True,
    ),
    "polygon": Node(
        lambda value, _depth: geometry.check_polygon(value),
        lambda value, _now: geometry.in_polygon(value),
        is_narrow=True,
    ),
    "posts": Node(_check_posts, _at_posts),
    "languages": Node(_check_languages, lambda value, _now: Person.language.in_(value)),
    "channels": Node(_check_channels, _on_channels),
    "status": Node(_check_status, _standing, is_narrow=True),
    "tags": Node(_check_tags, _tagged, is_narrow=True),
    "confirmed_within_days": Node(_check_days, _confirmed),
    "received": Node(_check_advisory, _received, is_narrow=True),
    "all": Node(
        _check_several, lambda value, now: and_(*(_where(part, now) for part in value)), _everywhere
    ),
    "any": Node(
        _check_several, lambda value, now: or_(*(_where(part, now) for part in value)), _anywhere
    ),
    "not": Node(lambda value, depth: check(value, depth + 1), _negated),
}
