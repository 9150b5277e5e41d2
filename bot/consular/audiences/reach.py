"""What a broadcast will reach and take: whom, by which channel, at what price, in what time. Before anybody presses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, select, union_all
from sqlalchemy import case as sql_case
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot import outbox
from bot.consular.audiences.rules import check, everyone_in, may_be_most
from bot.consular.reference import prices
from bot.messages import Channel, Form
from bot.models import Address, Person
from bot.text import sms as text_sms

MOST_OF_THEM = 0.95  # of those who can be reached: what the time is told for
_PREFERRED = (Channel.TELEGRAM, Channel.SMS, Channel.PHONE)
_RANK = sql_case(
    {channel: place for place, channel in enumerate(_PREFERRED)}, value=Address.channel
)


# A circle planned without looking at where it is takes four times as long, and compiling costs more than it saves.
_PLANNED_ANEW = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"
_SIDE_BY_SIDE = 3  # slices: PostgreSQL's default is two processes beside the one that was asked
_SLICE = 50_000  # people at least


def preferred_address() -> ScalarSelect[int]:
    """The id of the usable address of the `Person` of the query around it, or none.

    Telegram, else SMS, else the phone page; among the same, the one last heard from. Looked up person by person: a
    database without statistics joins anything larger the slow way.
    """
    own = aliased(Address)
    rank = sql_case({channel: place for place, channel in enumerate(_PREFERRED)}, value=own.channel)
    order = (rank, own.heard_at.desc().nulls_last(), own.id.desc())
    usable = select(own.id).where(own.person_id == Person.id, own.stopped_at.is_(None))
    return usable.order_by(*order).limit(1).correlate(Person).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a channel sends now: messages or SMS parts a second, and the seconds of what is in the queue already."""

    rate: float
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a broadcast will reach and take.

    `people` get it or would; `with_them` counts their households as well. `unreachable` says why not, by reason;
    `stopped` are those who want no broadcasts and are not among the people.
    `parts` of one SMS by language; `sms` and `cost` (millionths of a dollar) by the country of the number, "" unknown.
    `seconds` until 95 % of those who can be reached have it, `last` until all have.
    """

    people: int
    with_them: int
    by_channel: dict[Channel, int]
    unreachable: dict[str, int]
    parts: dict[str, int]
    stopped: int = 0
    sms: dict[str, int] = field(default_factory=dict)
    cost: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    last: float = 0.0

    @property
    def no_channel(self) -> int:
        """People to whom nothing can be sent."""
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


async def estimate(
    session: AsyncSession,
    audience: Mapping[str, Any],
    contents: Mapping[str, Any],
    rates: Mapping[Channel, float],
    now: datetime,
    drill: bool = False,
) -> Estimate:
    """Count the recipients. `contents` as in a broadcast, `rates` in messages or SMS parts a second.

    What is in the queue already goes first. Only a drill counts synthetic people. Raises AudienceError.
    """
    check(audience)
    parts = {
        language: text_sms.sms_parts(forms[Form.TEXT.value].get("text", "")).count
        for language, forms in contents.items()
    }
    found = await _groups(session, audience, now, drill)
    groups = [group for group in found if not group.stopped]
    by_channel, units, sms, unreachable = _counted(groups, parts)
    table = await prices.table(session)
    paces = await _paces(session, rates, now)
    times = [
        (people, _seconds(units[channel], paces.get(channel)))
        for channel, people in by_channel.items()
    ]
    return Estimate(
        people=sum(group.people for group in groups),
        with_them=sum(group.with_them for group in groups),
        by_channel=by_channel,
        unreachable=unreachable,
        parts=parts,
        stopped=sum(group.people for group in found if group.stopped),
        sms=sms,
        cost={country: count * prices.of(table, country) for country, count in sms.items()},
        seconds=_reached(times, MOST_OF_THEM),
        last=max((seconds for _, seconds in times), default=0.0),
    )


async def _paces(
    session: AsyncSession, rates: Mapping[Channel, float], now: datetime
) -> dict[Channel, Pace]:
    """Combine the rate of each channel with the seconds that its queue takes."""
    queued = await waiting(session, now)
    return {channel: Pace(rate, queued.get(channel, 0) / rate) for channel, rate in rates.items()}


async def waiting(session: AsyncSession, now: datetime) -> dict[Channel, int]:
    """Messages in the queue by channel: what a broadcast stands behind at most."""
    found: Counter[Channel] = Counter()
    for row in await outbox.backlog(session, now):
        found[row.channel] += row.count
    return dict(found)


async def _groups(
    session: AsyncSession, audience: Mapping[str, Any], now: datetime, drill: bool
) -> list[_Group]:
    """One pass over people and addresses; of very many, in slices that PostgreSQL works on side by side."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(sql(_PLANNED_ANEW))
    newest = await session.scalar(select(func.max(Person.id))) or 0
    each = max(_SLICE, newest // _SIDE_BY_SIDE + 1) if may_be_most(audience) else newest + 1
    slices = [
        _grouping(audience, now, drill, first, first + each) for first in range(0, newest + 1, each)
    ]
    return [_Group(*row) for row in await session.execute(union_all(*slices))]


def _grouping(
    audience: Mapping[str, Any], now: datetime, drill: bool, first: int, end: int
) -> Select[Any]:
    """The rows of `_Group` for the people with these ids, `end` not among them."""
    usable = Address.stopped_at.is_(None)
    theirs = (Address.person_id == Person.id, Address.person_id >= first, Address.person_id < end)
    each = (
        everyone_in(audience, now, drill)
        .where(Person.id >= first, Person.id < end)
        .outerjoin(Address, and_(*theirs))
        .with_only_columns(
            func.min(sql_case((usable, _RANK))).label("rank"),
            func.min(sql_case((usable, Address.region))).label("region"),
            func.max(Address.stop_reason).label("why"),
            Person.language,
            Person.stopped_at,
            Person.party_size,
        )
        .group_by(Person.id)
        .subquery()
    )
    channel = sql_case(
        {place: str(name) for place, name in enumerate(_PREFERRED)}, value=each.c.rank
    )
    region = sql_case(
        (each.c.rank == _PREFERRED.index(Channel.SMS), func.coalesce(each.c.region, "")), else_=""
    )
    why = sql_case((each.c.rank.is_(None), func.coalesce(each.c.why, "no_address")))
    stopped = each.c.stopped_at.is_not(None)
    keys = (
        channel.label("way"),
        each.c.language,
        region.label("where"),
        why.label("why"),
        stopped.label("stopped"),
    )
    return select(*keys, func.count(), func.sum(func.coalesce(each.c.party_size, 1))).group_by(
        *keys
    )


def _counted(
    groups: list[_Group], parts: Mapping[str, int]
) -> tuple[dict[Channel, int], Counter[Channel], dict[str, int], dict[str, int]]:
    """People by channel, units by channel, SMS parts by country, and those who cannot be reached by reason."""
    people: Counter[Channel] = Counter()
    units: Counter[Channel] = Counter()
    sms: Counter[str] = Counter()
    unreachable: Counter[str] = Counter()
    for group in groups:
        if group.channel is None:
            unreachable[group.why_not or "no_address"] += group.people
            continue
        each = parts.get(group.language, 1) if group.channel == Channel.SMS else 1
        people[Channel(group.channel)] += group.people
        units[Channel(group.channel)] += group.people * each
        if group.channel == Channel.SMS:
            sms[group.region] += group.people * each
    return dict(people), units, dict(sms.most_common()), dict(unreachable)


def _seconds(units: int, pace: Pace | None) -> float:
    """Until a channel has sent this; the phone page takes no time."""
    return pace.ahead + units / pace.rate if pace else 0.0


def _reached(times: list[tuple[int, float]], share: float) -> float:
    """Seconds until this share of all has it: channels send side by side, each at its own even pace."""
    wanted = share * sum(people for people, _ in times)
    before = 0.0
    for moment in sorted({seconds for _, seconds in times}):
        if sum(_had(times, moment)) >= wanted:
            rate = sum(people / seconds for people, seconds in times if seconds >= moment > 0)
            missing = wanted - sum(_had(times, before))
            return min(moment, before + missing / rate) if rate else moment
        before = moment
    return before


def _had(times: list[tuple[int, float]], moment: float) -> Iterator[float]:
    return (people * (min(1.0, moment / seconds) if seconds else 1.0) for people, seconds in times)
