"""An advisory and what became of it as JSON, under names that stay: docs/commands.md lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import results
from bot.consular.advisories.results import Counts, Results, Version
from bot.consular.audiences import answering
from bot.consular.audiences.answering import Answering, Sending
from bot.consular.audiences.reach import Estimate
from bot.consular.reference import prices
from bot.messages import Language
from bot.models import Advisory
from bot.text.text import LANGUAGES

COLUMNS = ("kind", "severity", "urgency", "certainty", "category", "routine", "drill")
TIMES = (
    "created_at",
    "submitted_at",
    "approved_at",
    "sent_at",
    "cancelled_at",
    "valid_from",
    "valid_until",
)


def headline_name(language: Language) -> str:
    """Name the figure that holds the headline in a language."""
    return f"headline_{language}"


async def advisory(session: AsyncSession, shown: Advisory) -> dict[str, Any]:
    """Return what `advisories show --json` prints."""
    outcome = await results.of(session, shown)
    return {
        "id": shown.id,
        "state": shown.state.value,
        "recipients": outcome.recipients,
        "counts": outcome.counts,
        **_columns(shown),
        **_times(shown),
        **_outcome(outcome),
    }


def _columns(shown: Advisory) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for language in LANGUAGES:
        columns[headline_name(language)] = shown.texts[language].headline
    for name in COLUMNS:
        columns[name] = getattr(shown, name)
    columns["version"] = shown.version
    columns["corrects"] = shown.corrects_id
    columns["audience"] = shown.audience
    return columns


def _times(shown: Advisory) -> dict[str, str | None]:
    times: dict[str, str | None] = {}
    for name in TIMES:
        moment = getattr(shown, name)
        times[name] = moment.isoformat() if moment else None
    return times


def estimate(estimated: Estimate) -> dict[str, Any]:
    """Return what `advisories preview --json` prints. Cost is in dollars."""
    by_channel = {channel.value: people for channel, people in estimated.by_channel.items()}
    return {
        "recipients": estimated.people,
        "with_them": estimated.with_them,
        "stale": estimated.stale,
        "by_channel": by_channel,
        "no_channel_by_reason": estimated.unreachable,
        "stopped": estimated.stopped,
        "parts_of_one": estimated.parts,
        "parts": _by_country(estimated.sms),
        "cost": _dollars(estimated.cost),
        "seconds_to_95": round(estimated.seconds),
        "seconds_to_all": round(estimated.last),
        "answering": [_answering(group) for group in estimated.answering],
    }


def _answering(group: Answering) -> dict[str, Any]:
    """Say how the people with numbers of a country can answer an SMS."""
    return {
        "country": group.country or results.NOBODY_KNOWS,
        "people": group.people,
        "sms": group.way.value,
        "known": group.is_known,
    }


def answering_in_words(estimated: Estimate, sending: Sending) -> dict[str, list[str]]:
    """Say how those who get an SMS can answer it, by language."""
    lines: dict[str, list[str]] = {}
    for language in LANGUAGES:
        lines[language] = answering.sentences(estimated.answering, sending, language)
    return lines


def _by_country(counts: Mapping[str, int]) -> dict[str, int]:
    return {country or results.NOBODY_KNOWS: count for country, count in counts.items()}


def _dollars(micros: Mapping[str, int]) -> dict[str, float]:
    costs = _by_country(micros)
    return {country: cost / prices.MICROS for country, cost in costs.items()}


def _outcome(outcome: Results) -> dict[str, Any]:
    course = outcome.course
    figures: dict[str, Any] = {
        "delivered_share": outcome.delivered_share,
        "seconds_to_50": course.sent_50,
        "seconds_to_95": course.sent_95,
        "delivered_seconds_to_50": course.delivered_50,
        "delivered_seconds_to_95": course.delivered_95,
        "joined_later": outcome.joined,
        "by_channel": _with_recipients(outcome.by_channel),
        "moved": outcome.moved,
        "by_country": _with_recipients(outcome.by_country),
    }
    for state in results.UNSENT:
        figures[f"{state}_by_reason"] = outcome.why.get(state.value, {})
    figures["parts"] = _by_country(outcome.parts)
    figures["cost"] = _dollars(outcome.cost)
    figures["curve"] = [point._asdict() for point in course.points]
    figures["versions"] = [_version(version) for version in outcome.versions]
    return figures


def _with_recipients(groups: Mapping[str, Counts]) -> dict[str, Counts]:
    totals: dict[str, Counts] = {}
    for group, counts in groups.items():
        totals[group] = {"recipients": sum(counts.values()), **counts}
    return totals


def _version(version: Version) -> dict[str, Any]:
    corrected = version.advisory
    return {
        "id": corrected.id,
        "kind": corrected.kind.value,
        "state": corrected.state.value,
        "version": corrected.version,
        "recipients": sum(version.counts.values()),
        "counts": version.counts,
        "hold": version.hold,
    }
