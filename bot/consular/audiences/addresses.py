"""The address of a person that a broadcast goes to."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ScalarSelect, Select, exists, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from bot.messages import Channel
from bot.models import Address, OutboundMessage, Person, closures

# The lowest is preferred.
CHANNEL_RANKS = {Channel.TELEGRAM: 0, Channel.SMS: 1, Channel.PHONE: 2}


def preferred(silent_countries: Collection[str] = ()) -> ScalarSelect[int]:
    """Return the id of the usable address of the `Person` of the query around it, or none.

    A number of one of the `silent_countries` is not usable.

    Telegram, else SMS, else the phone page; among the same, the one last heard from. The database
    looks it up person by person: without statistics it joins anything larger the slow way.
    """
    own = aliased(Address)
    usable = select(own.id).where(
        own.person_id == Person.id,
        closures.is_sendable(silent_countries, own),
    )
    return _best(usable, own)


def next_preferred(
    broadcasts: Select[int],
    silent_countries: Collection[str] = (),
) -> ScalarSelect[int]:
    """Return the id of the usable address that no message of these broadcasts went to, or none."""
    own = aliased(Address)
    used = exists().where(
        OutboundMessage.address_id == own.id,
        OutboundMessage.broadcast_id.in_(broadcasts),
    )
    unused = select(own.id).where(
        own.person_id == Person.id,
        closures.is_sendable(silent_countries, own),
        ~used.correlate(own),
    )
    return _best(unused, own)


def _best(usable: Select[int], own: type[Address]) -> ScalarSelect[int]:
    best_first = usable.order_by(
        sql_case(CHANNEL_RANKS, value=own.channel),
        own.heard_at.desc().nulls_last(),
        own.id.desc(),
    )
    best = best_first.limit(1).correlate(Person)
    return best.scalar_subquery()
