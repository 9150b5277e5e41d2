"""An advisory and what became of it as JSON, under names that stay: docs/commands.md lists them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import results
from bot.consular.advisories.results import Counts, Results, Version
from bot.consular.audiences.reach import Estimate
from bot.consular.reference import prices
from bot.models import Advisory

_SAID = (
    "headline_ar",
    "headline_en",
    "kind",
    "severity",
    "urgency",
    "certainty",
    "category",
    "routine",
    "drill",
)
_TIMES = (
    "created_at",
    "submitted_at",
    "approved_at",
    "sent_at",
    "cancelled_at",
    "valid_from",
    "valid_until",
)


async def row(session: AsyncSession, advisory: Advisory) -> dict[str, Any]:
    """What `advisories show --json` prints."""
    found = await results.of(session, advisory)
    return {
        "id": advisory.id,
        "state": advisory.state.value,
        "recipients": found.recipients,
        "counts": found.counts,
        **{name: getattr(advisory, name) for name in _SAID},
        "version": advisory.version,
        "corrects": advisory.corrects_id,
        "audience": advisory.audience,
        **{name: at.isoformat() if (at := getattr(advisory, name)) else None for name in _TIMES},
        **_figures(found),
    }


def estimate(found: Estimate) -> dict[str, Any]:
    """What `advisories preview --json` prints. Cost is in dollars."""
    return {
        "recipients": found.people,
        "with_them": found.with_them,
        "by_channel": {channel.value: people for channel, people in found.by_channel.items()},
        "no_channel_by_reason": found.unreachable,
        "stopped": found.stopped,
        "parts_of_one": found.parts,
        "parts": {code or results.NOBODY_KNOWS: parts for code, parts in found.sms.items()},
        "cost": {
            code or results.NOBODY_KNOWS: cost / prices.MICROS for code, cost in found.cost.items()
        },
        "seconds_to_95": round(found.seconds),
        "seconds_to_all": round(found.last),
    }


def _figures(found: Results) -> dict[str, Any]:
    course = found.course
    return {
        "delivered_share": found.delivered_share,
        "seconds_to_50": course.sent_50,
        "seconds_to_95": course.sent_95,
        "delivered_seconds_to_50": course.delivered_50,
        "delivered_seconds_to_95": course.delivered_95,
        "joined_later": found.joined,
        "by_channel": _by(found.by_channel),
        "moved": found.moved,
        "by_country": _by(found.by_country),
        **{f"{state}_by_reason": found.why.get(state.value, {}) for state in results.UNSENT},
        "parts": {code or results.NOBODY_KNOWS: parts for code, parts in found.parts.items()},
        "cost": {
            code or results.NOBODY_KNOWS: cost / prices.MICROS for code, cost in found.cost.items()
        },
        "curve": [point._asdict() for point in course.points],
        "versions": [_version(one) for one in found.versions],
    }


def _by(groups: dict[str, Counts]) -> dict[str, Any]:
    return {name: {"recipients": sum(counts.values()), **counts} for name, counts in groups.items()}


def _version(one: Version) -> dict[str, Any]:
    advisory = one.advisory
    return {
        "id": advisory.id,
        "kind": advisory.kind.value,
        "state": advisory.state.value,
        "version": advisory.version,
        "recipients": sum(one.counts.values()),
        "counts": one.counts,
        "hold": one.hold,
    }
