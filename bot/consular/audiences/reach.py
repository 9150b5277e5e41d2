"""Reach of a broadcast before anybody sends it: people, channels, price and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, union_all
from sqlalchemy import case as sql_case
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audiences import answering, kinds, rules, selection, timing
from bot.consular.audiences.addresses import CHANNEL_RANKS
from bot.consular.audiences.answering import Answering
from bot.consular.reference import country_reach, freshness, prices
from bot.messages import Channel, Form
from bot.models import Address, Person, SmsWay, closures
from bot.text import sms

REACHED_SHARE = 0.95  # of those who can be reached: what the time is told for

# A circle planned without its place takes four times as long; compiling costs more than it saves.
_PLANNER_SETTINGS = """SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('jit', 'off', true)"""
SLICES = 3  # PostgreSQL's default is two processes beside the one that was asked
MIN_SLICE_PEOPLE = 50_000


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of a channel: messages or SMS parts a second, and the seconds its queue takes."""

    rate: float
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a broadcast will reach and cost.

    `people` get it or would; `with_them` counts their households as well. Of `stale` people nobody
    knows whether they are still there. `unreachable` says why not, by reason; `stopped` are those
    who want no broadcasts and are not among the people. `parts` of one SMS by language; `sms` and
    `cost` (millionths of a dollar) by the country of the number, "" unknown; `answering` says how
    they can answer it. `seconds` until 95 % of those who can be reached have it, `last` until all.
    """

    people: int
    with_them: int
    by_channel: dict[Channel, int]
    unreachable: dict[str, int]
    parts: dict[str, int]
    stopped: int = 0
    stale: int = 0
    sms: dict[str, int] = field(default_factory=dict)
    cost: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    last: float = 0.0
    answering: Sequence[Answering] = ()  # those with a number, by its country

    @property
    def no_channel(self) -> int:
        """Count the people to whom nothing can be sent."""
        return sum(self.unreachable.values())


@dataclass(frozen=True, slots=True)
class _Group:
    """People who are reached in the same way."""

    channel: Channel | None
    language: str
    region: str
    why_not: str | None
    stopped: bool
    people: int
    with_them: int
    stale: int


@dataclass(frozen=True, slots=True)
class _Counts:
    """People and units by channel, SMS parts by country, unreachable people by reason."""

    people: Counter[Channel] = field(default_factory=Counter)
    units: Counter[Channel] = field(default_factory=Counter)
    sms: Counter[str] = field(default_factory=Counter)
    unreachable: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)  # people by the country of their number


async def estimate(
    session: AsyncSession,
    audience: Mapping[str, Any],
    contents: Mapping[str, Any],
    rates: Mapping[Channel, float],
    now: datetime,
    drill: bool = False,
    real_people: bool = True,
) -> Estimate:
    """Count the recipients of a broadcast with these contents.

    `rates` are messages or SMS parts a second.

    What is in the queue already goes first. Only a drill counts synthetic people; it may count them
    alone.
    Raises AudienceError.
    """
    rule = rules.parse(audience)
    by_country = await country_reach.table(session)
    ways = answering.ways(by_country)
    everyone = await _groups(
        session,
        audience,
        kinds.may_be_most(rule),
        country_reach.closed(ways),
        now,
        drill,
        real_people,
    )
    counts = _count(_wanting(everyone), contents, ways)
    times = await _times(session, counts, rates, now)
    return _told(
        everyone,
        counts,
        parts=_parts(contents),
        cost=await _costs(session, counts.sms),
        seconds=timing.seconds_until(times, REACHED_SHARE),
        last=timing.last(times),
        answering=answering.of(counts.numbers, by_country),
    )


def _wanting(groups: Sequence[_Group]) -> list[_Group]:
    """Return those who want broadcasts."""
    return [group for group in groups if not group.stopped]


def _told(everyone: Sequence[_Group], counts: _Counts, **figures: Any) -> Estimate:
    """Return an estimate with these figures, and those of the people."""
    groups = _wanting(everyone)
    people = _people(groups)
    return Estimate(
        people=people,
        with_them=_people_with_households(groups),
        by_channel=dict(counts.people),
        unreachable=dict(counts.unreachable),
        stopped=_people(everyone) - people,
        stale=_stale_people(groups),
        sms=dict(counts.sms.most_common()),
        **figures,
    )


def _people(groups: Sequence[_Group]) -> int:
    return sum(group.people for group in groups)


def _stale_people(groups: Sequence[_Group]) -> int:
    return sum(group.stale for group in groups)


def _people_with_households(groups: Sequence[_Group]) -> int:
    return sum(group.with_them for group in groups)


async def _costs(session: AsyncSession, sms_by_country: Mapping[str, int]) -> dict[str, int]:
    """Return the price of the SMS parts of each country, in millionths of a dollar."""
    table = await prices.table(session)
    costs: dict[str, int] = {}
    for country, count in sms_by_country.items():
        costs[country] = count * prices.of(table, country)
    return costs


def _parts(contents: Mapping[str, Any]) -> dict[str, int]:
    """Count the SMS parts of a broadcast by language, in the words that most get."""
    parts: dict[str, int] = {}
    for language in contents:
        parts[language] = _parts_of(contents, language, SmsWay.ANSWER)
    return parts


def _parts_of(contents: Mapping[str, Any], language: str, way: SmsWay) -> int:
    """Count the SMS parts of a broadcast in a language, in the words of a country."""
    if language not in contents:
        return 1
    forms = contents[language]
    content = forms.get(way.variant, forms[Form.TEXT.value])
    return sms.sms_parts(content.get("text", "")).count


# --- groups ---------------------------------------------------------------------------------------


async def _groups(
    session: AsyncSession,
    audience: Mapping[str, Any],
    is_large: bool,
    silent_countries: Collection[str],
    now: datetime,
    drill: bool,
    real_people: bool,
) -> list[_Group]:
    """Read people and addresses once; a large audience in slices that PostgreSQL reads at once."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(sql(_PLANNER_SETTINGS))
    newest_id = await session.scalar(select(func.max(Person.id))) or 0
    slice_people = _slice_people(newest_id, is_large)
    await selection.prepare(session, audience)
    everyone = selection.everyone_in(audience, now, drill, real_people)
    slices: list[Select[Any]] = []
    for first_id in range(0, newest_id + 1, slice_people):
        end_id = first_id + slice_people
        people = _reachability(everyone, first_id, end_id, silent_countries)
        slices.append(_grouped(people, now))
    rows = await session.execute(union_all(*slices))
    return [_Group(*row) for row in rows]


