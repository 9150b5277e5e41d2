"""Reach of a broadcast before anybody sends it: people, channels, price and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, union_all
from sqlalchemy import case as sql_case
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audiences import kinds, rules, selection
from bot.consular.audiences.addresses import CHANNEL_RANKS
from bot.consular.reference import freshness, prices
from bot.messages import Channel, Form
from bot.models import Address, Person, closures
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
    `cost` (millionths of a dollar) by the country of the number, "" unknown. `seconds` until 95 %
    of those who can be reached have it, `last` until all.
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
    parts = _parts(contents)
    is_large = kinds.may_be_most(rule)
    everyone = await _groups(
        session,
        audience,
        is_large,
        now,
        drill,
        real_people,
    )
    groups = [group for group in everyone if not group.stopped]
    people = _people(groups)
    counts = _count(groups, parts)
    costs = await _costs(session, counts.sms)
    times = await _sending_times(session, counts, rates, now)
    return Estimate(
        people=people,
        with_them=_people_with_households(groups),
        by_channel=dict(counts.people),
        unreachable=dict(counts.unreachable),
        parts=parts,
        stopped=_people(everyone) - people,
        stale=_stale_people(groups),
        sms=dict(counts.sms.most_common()),
        cost=costs,
        seconds=_seconds_until(times, REACHED_SHARE),
        last=_last(times),
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
    """Count the SMS parts of a broadcast by language."""
    parts: dict[str, int] = {}
    for language, forms in contents.items():
        text = forms[Form.TEXT.value].get("text", "")
        parts[language] = sms.sms_parts(text).count
    return parts


# --- groups ---------------------------------------------------------------------------------------


async def _groups(
    session: AsyncSession,
    audience: Mapping[str, Any],
    is_large: bool,
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
        people = _reachability(everyone, first_id, end_id)
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
) -> Subquery:
    """Select a row for each person with these ids, `end_id` not among them: the best address."""
    is_usable = closures.is_open()
    channel_rank = sql_case(CHANNEL_RANKS, value=Address.channel)
    usable_rank = sql_case((is_usable, channel_rank))
    usable_region = sql_case((is_usable, Address.region))
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
        func.min(usable_rank).label("rank"),
        func.min(usable_region).label("region"),
        func.max(Address.stop_reason).label("stop_reason"),
        Person.language,
        Person.stopped_at,
        Person.party_size,
        Person.placed_at,
    )
    by_person = columns.group_by(Person.id)
    return by_person.subquery()


def _grouped(people: Subquery, now: datetime) -> Select[Any]:
    """Select the rows of `_Group` from the rows of `_reachability`."""
    column = people.c
    channel = _channel(column.rank)
    region = _region_of_number(column.rank, column.region)
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


def _region_of_number(rank: ColumnElement[int], region: ColumnElement[str]) -> ColumnElement[str]:
    """Return the country of the number of those reached by SMS; "" where it is unknown."""
    is_by_sms = rank == CHANNEL_RANKS[Channel.SMS]
    known_region = func.coalesce(region, "")
    return sql_case((is_by_sms, known_region), else_="")


def _why_not(rank: ColumnElement[int], stop_reason: ColumnElement[str]) -> ColumnElement[str]:
    """Return why a person without a usable address has none."""
    has_no_usable = rank.is_(None)
    reason = func.coalesce(stop_reason, "no_address")
    return sql_case((has_no_usable, reason))


def _count(groups: Sequence[_Group], parts: Mapping[str, int]) -> _Counts:
    counts = _Counts()
    for group in groups:
        if group.channel is None:
            reason = group.why_not or "no_address"
            counts.unreachable[reason] += group.people
            continue
        channel = Channel(group.channel)
        units = group.people
        if channel is Channel.SMS:
            units *= parts.get(group.language, 1)
            counts.sms[group.region] += units
        counts.people[channel] += group.people
        counts.units[channel] += units
    return counts


# --- time -----------------------------------------------------------------------------------------


async def _sending_times(
    session: AsyncSession,
    counts: _Counts,
    rates: Mapping[Channel, float],
    now: datetime,
) -> list[tuple[int, float]]:
    """Return the people of each channel and the seconds until the last of them has it."""
    paces = await _paces(session, rates, now)
    return _times(counts, paces)


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


def _times(counts: _Counts, paces: Mapping[Channel, Pace]) -> list[tuple[int, float]]:
    """Return the people of each channel and the seconds until the last of them has it."""
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


def _last(times: Sequence[tuple[int, float]]) -> float:
    """Return the seconds until everybody has it."""
    return max((seconds for _, seconds in times), default=0.0)


def _seconds_until(times: Sequence[tuple[int, float]], share: float) -> float:
    """Return the seconds until this share of all people has it.

    Channels send side by side, each at its own even pace: `times` are their people and seconds.
    """
    target = share * _everybody(times)
    before = 0.0
    for moment in _moments(times):
        if _reached(times, moment) < target:
            before = moment
            continue
        rate = _rate(times, moment)
        if not rate:
            return moment
        missing = target - _reached(times, before)
        return min(moment, before + missing / rate)
    return before


def _everybody(times: Sequence[tuple[int, float]]) -> int:
    return sum(people for people, _ in times)


def _moments(times: Sequence[tuple[int, float]]) -> list[float]:
    """Return the moments at which a channel is done, in seconds, the earliest first."""
    moments = {seconds for _, seconds in times}
    return sorted(moments)


def _rate(times: Sequence[tuple[int, float]], moment: float) -> float:
    """Return the people a second whom the channels reach that still send at this moment."""
    rate = 0.0
    for people, seconds in times:
        is_sending = seconds >= moment > 0
        if is_sending:
            rate += people / seconds
    return rate


def _reached(times: Sequence[tuple[int, float]], moment: float) -> float:
    """Return how many people have it at this moment."""
    reached = 0.0
    for people, seconds in times:
        share = 1.0
        if seconds > moment:
            share = moment / seconds
        reached += people * share
    return reached
