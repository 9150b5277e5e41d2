"""Rules about how somebody is: in danger or safe, the writer or somebody else.

`precedence` says in which order they apply, among all rules.
"""

from __future__ import annotations

from typing import Any

from bot.dialogue import asides, waiting
from bot.dialogue.facts import GOOD, Correction, Danger, Doubt, OtherName, Report, Safe, YesNo
from bot.dialogue.flow import DOUBT_FLOW, HELP_FLOW, REPORT_FLOW, SAFE_FLOW, STAY_FLOW
from bot.dialogue.parts import ALARMS, STAY_INTENT
from bot.dialogue.situations import Answer, Decision, Situation, told_slots

FAREWELL = "thanks_bye"
MAX_YES_WORDS = 5  # of a yes that says nothing else


def own_danger(situation: Situation) -> Decision | None:
    """Record the writer's danger, in any state."""
    danger = situation.reading.first(Danger)
    if danger is None:
        return None
    is_running = situation.flow == HELP_FLOW and situation.step is not None
    if is_running and not _is_graver(situation, danger):
        return _more_of_case(situation)
    return situation.begin_flow(
        HELP_FLOW,
        intent=danger.intent,
        is_held=danger.is_held,
    )


def _more_of_case(situation: Situation, **slots: Any) -> Decision:
    """Take more words about a case that the running flow asks about."""
    if _is_story(situation):
        return Answer(situation.heard.text)
    return situation.proceed(**slots)


def _is_graver(situation: Situation, danger: Danger) -> bool:
    """Tell whether somebody in need says only now that it is another need."""
    if danger.intent == "need_evacuation" and situation.knows("left_list"):
        return True
    if _is_story(situation) and situation.heard.by == "exact":
        return False
    if danger.intent != "need_medical" or not danger.is_evident:
        return False
    frame = situation.state.top
    return frame is None or frame.slots.get("status") != "medical"


def somebody_else(situation: Situation) -> Decision | None:
    """Keep what is told of somebody else, for that person."""
    report = asides.main_report(situation)
    if report is None:
        return None
    relation = asides.relation(situation, report)
    if report.matter in GOOD:
        return situation.begin_flow(
            "relative_found",
            relation=relation,
            matter=report.matter,
        )
    if _is_about_same(situation, report):
        if report.matter:
            return _more_of_case(situation, matter=report.matter)
        return _more_of_case(situation)
    return situation.begin_flow(
        REPORT_FLOW,
        relation=relation,
        matter=report.matter,
        other_name=_name_of_other(situation),
    )


def _is_about_same(situation: Situation, report: Report) -> bool:
    """Tell whether a report goes on about whom the running flow asks."""
    if situation.flow != REPORT_FLOW or situation.step is None:
        return False
    return report.relation in {None, situation.state.about}


def _name_of_other(situation: Situation) -> str | None:
    other = situation.reading.first(OtherName)
    if other is None:
        return None
    return other.name


def _is_story(situation: Situation) -> bool:
    """Tell whether the waiting question takes whatever is said."""
    return situation.slot_type == "note"


def correction(situation: Situation) -> Decision | None:
    """Take back what was told last: a "safe" that was none raises an alarm."""
    if situation.reading.first(Correction) is None:
        return None
    if told_slots(situation):
        return None
    last_status = situation.state.known.get("last_status")
    if last_status == "safe":
        return situation.begin_flow(HELP_FLOW, intent="need_help")
    if last_status:
        return situation.begin_flow(DOUBT_FLOW)
    return None


def own_safety(situation: Situation) -> Decision | None:
    """Record that the writer is safe, or stays where they are."""
    told = situation.reading.every(Safe)
    if not told:
        return None
    if any(safe.stays for safe in told):
        return situation.begin_flow(STAY_FLOW, intent=STAY_INTENT)
    return situation.begin_flow(SAFE_FLOW, intent="checkin_safe")


def yes_or_no(situation: Situation) -> Decision | None:
    """Take a yes or no for the answer to "are you safe?", from us or a roll call, until then."""
    reply = waiting.yes_or_no(situation)
    if reply is None or not _is_asked_if_safe(situation):
        return None
    if situation.slot_type in {"bool", "leaving"}:
        return None
    says_more = _says_more_than_yes(situation)
    if says_more and not situation.knows("roll_call"):
        return None  # it answers something else than "are you safe?"
    if not reply.is_yes:
        return situation.begin_flow(HELP_FLOW, intent="need_help")
    if says_more:
        return situation.begin_flow(DOUBT_FLOW)
    return situation.begin_flow(SAFE_FLOW, intent="checkin_safe")


def _is_asked_if_safe(situation: Situation) -> bool:
    """Tell whether a roll call waits, or we asked "are you safe?" and nothing else since."""
    if situation.knows("roll_call"):
        return True
    if not situation.state.asked_if_safe or situation.slot is not None:
        return False
    arrival = situation.heard.arrival
    return arrival.question is None and not arrival.is_belated


def _says_more_than_yes(situation: Situation) -> bool:
    """Tell whether a yes goes on in a way that may take it back: "yes but they shoot".

    "OK, thank you" is a farewell, whatever was asked before.
    """
    is_farewell = situation.heard.intent == FAREWELL
    if is_farewell and situation.reading.first(YesNo) is None:
        return True
    for statement in situation.reading.statements:
        is_alarming = bool(statement.matters & ALARMS)
        if is_alarming or statement.has_want:
            return True
    typed_words = situation.heard.text.split()
    return len(typed_words) > MAX_YES_WORDS


def doubt(situation: Situation) -> Decision | None:
    """Ask, and tell staff, where a cry for help may hide."""
    if situation.reading.first(Doubt) is None:
        return None
    if situation.flow in {DOUBT_FLOW, HELP_FLOW}:
        return None
    if situation.knows("has_own_case"):
        return None
    slot = situation.slot
    if slot and waiting.answer_value(situation, slot) is not None:
        return None
    return situation.begin_flow(DOUBT_FLOW)
