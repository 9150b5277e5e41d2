"""Rows for what we send, from queued to the last receipt. Statuses only move forward.

Sending is at least once: `sending` commits before the provider is called and `sent` after it, so a crash between the
two, or an answer that never came, means one more copy rather than none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, and_, bindparam, case, exists, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.messages import Channel, Content, Form, Status
from bot.models import Address, Broadcast, Lane, OutboundMessage, OutboundState, Person

Q, S = OutboundState.QUEUED, OutboundState.SENDING
FINAL = frozenset(OutboundState) - {Q, S, OutboundState.SENT}

# A receipt may come for a row that is queued again because the provider's answer was lost: it spares the second copy.
_LEFT = frozenset({OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ, OutboundState.FAILED})
TRANSITIONS: dict[OutboundState, frozenset[OutboundState]] = {
    OutboundState.QUEUED: _LEFT | {S, OutboundState.EXPIRED, OutboundState.DROPPED},
    OutboundState.SENDING: _LEFT | {Q, OutboundState.EXPIRED, OutboundState.DROPPED},
    OutboundState.SENT: _LEFT - {OutboundState.SENT},
    OutboundState.DELIVERED: frozenset({OutboundState.READ}),
    OutboundState.READ: frozenset(),
    OutboundState.FAILED: frozenset(),
    OutboundState.EXPIRED: frozenset(),
    OutboundState.DROPPED: frozenset(),
    OutboundState.NO_CHANNEL: frozenset(),
}

ATTEMPTS = 14  # with the waits of `delivery`, about four hours
HOLDS_BACK = 5  # a reply tried more often than this no longer holds back the person's next one

_MESSAGES: Any = OutboundMessage.__table__
_ADDRESSES: Any = Address.__table__


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send. `content` is None when the broadcast's is sent; `attempts` counts this one."""

    id: int
    person_id: int
    address_id: int
    address: str
    channel: Channel
    form: Form
    language: str
    lane: int
    content: Content | None
    broadcast_id: int | None
    inbound_id: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claimed row: sent or delivered, failed, or queued again until `due_at`.

    `stop` says that nothing more may be sent to the address. `spared` takes the attempt back: it was not the message's
    fault (the channel is paused).
    """

    id: int
    address_id: int
    state: OutboundState
    provider_id: str | None = None
    parts: int | None = None
    reason: str | None = None
    due_at: datetime | None = None
    stop: bool = False
    spared: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that are queued and due in one lane of a channel."""

    channel: Channel
    lane: int
    count: int
    oldest: datetime


async def reply(
    session: AsyncSession,
    *,
    person: Person,
    address: Address,
    content: Content,
    inbound_id: int | None,
    now: datetime,
) -> OutboundMessage:
    """Queues an answer in the lane that goes first."""
    row = OutboundMessage(
        person_id=person.id,
        address_id=address.id,
        channel=address.channel,
        form=address.form,
        language=content.language,
        lane=Lane.REPLY,
        state=Q,
        content=content.to_json(),
        inbound_id=inbound_id,
        attempts=0,
        created_at=now,
        due_at=now,
    )
    session.add(row)
    return row


async def claim(
    session: AsyncSession, channel: Channel, lanes: Iterable[int], limit: int, now: datetime
) -> list[Claimed]:
    """Up to `limit` rows that are now ours, in the order to send them; commit before calling the provider.

    Of one person's replies only the first is taken. Rows whose broadcast was cancelled or has expired, whose person
    said STOP to broadcasts, or whose address was stopped, end here.
    """
    picked = _next(channel, lanes, limit, now).cte("picked")
    taking = (
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == Q)
        .values(state=S, claimed_at=now, attempts=OutboundMessage.attempts + 1)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(taking)).all()
    if not rows:
        return []
    addresses = await _addresses(session, {row.address_id for row in rows})
    ended = await _ended(session, {row.broadcast_id for row in rows if row.broadcast_id}, now)
    refused = [_refusal(row, addresses[row.address_id], ended) for row in rows]
    await mark(session, [result for result in refused if result], now)
    kept = [row for row, result in zip(rows, refused, strict=True) if result is None]
    return [_claimed(row, addresses[row.address_id].address) for row in sorted(kept, key=lambda r: (r.lane, r.id))]


async def mark(session: AsyncSession, results: Sequence[Result], now: datetime) -> None:
    """Writes down what became of claimed rows, all at once. A receipt that was quicker is not undone."""
    connection = await session.connection()
    groups: dict[OutboundState, list[Result]] = defaultdict(list)
    for result in sorted(results, key=lambda r: r.id):  # one order of locks for all workers
        groups[result.state].append(result)
    for state, some in groups.items():
        await connection.execute(_marking(state, now), [_marked(result) for result in some])
    await _stop(session, {r.address_id: r.reason for r in results if r.stop}, now)


