"""What became of an advisory: who has it, who has not and why, how fast it went, what it cost.

"Sent" is not delivered. A few statements count in the database; none of them knows who anybody is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, course
from bot.consular.advisories.course import Course
from bot.consular.errors import N_
from bot.consular.reference import prices
from bot.messages import Channel
from bot.models import Address, Advisory, Broadcast, OutboundMessage, OutboundState, Person

Condition = ColumnElement[bool]
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
    "opted_out": N_("said stop there"),
    "gone": N_("number or chat is gone"),
    "unreachable": N_("the phone is off or out of reach"),
    "filtered": N_("the phone company did not let it pass"),
    "country_refuses": N_("their country lets no such SMS through"),
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
    "answered": N_("answered before it arrived"),
    "asked_elsewhere": N_("another crisis asked them in this half hour"),
    "erased": N_("had everything about them deleted"),
    "no_address": N_("no address"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """People of whom all of this is the same."""

    state: OutboundState
    channel: Channel | None
    moved_from: Channel | None
    reason: str | None
    country: str | None
    joined: bool  # they came into the audience after the first fan-out
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
    """Figures of an advisory; `by_channel`, `by_country` and `counts` each add up to `recipients`.

    `why` counts people by reason, for the states `failed`, `expired`, `dropped` and `no_channel`.
    `moved` counts those who changed to another channel, by `telegram>sms`. `parts` (SMS) and `cost`
    (millionths of a dollar) go by the country of the number.
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
        """Count everybody it is for."""
        return sum(self.counts.values())

    @property
    def delivered(self) -> int:
        """Count the people of whom a receipt says that they have it."""
        return has_it(self.counts)

    @property
    def delivered_share(self) -> float | None:
        """Return the share of all recipients, those who cannot be reached included."""
        if not self.recipients:
            return None
        share = self.delivered / self.recipients
        return round(share, 4)


def has_it(counts: Mapping[str, int]) -> int:
    """Count the people of whom a receipt says that they have it."""
    return sum(counts[state] for state in HAS_IT)


async def of(session: AsyncSession, advisory: Advisory) -> Results:
    """Count what became of an advisory; all noughts while it has not gone out."""
    versions = await _versions(session, advisory)
    if advisory.broadcast_id is None:
        return Results(
            none(),
            {},
            {},
            {},
            versions=versions,
        )
    broadcast = await session.get_one(Broadcast, advisory.broadcast_id)
    query = _groups(broadcast)
    groups = [Group(*columns) for columns in await session.execute(query)]
    parts = await _parts(session, broadcast.id, groups)
    return Results(
        counts=_counted(groups),
        why=await _why(session, broadcast.id, groups),
        by_channel=_counted_by(groups, _channel),
        by_country=_counted_by(groups, _country),
        moved=_moved(groups),
        joined=sum(group.people for group in groups if group.joined),
        parts=parts,
        cost=await _cost(session, parts),
        course=await _course(session, broadcast, groups),
        versions=versions,
    )


def none() -> Counts:
    """Return a count of nobody, in every state."""
    return {state.value: 0 for state in OutboundState}


def _groups(broadcast: Broadcast) -> Any:
    """Select the columns of `Group`, in one pass over the recipients."""
    joined: Condition = false()
    if broadcast.fanned_out_at:
        joined = OutboundMessage.created_at > broadcast.fanned_out_at
    finished_at = func.coalesce(OutboundMessage.finished_at, OutboundMessage.sent_at)
    last = func.max(finished_at, type_=OutboundMessage.sent_at.type)
    keys = (
        OutboundMessage.state,
        OutboundMessage.channel,
        OutboundMessage.moved_from,
        OutboundMessage.reason,
        Person.country,
    )
    return (
        select(*keys, joined.label("joined"), func.count(), last)
        .outerjoin(Person, Person.id == OutboundMessage.person_id)
        .where(OutboundMessage.broadcast_id == broadcast.id)
        .group_by(*keys, "joined")
    )


def _counted(groups: Iterable[Group]) -> Counts:
    counts = none()
    for group in groups:
        counts[group.state] += group.people
    return counts


def _counted_by(groups: Iterable[Group], key: Callable[[Group], str]) -> dict[str, Counts]:
    """Count by something, the most people first."""
    counts: dict[str, Counts] = defaultdict(none)
    for group in groups:
        counts[key(group)][group.state] += group.people
    return dict(sorted(counts.items(), key=_most_people_first))


def _most_people_first(entry: tuple[str, Counts]) -> tuple[int, str]:
    name, counts = entry
    return (-sum(counts.values()), name)


def _channel(group: Group) -> str:
    return str(group.channel or NO_CHANNEL)


def _country(group: Group) -> str:
    return group.country or NOBODY_KNOWS


def _moved(groups: Iterable[Group]) -> Counts:
    moved: Counter[str] = Counter()
    for group in groups:
        if group.moved_from is not None:
            moved[f"{group.moved_from.value}>{_channel(group)}"] += group.people
    return dict(moved.most_common())


