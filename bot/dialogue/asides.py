"""What is kept beside a decision: the words, a second matter, what was told in passing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.dialogue import travelling
from bot.dialogue.facts import GOOD, NoCall, OtherName, Report, Safe, Unplaced
from bot.dialogue.flow import HELP_FLOW, REPORT_FLOW, SAFE_FLOW, STAY_FLOW
from bot.dialogue.presses import Decline, Pick
from bot.dialogue.situations import (
    UNKNOWN_RELATION,
    Answer,
    Aside,
    Decision,
    Proceed,
    Quiet,
    Retry,
    Situation,
    Start,
    told_slots,
)
from bot.messages import Kind

UNPLACED_FLOW = "place_unread"
REPORT_FLOWS = frozenset({REPORT_FLOW, "relative_found"})
# What the answer of a waiting question tells, by the type of its slot.
TOLD_BY_TYPE = {
    "place": ("place", "whereabouts"),
    "where": ("place", "whereabouts"),
    "whereabouts": ("place", "whereabouts"),
    "here": ("place", "whereabouts"),
    "destination": ("place", "whereabouts"),
    "day": ("party",),
    "count": ("party",),
    "name": ("name",),
    "phone": ("phone",),
}
ASIDE_ACTIONS = frozenset(
    {
        "write_down",
        "forbid_calls",
        "record_safe",
        "record_staying",
        "open_report",
        "name_other",
        "keep_told",
        "keep_journey",
    }
)
# What leaves a line in the open cases of whoever sends it.
SAYING = frozenset({Kind.TEXT, Kind.EDITED, Kind.LOCATION, Kind.CONTACT, Kind.OTHER})
WORDS = Aside("write_down")
# Flows that keep by themselves what was told.
KEEPING_FLOWS = frozenset(
    {
        HELP_FLOW,
        SAFE_FLOW,
        STAY_FLOW,
        "register",
        "update_location",
        "told",
        "change_language",
        "household_told",
        "emergency_contact",
    }
)


def kept_beside(situation: Situation, decision: Decision) -> Iterator[Aside]:
    """Keep what the decision does not: the words, a second matter, what was told in passing."""
    if isinstance(decision, Quiet):
        return
    started = _started(decision)
    yield from _words(situation, decision, started)
    if situation.reading.every(NoCall):
        yield Aside("forbid_calls")
    if _is_safe_too(situation, started):
        yield _safe_too(situation)
    yield from travelling.kept_beside(situation, decision)
    yield from _reports(situation, started)
    if started != REPORT_FLOW:
        yield from _name_of_other(situation)
    slots = _told_beside(situation, decision)
    if not slots or started in KEEPING_FLOWS:
        return
    if _may_keep(situation):
        yield Aside("keep_told", slots)


def _started(decision: Decision) -> str:
    """Name the flow that a decision starts; "" for none."""
    if isinstance(decision, Start):
        return decision.script.name
    return ""


def _is_safe_too(situation: Situation, started: str) -> bool:
    """Tell whether the writer is safe and the decision is about another matter."""
    if started in {SAFE_FLOW, STAY_FLOW}:
        return False
    if situation.heard.kind is Kind.EDITED:
        return False  # what it said first is recorded
    return bool(situation.reading.every(Safe))


def _safe_too(situation: Situation) -> Aside:
    """Record that the writer is safe, or stays, beside another matter."""
    told = situation.reading.every(Safe)
    if any(safe.stays for safe in told):
        return Aside("record_staying", key="utter_staying_also")
    return Aside("record_safe", key="utter_safe_also")


def _words(
    situation: Situation,
    decision: Decision,
    started: str,
) -> Iterator[Aside]:
    """Keep the words; say why a place in them cannot be read, unless the decision says so."""
    is_answer = isinstance(situation.press, Pick | Decline)
    if situation.heard.kind in SAYING and not is_answer:
        yield WORDS
    unplaced = situation.reading.first(Unplaced)
    if unplaced is None or started == UNPLACED_FLOW:
        return
    if not isinstance(decision, Retry):
        yield Aside("write_down", key=f"utter_{unplaced.why}")


def _may_keep(situation: Situation) -> bool:
    """Tell whether what is told may be kept: with consent, or for somebody in need."""
    return situation.knows("consented") or situation.knows("has_own_case")


def _told_beside(situation: Situation, decision: Decision) -> dict[str, Any]:
    """Return what was told besides the answer that the running flow takes."""
    slots = told_slots(situation)
    if _started(decision) in travelling.FLOWS.values():
        slots.pop("place", None)  # the flow keeps it
        slots.pop("whereabouts", None)
    slot_type = situation.slot_type
    if slot_type is None or not isinstance(decision, Answer | Proceed):
        return slots
    for name in TOLD_BY_TYPE.get(slot_type, ()):
        slots.pop(name, None)
    return slots


def _reports(situation: Situation, started: str) -> Iterator[Aside]:
    """Keep what is told of somebody else where the conversation goes on about another matter."""
    main = main_report(situation)
    for report in situation.reading.every(Report):
        is_main = report is main and started in REPORT_FLOWS
        if is_main or not _is_grave(report):
            continue
        slots = {
            "relation": relation(situation, report),
            "matter": report.matter,
        }
        yield Aside("open_report", slots)


def _is_grave(report: Report) -> bool:
    """Tell whether a report says what has happened, and it is nothing good."""
    return bool(report.matter) and report.matter not in GOOD


def _name_of_other(situation: Situation) -> Iterator[Aside]:
    """Keep the name of whoever the case that is open already is about."""
    other = situation.reading.first(OtherName)
    if other is None:
        return
    relative = situation.state.about or UNKNOWN_RELATION
    report = main_report(situation)
    if report:
        relative = relation(situation, report)
    yield Aside("name_other", {"relation": relative, "other_name": other.name})


def main_report(situation: Situation) -> Report | None:
    """Choose the report that the conversation goes on about: grave before good."""
    reports = situation.reading.every(Report)
    for report in reports:
        if _is_grave(report):
            return report
    if not reports:
        return None
    return reports[0]


def relation(situation: Situation, report: Report) -> str:
    """Return whom a report is about."""
    return report.relation or situation.state.about or UNKNOWN_RELATION