async def record(session: AsyncSession, statuses: Sequence[Status], now: datetime) -> set[int]:
    """Receipts from providers; the broadcasts whose counts changed.

    One that is late, came twice or belongs to no row of ours changes nothing. A receipt names the provider's id and,
    where the provider echoes it, our row: it may come before `mark` committed.
    """
    changed: set[int] = set()
    for status in sorted(statuses, key=lambda s: (s.provider_id, s.row or 0)):
        row = (await session.execute(_recording(status, now))).first()
        if row and row.broadcast_id:
            changed.add(row.broadcast_id)
        if row and row.address_id and status.stop:
            await _stop(session, {row.address_id: status.reason}, now)
    return changed


async def requeue_lost(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Rows that a worker claimed before `before` and never marked are queued again. How many there were.

    The worker died, so each may go out once more; one that was tried often enough fails instead.
    """
    lost = select(OutboundMessage.id).where(OutboundMessage.state == S, OutboundMessage.claimed_at < before)
    picked = lost.with_for_update(skip_locked=True).cte("picked")
    is_spent = OutboundMessage.attempts >= ATTEMPTS
    return await _count(
        session,
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == S)
        .values(
            state=case((is_spent, OutboundState.FAILED), else_=Q),
            reason=case((is_spent, "lost"), else_=None),
            finished_at=case((is_spent, now), else_=None),
            claimed_at=None,
        ),
    )


async def counts(session: AsyncSession, broadcast_id: int) -> dict[str, int]:
    """Recipients of a broadcast by state, every state of INTERFACE present; they add up to the recipients."""
    query = (
        select(OutboundMessage.state, func.count())
        .where(OutboundMessage.broadcast_id == broadcast_id)
        .group_by(OutboundMessage.state)
    )
    found: dict[OutboundState, int] = {row[0]: row[1] for row in await session.execute(query)}
    return {state.value: found.get(state, 0) for state in OutboundState}


async def drop(session: AsyncSession, broadcast_id: int, now: datetime) -> int:
    """What is still queued of a cancelled broadcast is not sent. How many there were."""
    return await _count(
        session,
        update(OutboundMessage)
        .where(OutboundMessage.broadcast_id == broadcast_id, OutboundMessage.state == Q)
        .values(state=OutboundState.DROPPED, reason="cancelled", finished_at=now),
    )


async def backlog(session: AsyncSession, now: datetime) -> list[Backlog]:
    """What waits to be sent, for metrics and `doctor`."""
    oldest = func.min(OutboundMessage.due_at).label("oldest")
    query = (
        select(OutboundMessage.channel, OutboundMessage.lane, func.count().label("rows"), oldest)
        .where(OutboundMessage.state == Q, OutboundMessage.due_at <= now)
        .group_by(OutboundMessage.channel, OutboundMessage.lane)
    )
    rows = await session.execute(query)
    return [Backlog(row.channel, row.lane, row.rows, row.oldest) for row in rows if row.channel]


def sources(state: OutboundState) -> list[OutboundState]:
    """The states from which `state` may be reached."""
    return [source for source, targets in TRANSITIONS.items() if state in targets]


# Claiming.

_COLUMNS = (
    OutboundMessage.id,
    OutboundMessage.person_id,
    OutboundMessage.address_id,
    OutboundMessage.channel,
    OutboundMessage.form,
    OutboundMessage.language,
    OutboundMessage.lane,
    OutboundMessage.content,
    OutboundMessage.broadcast_id,
    OutboundMessage.inbound_id,
    OutboundMessage.attempts,
)


def _next(channel: Channel, lanes: Iterable[int], limit: int, now: datetime) -> Select[int]:
    """Queued rows that are due. SQLite leaves FOR UPDATE out: it has one writer."""
    ours = (OutboundMessage.state == Q, OutboundMessage.channel == channel, OutboundMessage.lane.in_(lanes))
    query = select(OutboundMessage.id).where(*ours, OutboundMessage.due_at <= now)
    if Lane.REPLY in lanes:
        query = query.where(~_is_held_back())
    return query.order_by(OutboundMessage.lane, OutboundMessage.id).limit(limit).with_for_update(skip_locked=True)


def _is_held_back() -> Any:
    """An earlier reply to the same address has not left yet."""
    earlier = aliased(OutboundMessage)
    return exists().where(
        earlier.address_id == OutboundMessage.address_id,
        earlier.id < OutboundMessage.id,
        earlier.lane == Lane.REPLY,
        earlier.state.in_((Q, S)),
        earlier.attempts <= HOLDS_BACK,
    )


async def _addresses(session: AsyncSession, ids: Iterable[int]) -> dict[int, Any]:
    query = (
        select(Address.id, Address.address, Address.stopped_at, Address.stop_reason, Person.stopped_at.label("silent"))
        .join(Person, Person.id == Address.person_id)
        .where(Address.id.in_(ids))
    )
    return {row.id: row for row in await session.execute(query)}


async def _ended(session: AsyncSession, ids: Iterable[int], now: datetime) -> dict[int, OutboundState]:
    """Which of these broadcasts may not be sent any more, and how their rows end."""
    query = select(Broadcast.id, Broadcast.cancelled_at).where(
        Broadcast.id.in_(ids), or_(Broadcast.cancelled_at.is_not(None), Broadcast.expires_at <= now)
    )
    return {
        row.id: OutboundState.DROPPED if row.cancelled_at else OutboundState.EXPIRED
        for row in await session.execute(query)
    }


def _refusal(row: Any, address: Any, ended: dict[int, OutboundState]) -> Result | None:
    """Why a claimed row must not go out after all."""
    if state := ended.get(row.broadcast_id):
        reason = "cancelled" if state is OutboundState.DROPPED else "expired"
        return Result(row.id, row.address_id, state, reason=reason, spared=True)
    if address.stopped_at:
        return Result(row.id, row.address_id, OutboundState.DROPPED, reason=address.stop_reason, spared=True)
    if row.broadcast_id and address.silent:
        return Result(row.id, row.address_id, OutboundState.DROPPED, reason="stopped", spared=True)
    return None


def _claimed(row: Any, address: str) -> Claimed:
    return Claimed(
        id=row.id,
        person_id=row.person_id,
        address_id=row.address_id,
        address=address,
        channel=row.channel,
        form=row.form,
        language=row.language,
        lane=row.lane,
        content=None if row.content is None else Content.from_json(row.content),
        broadcast_id=row.broadcast_id,
        inbound_id=row.inbound_id,
        attempts=row.attempts,
    )


# Marking.


def _marking(state: OutboundState, now: datetime) -> Any:
    """UPDATE of one row, for `_marked`. What the provider said is kept even when a receipt moved the row on already."""
    # IN cannot be run for many rows at once
    is_forward = or_(false(), *(_MESSAGES.c.state == source for source in sources(state)))
    has_left = state in _LEFT - {OutboundState.FAILED}
    return (
        update(_MESSAGES)
        .where(_MESSAGES.c.id == bindparam("row"))
        .values(
            state=case((is_forward, state), else_=_MESSAGES.c.state),
            provider_id=func.coalesce(bindparam("sent_as"), _MESSAGES.c.provider_id),
            parts=func.coalesce(bindparam("cost"), _MESSAGES.c.parts),
            reason=case((is_forward, bindparam("why")), else_=_MESSAGES.c.reason),
            due_at=func.coalesce(bindparam("again", type_=_MESSAGES.c.due_at.type), _MESSAGES.c.due_at),
            attempts=_MESSAGES.c.attempts - bindparam("spared"),
            sent_at=func.coalesce(_MESSAGES.c.sent_at, now) if has_left else _MESSAGES.c.sent_at,
            finished_at=case((is_forward, now if state in FINAL else None), else_=_MESSAGES.c.finished_at),
        )
    )


def _marked(result: Result) -> dict[str, Any]:
    return {
        "row": result.id,
        "sent_as": result.provider_id,
        "cost": result.parts,
        "why": result.reason,
        "again": result.due_at,
        "spared": int(result.spared),
    }


def _recording(status: Status, now: datetime) -> Any:
    """UPDATE that a receipt stands for; answers the address and broadcast of the row it moved."""
    state = OutboundState(status.state)
    by_provider = OutboundMessage.provider_id == status.provider_id
    by_row = and_(OutboundMessage.id == status.row, OutboundMessage.provider_id.is_(None))
    finished = {"finished_at": status.at} if state in FINAL else {}
    return (
        update(OutboundMessage)
        .where(
            by_provider if status.row is None else or_(by_provider, by_row),
            OutboundMessage.channel == status.channel,
            OutboundMessage.state.in_(sources(state)),
        )
        .values(
            state=state,
            reason=status.reason or None,
            provider_id=status.provider_id,
            sent_at=func.coalesce(OutboundMessage.sent_at, now),
            **finished,
        )
        .returning(OutboundMessage.address_id, OutboundMessage.broadcast_id)
        .execution_options(synchronize_session=False)
    )


async def _stop(session: AsyncSession, reasons: dict[int, str | None], now: datetime) -> None:
    """Nothing more is sent to these addresses."""
    for address_id, reason in sorted(reasons.items()):
        await session.execute(
            update(_ADDRESSES)
            .where(_ADDRESSES.c.id == address_id, _ADDRESSES.c.stopped_at.is_(None))
            .values(stopped_at=now, stop_reason=reason)
        )


async def _count(session: AsyncSession, changing: Update) -> int:
    """Runs an UPDATE of rows; how many it changed."""
    returning = changing.returning(OutboundMessage.id).execution_options(synchronize_session=False)
    return len((await session.scalars(returning)).all())
