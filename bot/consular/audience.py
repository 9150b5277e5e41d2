"""Who a broadcast is for, as JSON: `{"countries": ["TR", "SD"]}`. A kind of node is one entry of NODES.

Those who said stop are never in an audience.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot import text
from bot.consular.errors import ConsularError
from bot.consular.places import COUNTRIES
from bot.messages import Channel, Form
from bot.models import Address, Person


class AudienceError(ConsularError):
    """Not an audience; the words say why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of audience: how it is checked (raises AudienceError), whom it means in SQL, which countries it names."""

    check: Callable[[Any], None]
    where: Callable[[Any], ColumnElement[bool]]
    countries: Callable[[Any], frozenset[str]]


def _check_countries(value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise AudienceError("Choose at least one country.")
    unknown = [code for code in value if not isinstance(code, str) or code not in COUNTRIES]
    if unknown:
        raise AudienceError("Not a country code: {code}.", code=str(unknown[0])[:20])
    if len(set(value)) != len(value):
        raise AudienceError("A country is there twice.")


NODES: Mapping[str, Node] = {
    "countries": Node(_check_countries, Person.country.in_, frozenset),
}


def check(audience: Any) -> None:
    """Raises AudienceError when this is not an audience."""
    if not isinstance(audience, dict) or len(audience) != 1:
        raise AudienceError("An audience is one of: {kinds}.", kinds=", ".join(NODES))
    [(kind, value)] = audience.items()
    if kind not in NODES:
        raise AudienceError("An audience is one of: {kinds}.", kinds=", ".join(NODES))
    NODES[kind].check(value)


def countries_of(audience: Mapping[str, Any]) -> frozenset[str]:
    """The countries an audience names, for deciding whose business it is."""
    [(kind, value)] = audience.items()
    return NODES[kind].countries(value)


def people_in(audience: Mapping[str, Any]) -> Select[int]:
    """The ids of those it is for, without those who said stop."""
    [(kind, value)] = audience.items()
    willing = and_(Person.stopped_at.is_(None), Person.forgotten_at.is_(None))
    return select(Person.id).where(NODES[kind].where(value), willing)


_PREFERRED = (Channel.TELEGRAM, Channel.SMS, Channel.PHONE)


def preferred_addresses(*among: ColumnElement[bool]) -> Subquery:
    """One usable address a person (columns of Address; `among` limits the addresses looked at).

    Telegram, else SMS, else the phone page; among the same, the one last heard from.
    """
    rank = sql_case({channel: place for place, channel in enumerate(_PREFERRED)}, value=Address.channel)
    order = (rank, Address.heard_at.desc().nulls_last(), Address.id.desc())
    turn = func.row_number().over(partition_by=Address.person_id, order_by=order).label("turn")
    columns = (Address.id, Address.person_id, Address.channel, Address.form, turn)
    ranked = select(*columns).where(Address.stopped_at.is_(None), *among).subquery()
    return select(ranked).where(ranked.c.turn == 1).subquery()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a broadcast will reach and take. `parts` of one SMS by language; `seconds` at the agreed pace."""

    people: int
    by_channel: dict[Channel, int]
    no_channel: int
    parts: dict[str, int]
    seconds: float


async def estimate(
    session: AsyncSession, audience: Mapping[str, Any], contents: Mapping[str, Any], rates: Mapping[Channel, float]
) -> Estimate:
    """Counts the recipients. `contents` as in a broadcast; `rates` in messages or SMS parts a second, by channel."""
    check(audience)
    parts = {language: text.sms_parts(forms[Form.TEXT.value]["text"]).count for language, forms in contents.items()}
    rows = await _by_channel_and_language(session, audience)
    by_channel: dict[Channel, int] = {}
    units: dict[Channel, int] = {}
    for channel, language, people in rows:
        if channel is not None:
            by_channel[channel] = by_channel.get(channel, 0) + people
            each = parts.get(language, 1) if channel is Channel.SMS else 1
            units[channel] = units.get(channel, 0) + people * each
    total, reached = sum(people for *_, people in rows), sum(by_channel.values())
    return Estimate(total, by_channel, total - reached, parts, _seconds(units, rates))


def _seconds(units: Mapping[Channel, int], rates: Mapping[Channel, float]) -> float:
    """Channels send side by side, so the slowest decides; the phone page takes no time."""
    return float(max((ceil(n / rates[channel]) for channel, n in units.items() if channel in rates), default=0))


async def _by_channel_and_language(
    session: AsyncSession, audience: Mapping[str, Any]
) -> list[tuple[Channel | None, str, int]]:
    chosen = people_in(audience)
    address = preferred_addresses(Address.person_id.in_(chosen))
    query = (
        chosen.outerjoin(address, address.c.person_id == Person.id)
        .with_only_columns(address.c.channel, Person.language, func.count())
        .group_by(address.c.channel, Person.language)
    )
    return [(channel, language, people) for channel, language, people in await session.execute(query)]