def _slice_people(newest_id: int, is_large: bool) -> int:
    """Return how many ids a slice has: all of them, unless the audience is large."""
    ids = newest_id + 1
    if not is_large:
        return ids
    part = newest_id // SLICES + 1
    return max(MIN_SLICE_PEOPLE, part)


def _reachability(
    everyone: Select[int],
    first_id: int,
    end_id: int,
    silent_countries: Collection[str],
) -> Subquery:
    """Select a row for each person with these ids, `end_id` not among them: the best address.

    `stop_reason` and `region` of somebody whose number nothing may go to say so.
    """
    is_own_address = and_(
        Address.person_id == Person.id,
        Address.person_id >= first_id,
        Address.person_id < end_id,
    )
    people = everyone.where(
        Person.id >= first_id,
        Person.id < end_id,
    )
    addresses = people.outerjoin(Address, is_own_address)
    columns = addresses.with_only_columns(
        *_best_address(silent_countries),
        Person.language,
        Person.stopped_at,
        Person.party_size,
        Person.placed_at,
    )
    by_person = columns.group_by(Person.id)
    return by_person.subquery()


def _best_address(silent_countries: Collection[str]) -> tuple[ColumnElement[Any], ...]:
    """Return what the addresses of a person come to: the best one, or why there is none."""
    is_usable = closures.is_sendable(silent_countries)
    is_refused = and_(closures.is_open(), ~is_usable)
    channel_rank = sql_case(CHANNEL_RANKS, value=Address.channel)
    usable_rank = sql_case((is_usable, channel_rank))
    usable_region = sql_case((is_usable, Address.region))
    refused_region = sql_case((is_refused, Address.region))
    reason = sql_case((is_refused, closures.COUNTRY_REFUSES), else_=Address.stop_reason)
    return (
        func.min(usable_rank).label("rank"),
        func.min(usable_region).label("region"),
        func.min(refused_region).label("refused_region"),
        func.max(reason).label("stop_reason"),
    )


