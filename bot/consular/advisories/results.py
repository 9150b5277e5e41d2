"""What became of an advisory: who has it, who has not and why, how fast it went, what it cost. "Sent" is not delivered.

Every figure comes from a few statements that count in the database; none of them knows who anybody is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections
from bot.consular.advisories import course as advisories_course
from bot.consular.advisories.course import Course
from bot.consular.errors import N_
from bot.consular.reference import prices
from bot.messages import Channel
from bot.models import Address, Advisory, Broadcast, OutboundMessage, OutboundState, Person

Counts = dict[str, int]  # people by state, as INTERFACE names them

NOBODY_KNOWS = "unknown"  # the key of a country or region that was never told
NO_CHANNEL = "none"  # the key of those who have no channel

HAS_IT = (OutboundState.DELIVERED, OutboundState.READ)  # a receipt says so
LEFT = (OutboundState.SENT, *HAS_IT)  # handed to the network; with a receipt or without
UNSENT = (
    OutboundState.FAILED,
    OutboundState.EXPIRED,
    OutboundState.DROPPED,
    OutboundState.NO_CHANNEL,
)

REASONS: Mapping[str, str] = {
    "blocked": N_("blocked us"),
    "opted_out": N_("told the network to stop"),
    "gone": N_("number or chat is gone"),
    "unreachable": N_("the phone is off or out of reach"),
    "filtered": N_("the phone company did not let it pass"),
    "unroutable": N_("we cannot write to this country or number"),
    "rejected": N_("the network does not take this text"),
    "flood": N_("the network was too full for too long"),
    "unavailable": N_("the network was away for too long"),
    "credentials": N_("the network refused our account"),
    "unclear": N_("no answer from the network: perhaps it arrived"),
    "lost": N_("our sender stopped in the middle: perhaps it arrived"),
    "unknown": N_("the network does not say why"),
    "expired": N_("its time was over before it left"),
    "cancelled": N_("withdrawn before it left"),
    "stopped": N_("wants no messages"),
    "erased": N_("had everything about them deleted"),
    "no_address": N_("no address"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """People of whom all of this is the same. `joined`: they came into the audience after it had gone out."""

    state: OutboundState
    channel: Channel | None
    moved_from: Channel | None
    reason: str | None
    country: str | None
    joined: bool
    people: int
    last: datetime | None  # when the last of them had it, or had failed


@dataclass(frozen=True, slots=True)
class Version:
    """One advisory of a chain of corrections. `hold` people had this one last of all."""

    advisory: Advisory
    counts: Counts
    hold: int


@dataclass(frozen=True, slots=True)
class Results:
    """`by_channel`, `by_country` and `counts` each add up to `recipients`.

    `why` is people by reason, for the states `failed`, `expired`, `dropped` and `no_channel`. `moved` is how many went
    over to another channel, by `telegram>sms`. `parts` (SMS) and `cost` (millionths of a dollar) go by the country of
    the number.
    """

    counts: Counts
    why: dict[str, Counts]
    by_channel: dict[str, Counts]
    by_country: dict[str, Counts]
    moved: Counts = field(default_factory=dict)
    joined: int = 0
    parts: Counts = field(default_factory=dict)
    cost: Counts = field(default_factory=dict)
    course: Course = field(default_factory=Course)
    versions: list[Version] = field(default_factory=list)

    @property
    def recipients(self) -> int:
        """Everybody it is for."""
        return sum(self.counts.values())

    @property
    def delivered(self) -> int:
        """People of whom a receipt says that they have it."""
        return has_it(self.counts)

    @property
    def delivered_share(self) -> float | None:
        """Of all recipients, those who cannot be reached included."""
        return round(self.delivered / self.recipients, 4) if self.recipients else None


def has_it(counts: Mapping[str, int]) -> int:
    """People of whom a receipt says that they have it."""
    return sum(counts[state] for state in HAS_IT)


async def of(session: AsyncSession, advisory: Advisory) -> Results:
    """What became of an advisory; all noughts while it has not gone out."""
    broadcast = (
        await session.get(Broadcast, advisory.broadcast_id) if advisory.broadcast_id else None
    )
    versions = await _versions(session, advisory)
    if broadcast is None:
        return Results(none(), {}, {}, {}, versions=versions)
    groups = [Group(*row) for row in await session.execute(_groups(broadcast))]
    parts = (
        await _parts(session, broadcast.id)
        if any(group.channel is Channel.SMS for group in groups)
        else {}
    )
    table = await prices.table(session)
    return Results(
        counts=_counted(groups),
        why=await _why(session, broadcast.id, groups),
        by_channel=_by(groups, lambda group: group.channel or NO_CHANNEL),
        by_country=_by(groups, lambda group: group.country or NOBODY_KNOWS),
        moved=_moved(groups),
        joined=sum(group.people for group in groups if group.joined),
        parts=parts,
        cost={country: count * prices.of(table, country) for country, count in parts.items()},
        course=await _course(session, broadcast, groups),
        versions=versions,
    )


def none() -> Counts:
    """Nobody, in every state."""
    return {state.value: 0 for state in OutboundState}


def _groups(broadcast: Broadcast) -> Any:
    """The rows of `Group`, in one pass over the recipients."""
    row = OutboundMessage
    joined = row.created_at > broadcast.fanned_out_at if broadcast.fanned_out_at else false()
    keys = (
        row.state,
        row.channel,
        row.moved_from,
        row.reason,
        Person.country,
        joined.label("joined"),
    )
    last = func.max(func.coalesce(row.finished_at, row.sent_at), type_=row.sent_at.type)
    return (
        select(*keys, func.count(), last)
        .outerjoin(Person, Person.id == row.person_id)
        .where(row.broadcast_id == broadcast.id)
        .group_by(row.state, row.channel, row.moved_from, row.reason, Person.country, "joined")
    )


def _counted(groups: Iterable[Group]) -> Counts:
    counts = none()
    for group in groups:
        counts[group.state] += group.people
    return counts


def _by(groups: Iterable[Group], key: Any) -> dict[str, Counts]:
    """Counts by something, the most people first."""
    found: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        found[str(key(group))].append(group)
    counted = {name: _counted(some) for name, some in found.items()}
    return dict(sorted(counted.items(), key=lambda pair: (-sum(pair[1].values()), pair[0])))


def _moved(groups: Iterable[Group]) -> Counts:
    moved: Counter[str] = Counter()
    for group in groups:
        if group.moved_from is not None:
            moved[f"{group.moved_from.value}>{group.channel or NO_CHANNEL}"] += group.people
    return dict(moved.most_common())


async def _why(
    session: AsyncSession, broadcast_id: int, groups: Iterable[Group]
) -> dict[str, Counts]:
    """Reasons by state, the most frequent first."""
    reasons: dict[OutboundState, Counter[str]] = {state: Counter() for state in UNSENT}
    for group in groups:
        if group.state in UNSENT:
            nameless = "erased" if group.state is OutboundState.DROPPED else NOBODY_KNOWS
            reasons[group.state][group.reason or nameless] += group.people
    if reasons[OutboundState.NO_CHANNEL]:
        closed = await session.execute(_closed(broadcast_id))
        reasons[OutboundState.NO_CHANNEL] = Counter({row[0]: row[1] for row in closed})
    return {state.value: dict(found.most_common()) for state, found in reasons.items()}


def _closed(broadcast_id: int) -> Any:
    """Why those without a channel have none: what closed their last address, or there never was one.

    A statement of its own: looked up in the pass over all recipients it would keep that from running in parallel.
    """
    row = OutboundMessage
    ways = (
        select(func.max(Address.stop_reason).label("why"))
        .select_from(row)
        .outerjoin(Address, Address.person_id == row.person_id)
        .where(row.broadcast_id == broadcast_id, row.state == OutboundState.NO_CHANNEL)
        .group_by(row.id)
        .subquery()
    )
    why = func.coalesce(ways.c.why, "no_address")
    return select(why, func.count()).group_by(why)


async def _parts(session: AsyncSession, broadcast_id: int) -> Counts:
    """Parts of SMS that a network took, by the country of the number ("" unknown)."""
    row = OutboundMessage
    region = func.coalesce(Address.region, "")
    query = (
        select(region, func.sum(row.parts))
        .outerjoin(Address, Address.id == row.address_id)
        .where(row.broadcast_id == broadcast_id, row.channel == Channel.SMS, row.parts.is_not(None))
        .group_by(region)
    )
    found = {str(row[0]): int(row[1] or 0) for row in await session.execute(query)}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


async def _course(session: AsyncSession, broadcast: Broadcast, groups: list[Group]) -> Course:
    """How it went in time, of those it went out to at first: who joined later has a clock of their own."""
    at_first = [group for group in groups if not group.joined]
    reachable = sum(
        group.people for group in at_first if group.state is not OutboundState.NO_CHANNEL
    )
    last = max((group.last for group in at_first if group.last), default=None)
    return await advisories_course.of(session, broadcast, reachable, last)


# --- corrections ------------------------------------------------------------------------------------------------------


async def _versions(session: AsyncSession, advisory: Advisory) -> list[Version]:
    """Who got which, in a chain of corrections, the first one first; empty where nothing was corrected."""
    chain = await corrections.history(session, advisory)
    if len(chain) < 2:
        return []
    mine = OutboundMessage.broadcast_id.in_([one.broadcast_id for one in chain if one.broadcast_id])
    counts = await _counts(session, mine)
    hold = {row[0]: row[1] for row in await session.execute(_latest(mine))}
    return [Version(one, counts[one.broadcast_id], hold.get(one.broadcast_id, 0)) for one in chain]


async def _counts(session: AsyncSession, mine: ColumnElement[bool]) -> dict[int | None, Counts]:
    counts: dict[int | None, Counts] = defaultdict(none)
    keys = (OutboundMessage.broadcast_id, OutboundMessage.state)
    for broadcast_id, state, people in await session.execute(
        select(*keys, func.count()).where(mine).group_by(*keys)
    ):
        counts[broadcast_id][state] = people
    return counts


def _latest(mine: ColumnElement[bool]) -> Any:
    """People by the last broadcast that left for them; a correction has a higher number than what it corrects."""
    row = OutboundMessage
    last = (
        select(func.max(row.broadcast_id).label("broadcast"))
        .where(mine, row.state.in_(LEFT), row.person_id.is_not(None))
        .group_by(row.person_id)
        .subquery()
    )
    return select(last.c.broadcast, func.count()).group_by(last.c.broadcast)
