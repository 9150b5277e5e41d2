"""The people of an audience, selected in SQL at the moment a broadcast goes out.

Those who said stop are never among them. Nobody is selected twice, however many rules mean them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import geometry, kinds, rules, standings
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
    Polygon,
    Posters,
    Posts,
    Received,
    Rule,
    Status,
    Tags,
)
from bot.models import (
    Advisory,
    OutboundMessage,
    OutboundState,
    Person,
    PersonPost,
    PersonTag,
    Post,
    PostAccreditation,
    closures,
    digests,
    is_counted,
)
from bot.outbox import DOUBT_REASONS

MAY_HAVE_GOT = or_(
    OutboundMessage.state.in_(
        (OutboundState.SENDING, OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)
    ),
    OutboundMessage.provider_id.is_not(None),
    OutboundMessage.reason.in_(DOUBT_REASONS),
)
"""The message went to the provider, or perhaps did: an answer never came, or the worker died."""


async def prepare(session: AsyncSession, audience: Mapping[str, Any]) -> None:
    """Work the shapes of an audience out in a thread: a query that needs them first holds the loop.

    Shapes that are known already cost nothing.
    """
    keyring = digests.keyring_of(session.get_bind().dialect)
    rule = rules.stored(audience)
    if rule is None:
        return
    for part in kinds.parts(rule):
        if isinstance(part, Circle | Polygon):
            await asyncio.to_thread(geometry.work_out, part, keyring)


def people_in(
    audience: Mapping[str, Any],
    now: datetime,
    drill: bool = False,
    real_people: bool = True,
) -> Select[int]:
    """Select the ids of the people of a stored audience, without those who said stop."""
    everyone = everyone_in(audience, now, drill, real_people)
    return everyone.where(closures.wants_broadcasts())


def everyone_in(
    audience: Mapping[str, Any],
    now: datetime,
    drill: bool = False,
    real_people: bool = True,
) -> Select[int]:
    """Select the ids of the people of a stored audience, with those who said stop.

    Staff are told how many those are. Only a drill means synthetic people, and it may mean no real
    ones.
    """
    rule = rules.stored(audience)
    is_meant = false() if rule is None else _condition(rule, now)
    is_there = Person.forgotten_at.is_(None)
    return select(Person.id).where(is_meant, is_there, is_counted(drill, real_people))


# a case for each kind
def _condition(rule: Rule, now: datetime) -> ColumnElement[bool]:  # noqa: C901
    """Return the condition on `Person` that a rule is."""
    match rule:
        case Countries(codes):
            return Person.country.in_(codes)
        case Cities(names):
            return Person.city_index.in_(names)
        case Circle() | Polygon():
            return geometry.is_inside(rule)
        case Posts(ids):
            return _in_countries_of_posts(ids)
        case Posters(ids):
            return _came_by_poster(ids)
        case Languages(codes):
            return Person.language.in_(codes)
        case Channels(channels):
            return closures.has_open_address(channels)
        case Status(crisis_id, names):
            return standings.is_one_of(crisis_id, names)
        case Tags(tags):
            return _has_tag(tags)
        case ConfirmedWithinDays(days):
            return Person.placed_at >= now - timedelta(days=days)
        case Received(advisory_id):
            return _may_have_got(advisory_id)
        case All(rules_within):
            return and_(*_conditions(rules_within, now))
        case AnyOf(rules_within):
            return or_(*_conditions(rules_within, now))
        case Not(rule_within):
            return _is_not(_condition(rule_within, now))
        case _:
            assert_never(rule)


def _conditions(rules_within: Sequence[Rule], now: datetime) -> list[ColumnElement[bool]]:
    return [_condition(rule, now) for rule in rules_within]


def _is_not(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Negate a condition; where the database does not know (no position told), it is false."""
    return not_(func.coalesce(condition, false()))


def _in_countries_of_posts(post_ids: Sequence[int]) -> ColumnElement[bool]:
    countries = select(Post.country).where(Post.id.in_(post_ids))
    accredited = select(PostAccreditation.country).where(PostAccreditation.post_id.in_(post_ids))
    return Person.country.in_(countries.union(accredited))


def _came_by_poster(post_ids: Sequence[int]) -> ColumnElement[bool]:
    by_poster = exists().where(
        PersonPost.person_id == Person.id,
        PersonPost.post_id.in_(post_ids),
    )
    return by_poster.correlate(Person)


def _has_tag(tags: Sequence[str]) -> ColumnElement[bool]:
    tagged = exists().where(PersonTag.person_id == Person.id, PersonTag.tag.in_(tags))
    return tagged.correlate(Person)


def _may_have_got(advisory_id: int) -> ColumnElement[bool]:
    """Return whether the person got, or may have got, an advisory."""
    broadcast = select(Advisory.broadcast_id).where(Advisory.id == advisory_id).scalar_subquery()
    message = exists().where(
        OutboundMessage.person_id == Person.id,
        OutboundMessage.broadcast_id == broadcast,
        MAY_HAVE_GOT,
    )
    return message.correlate(Person)