async def _why(
    session: AsyncSession, broadcast_id: int, groups: Iterable[Group]
) -> dict[str, Counts]:
    """Count reasons by state, the most frequent first."""
    reasons: dict[OutboundState, Counter[str]] = {state: Counter() for state in UNSENT}
    for group in groups:
        if group.state in UNSENT:
            reasons[group.state][_reason(group)] += group.people
    if reasons[OutboundState.NO_CHANNEL]:
        closed = Counter[str]()
        query = _closed(broadcast_id)
        for reason, people in await session.execute(query):
            closed[reason] = people
        reasons[OutboundState.NO_CHANNEL] = closed
    return {state.value: dict(counter.most_common()) for state, counter in reasons.items()}


def _reason(group: Group) -> str:
    """Return the reason; erasing somebody drops their messages without one."""
    if group.reason:
        return group.reason
    return "erased" if group.state is OutboundState.DROPPED else NOBODY_KNOWS


def _closed(broadcast_id: int) -> Select[str, int]:
    """Select why those without a channel have none, with how many people each reason has.

    It is a statement of its own: inside `_groups` it would keep that from running in parallel.
    """
    closings = _closings(broadcast_id)
    reason = func.coalesce(closings.c.reason, "no_address")
    people = func.count()
    return select(reason, people).group_by(reason)


def _closings(broadcast_id: int) -> Subquery:
    """Select why each recipient without a channel has none; NULL: they never had an address.

    That is what their country refuses, or what closed an address.
    """
    is_unreachable = OutboundMessage.state == OutboundState.NO_CHANNEL
    own_reason = func.max(OutboundMessage.reason)
    closing = func.max(Address.stop_reason)
    return (
        select(func.coalesce(own_reason, closing).label("reason"))
        .select_from(OutboundMessage)
        .outerjoin(Address, Address.person_id == OutboundMessage.person_id)
        .where(OutboundMessage.broadcast_id == broadcast_id, is_unreachable)
        .group_by(OutboundMessage.id)
        .subquery()
    )


async def _parts(session: AsyncSession, broadcast_id: int, groups: Iterable[Group]) -> Counts:
    """Count the parts of SMS that a network took, by the country of the number ("" unknown)."""
    if not any(group.channel is Channel.SMS for group in groups):
        return {}
    region = func.coalesce(Address.region, "")
    query = (
        select(region, func.sum(OutboundMessage.parts))
        .outerjoin(Address, Address.id == OutboundMessage.address_id)
        .where(
            OutboundMessage.broadcast_id == broadcast_id,
            OutboundMessage.channel == Channel.SMS,
            OutboundMessage.parts.is_not(None),
        )
        .group_by(region)
    )
    parts: Counter[str] = Counter()
    for country, count in await session.execute(query.order_by(region)):
        parts[country] = int(count or 0)
    return dict(parts.most_common())


async def _cost(session: AsyncSession, parts: Counts) -> Counts:
    table = await prices.table(session)
    return {country: count * prices.of(table, country) for country, count in parts.items()}


async def _course(session: AsyncSession, broadcast: Broadcast, groups: list[Group]) -> Course:
    """Measure the first fan-out in time: who joined later has a clock of their own."""
    at_first = [group for group in groups if not group.joined]
    reachable = [group for group in at_first if group.state is not OutboundState.NO_CHANNEL]
    people = sum(group.people for group in reachable)
    last = max((group.last for group in at_first if group.last), default=None)
    return await course.of(session, broadcast, people, last)


# --- corrections ----------------------------------------------------------------------------------


async def _versions(session: AsyncSession, advisory: Advisory) -> list[Version]:
    """Say who got which in a chain of corrections, the first one first; empty without any."""
    chain = await corrections.history(session, advisory)
    if len(chain) < 2:
        return []
    broadcast_ids = [version.broadcast_id for version in chain if version.broadcast_id]
    is_of_chain = OutboundMessage.broadcast_id.in_(broadcast_ids)
    counts = await _counts_by_broadcast(session, is_of_chain)
    hold = await _last_received(session, is_of_chain)
    versions: list[Version] = []
    for version in chain:
        broadcast_id = version.broadcast_id
        versions.append(Version(version, counts[broadcast_id], hold.get(broadcast_id, 0)))
    return versions


async def _counts_by_broadcast(
    session: AsyncSession, is_of_chain: Condition
) -> dict[int | None, Counts]:
    keys = (OutboundMessage.broadcast_id, OutboundMessage.state)
    query = select(*keys, func.count()).where(is_of_chain).group_by(*keys)
    counts: dict[int | None, Counts] = defaultdict(none)
    for broadcast_id, state, people in await session.execute(query):
        counts[broadcast_id][state] = people
    return counts


async def _last_received(session: AsyncSession, is_of_chain: Condition) -> dict[int | None, int]:
    """Count people by the last broadcast that left for them.

    A correction has a higher number than what it corrects.
    """
    last = _last_broadcasts(is_of_chain)
    query = select(last.c.broadcast, func.count()).group_by(last.c.broadcast)
    counts = {}
    for broadcast_id, people in await session.execute(query):
        counts[broadcast_id] = people
    return counts


def _last_broadcasts(is_of_chain: Condition) -> Subquery:
    return (
        select(func.max(OutboundMessage.broadcast_id).label("broadcast"))
        .where(
            is_of_chain,
            OutboundMessage.state.in_(LEFT),
            OutboundMessage.person_id.is_not(None),
        )
        .group_by(OutboundMessage.person_id)
        .subquery()
    )
