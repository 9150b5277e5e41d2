"""Whether an address is open, and why not: everybody who sends or counts asks here.

An address is closed by `stopped_at` and `stop_reason`, and a person who said STOP by their own
`stopped_at`. A closure of the network's holds everything back and ends when the person writes from
there, or after a while in a roll call. A STOP holds back broadcasts alone and ends with START.
Who is in a crisis is asked nothing that can wait.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, exists, func, or_, select, update

from bot.messages import Channel
from bot.models.crises import Crisis, CrisisCountry, CrisisState
from bot.models.mail import InboundMessage, OutboundMessage
from bot.models.people import Address, Person

BLOCKED = "blocked"  # the person blocked us, or told the provider STOP
OPTED_OUT = "opted_out"  # the person said STOP there, before two records became one
STOPPED = "stopped"  # the person wants no broadcasts, wherever they write from
COUNTRY_REFUSES = "country_refuses"  # nothing of ours may go to numbers of that country

# What a person chose, and START ends at all their addresses.
CHOSEN_REASONS = (BLOCKED, OPTED_OUT)
# What the network says may have changed: a roll call tries such an address anew after this time.
REST_BEFORE_ROLL_CALL = timedelta(days=7)

_ADDRESSES: Any = Address.__table__


def is_open(address: Any = Address) -> ColumnElement[bool]:
    """Say in SQL whether broadcasts may go to an address (an alias of `Address`)."""
    is_closed_at: ColumnElement[Any] = address.stopped_at
    return is_closed_at.is_(None)


def is_sendable(silent_countries: Collection[str], address: Any = Address) -> ColumnElement[bool]:
    """Say in SQL whether broadcasts may go to an address, where some countries take no SMS."""
    is_open_address = is_open(address)
    if not silent_countries:
        return is_open_address
    takes_sms = or_(
        address.channel != Channel.SMS,
        address.region.is_(None),
        address.region.not_in(sorted(silent_countries)),
    )
    return and_(is_open_address, takes_sms)


def wants_broadcasts() -> ColumnElement[bool]:
    """Say in SQL whether a `Person` did not say STOP."""
    return Person.stopped_at.is_(None)


def is_in_crisis() -> ColumnElement[bool]:
    """Say in SQL whether a `Person` is in a country of an open crisis that asks real people."""
    open_crises = select(CrisisCountry.country).join(Crisis, Crisis.id == CrisisCountry.crisis_id)
    asking_ones = open_crises.where(
        Crisis.state == CrisisState.OPEN,
        or_(Crisis.drill.is_(False), Crisis.real_people.is_(True)),
    )
    return Person.country.in_(asking_ones)


def has_open_address(channels: Collection[Channel] = ()) -> ColumnElement[bool]:
    """Say in SQL whether broadcasts may go to some address of a `Person`, on these channels."""
    open_address = exists().where(Address.person_id == Person.id, is_open())
    if channels:
        open_address = open_address.where(Address.channel.in_(channels))
    return open_address.correlate(Person)  # a query around it may read addresses too


def refusal(address: Any, *, is_broadcast: bool) -> str | None:
    """Return why nothing may go to an address, None when it may.

    `address` has `stopped_at`, `stop_reason` and the person's `broadcasts_stopped_at`.
    """
    is_closed = address.stopped_at is not None
    takes_replies = address.stop_reason == OPTED_OUT
    if is_closed and (is_broadcast or not takes_replies):
        return address.stop_reason or BLOCKED
    if is_broadcast and address.broadcasts_stopped_at is not None:
        return STOPPED
    return None


def closing(
    address_id: int,
    reason: str | None,
    now: datetime,
    message_id: int | None = None,
) -> Update:
    """Return the UPDATE that closes an open address.

    `message_id` is the outbound row that the provider refused: a person who wrote after it was
    claimed is there, whatever a late receipt says.
    """
    statement = update(_ADDRESSES).where(
        _ADDRESSES.c.id == address_id,
        _ADDRESSES.c.stopped_at.is_(None),
    )
    if message_id is not None:
        statement = statement.where(~_has_written_since(message_id))
    return statement.values(stopped_at=now, stop_reason=reason)


def _has_written_since(message_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a message came from an address after an outbound row was claimed."""
    claimed_at = select(OutboundMessage.claimed_at).where(OutboundMessage.id == message_id)
    answer = select(InboundMessage.id).where(
        InboundMessage.address_id == _ADDRESSES.c.id,
        InboundMessage.received_at > claimed_at.scalar_subquery(),
    )
    return answer.correlate(_ADDRESSES).exists()


def opening_by_writing(address_ids: Collection[int]) -> Update:
    """Return the UPDATE that opens addresses from which their people write.

    Whoever writes can be written to; only a STOP waits for its START.
    """
    return _opening().where(
        _ADDRESSES.c.id.in_(address_ids),
        _is_closed_by_network(),
    )


def opening_by_start(person_id: int) -> Update:
    """Return the UPDATE that opens what a person had closed, at all their addresses."""
    return _opening().where(
        _ADDRESSES.c.person_id == person_id,
        _ADDRESSES.c.stop_reason.in_(CHOSEN_REASONS),
    )


def opening_for_roll_call(people: Select[int], now: datetime) -> Update:
    """Return the UPDATE that opens what the network closed long ago, of these people.

    A roll call is worth a new attempt; a refusal closes the address anew.
    """
    rested_at = now - REST_BEFORE_ROLL_CALL
    return _opening().where(
        _ADDRESSES.c.person_id.in_(people),
        _ADDRESSES.c.stopped_at <= rested_at,
        _is_closed_by_network(),
    )


def opting_out(person_id: int, at: datetime) -> Update:
    """Return the UPDATE that closes the open addresses of a person who said STOP at this time."""
    statement = update(_ADDRESSES).where(
        _ADDRESSES.c.person_id == person_id,
        _ADDRESSES.c.stopped_at.is_(None),
    )
    return statement.values(stopped_at=at, stop_reason=OPTED_OUT)


def _is_closed_by_network() -> ColumnElement[bool]:
    reason = func.coalesce(_ADDRESSES.c.stop_reason, BLOCKED)
    is_network_reason: ColumnElement[bool] = reason != OPTED_OUT
    return is_network_reason


def _opening() -> Update:
    closed = update(_ADDRESSES).where(_ADDRESSES.c.stopped_at.is_not(None))
    return closed.values(stopped_at=None, stop_reason=None)
