"""Retries of messages that a receipt says did not arrive: how long to wait, by reason.

A message is tried within its life alone: a broadcast's while the broadcast holds, a reply's for a
day. The person who writes is there: then it is tried at once (`renewal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func

from bot.models import Lane, OutboundMessage
from bot.outbox.rows import MAX_ATTEMPTS, QUEUED

REPLY_LIFE = timedelta(days=1)

# Minutes until the next try, after the first, the second … that failed for this reason.
MINUTES_BY_REASON: Mapping[str, tuple[int, ...]] = {
    "unreachable": (5, 15, 60, 180, 360, 720, 1440, 1440),
    "unknown": (5, 60),  # it may have arrived all the same: each try costs, and may be a copy
    "unavailable": (1, 5, 15, 60, 180, 360),
    "flood": (1, 1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 60, 60),
    "credentials": (5, 15, 60, 180, 360),
}
# What the phone of the recipient may end at any moment.
PHONE_REASONS = ("unreachable", "unknown")


def due_at(
    reason: str,
    attempts: int,
    provider_seconds: float,
    now: datetime,
) -> datetime | None:
    """Return when to try again after so many attempts, None after the last one.

    Never before the seconds that the provider asks for.
    """
    minutes = MINUTES_BY_REASON[reason]
    if attempts > len(minutes) or attempts >= MAX_ATTEMPTS:
        return None
    wait = timedelta(minutes=minutes[max(attempts, 1) - 1])
    return now + max(wait, timedelta(seconds=provider_seconds))


def is_within_life(
    lane: int,
    created_at: datetime,
    expires_at: datetime | None,
    moment: datetime,
) -> bool:
    """Tell whether a message is still worth sending at a moment."""
    if lane == Lane.REPLY:
        return moment <= created_at + REPLY_LIFE
    return expires_at is None or moment < expires_at


def waits_for_phone(message: type[OutboundMessage] = OutboundMessage) -> ColumnElement[bool]:
    """Say in SQL whether an outbound row (or an alias) waits: its phone was out of reach."""
    reason = func.coalesce(message.reason, "")
    return and_(message.state == QUEUED, reason == "unreachable")