def _grouped(people: Subquery, now: datetime) -> Select[Any]:
    """Select the rows of `_Group` from the rows of `_reachability`."""
    column = people.c
    channel = _channel(column.rank)
    region = _region_of_number(column)
    why_not = _why_not(column.rank, column.stop_reason)
    has_stopped = column.stopped_at.is_not(None)
    keys = (
        channel.label("channel"),
        column.language,
        region.label("number_region"),
        why_not.label("why_not"),
        has_stopped.label("stopped"),
    )
    household = func.coalesce(column.party_size, 1)
    stale = sql_case((freshness.is_stale(now, column), 1), else_=0)
    groups = select(*keys, func.count(), func.sum(household), func.sum(stale))
    return groups.group_by(*keys)


def _channel(rank: ColumnElement[int]) -> ColumnElement[str]:
    names: dict[int, str] = {}
    for channel, channel_rank in CHANNEL_RANKS.items():
        names[channel_rank] = channel.value
    return sql_case(names, value=rank)


def _region_of_number(column: Any) -> ColumnElement[str]:
    """Return the country of the number of those reached by SMS, or by nothing; "" where unknown."""
    is_by_sms = column.rank == CHANNEL_RANKS[Channel.SMS]
    is_by_nothing = column.rank.is_(None)
    region = sql_case((is_by_sms, column.region), (is_by_nothing, column.refused_region))
    return func.coalesce(region, "")


def _why_not(rank: ColumnElement[int], stop_reason: ColumnElement[str]) -> ColumnElement[str]:
    """Return why a person without a usable address has none."""
    has_no_usable = rank.is_(None)
    reason = func.coalesce(stop_reason, "no_address")
    return sql_case((has_no_usable, reason))


def _count(
    groups: Sequence[_Group],
    contents: Mapping[str, Any],
    ways: Mapping[str, SmsWay],
) -> _Counts:
    counts = _Counts()
    for group in groups:
        if group.channel is None:
            reason = group.why_not or "no_address"
            counts.unreachable[reason] += group.people
            if reason == closures.COUNTRY_REFUSES:
                counts.numbers[group.region] += group.people
            continue
        channel = Channel(group.channel)
        units = group.people
        if channel is Channel.SMS:
            way = ways.get(group.region, SmsWay.ANSWER)
            units *= _parts_of(contents, group.language, way)
            counts.sms[group.region] += units
            counts.numbers[group.region] += group.people
        counts.people[channel] += group.people
        counts.units[channel] += units
    return counts


# --- time -----------------------------------------------------------------------------------------


async def _paces(
    session: AsyncSession,
    rates: Mapping[Channel, float],
    now: datetime,
) -> dict[Channel, Pace]:
    """Combine the rate of each channel with the seconds that its queue takes."""
    queued = await waiting(session, now)
    paces: dict[Channel, Pace] = {}
    for channel, rate in rates.items():
        seconds_ahead = queued.get(channel, 0) / rate
        paces[channel] = Pace(rate, seconds_ahead)
    return paces


async def waiting(session: AsyncSession, now: datetime) -> dict[Channel, int]:
    """Count the queued messages by channel: a broadcast stands behind all of them at most."""
    queued: Counter[Channel] = Counter()
    for backlog in await outbox.backlog(session, now):
        queued[backlog.channel] += backlog.count
    return dict(queued)


async def _times(
    session: AsyncSession,
    counts: _Counts,
    rates: Mapping[Channel, float],
    now: datetime,
) -> timing.Times:
    """Return the people of each channel and the seconds until the last of them has it."""
    paces = await _paces(session, rates, now)
    times: list[tuple[int, float]] = []
    for channel, people in counts.people.items():
        units = counts.units[channel]
        seconds = _seconds(units, paces.get(channel))
        times.append((people, seconds))
    return times


def _seconds(units: int, pace: Pace | None) -> float:
    """Return the seconds until a channel has sent its units; the phone page takes no time."""
    if pace is None:
        return 0.0
    return pace.ahead + units / pace.rate
