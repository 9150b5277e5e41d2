"""What is no word of the writer's own: forwarded texts, cards of others, files we cannot read.

It is kept for staff, and the writer is asked whom it is about. It never changes the writer's state.
"""

from __future__ import annotations

from bot.dialogue.facts import Danger, Doubt, Report
from bot.dialogue.flow import REPORT_FLOW, Flows
from bot.dialogue.own import WRITER
from bot.dialogue.reading import Reading, read
from bot.dialogue.situations import Answer, Decision, Situation, Start
from bot.dialogue.state import State
from bot.messages import Heard, Kind
from nlu.language.reading import statements
from nlu.language.reading.statements import Matter, Statement

FORWARDED_FLOW = "forwarded"
CARD_FLOW = "card_of_other"
CARD_NOTED_FLOW = "card_noted"
MEDIA_NOTED_FLOW = "media_noted"
GRAVE = frozenset(
    {
        Matter.DANGER,
        Matter.HELD,
        Matter.HURT,
        Matter.DEAD,
        Matter.MISSING,
    }
)


def forwarded(situation: Situation) -> Decision | None:
    """Keep what somebody passes on, show staff a cry in it, and ask whom it is about."""
    if not situation.heard.arrival.is_forwarded:
        return None
    script = situation.script(FORWARDED_FLOW)
    return Start(script, {"is_cry": _is_cry(situation.reading)})


def tells_of_danger(flows: Flows, state: State, heard: Heard) -> bool:
    """Tell whether a text tells of danger, whoever wrote it and whomever it is about."""
    reading = read(
        flows,
        state,
        heard,
    )
    if _is_cry(reading):
        return True
    return any(map(_may_be_own, reading.statements))


def may_be_of_writer(text: str) -> bool:
    """Tell whether words of a text that somebody asks about may be their own cry for help.

    Forged texts speak of danger and evacuation, too; a relative of the writer is theirs alone.
    """
    return any(map(_may_be_of_writer, statements.read(text)))


def is_grave(text: str) -> bool:
    """Tell whether words cry for help or say that something has happened, whomever it is about."""
    return any(map(_is_grave, statements.read(text)))


def _is_grave(statement: Statement) -> bool:
    return statement.has_cry or bool(statement.matters & GRAVE)


def _may_be_of_writer(statement: Statement) -> bool:
    names_relative = any(mention.entity == "relative" for mention in statement.mentions)
    return names_relative or _may_be_own(statement)


def _may_be_own(statement: Statement) -> bool:
    """Tell whether the words of a clause alone may be a cry of whoever wrote it."""
    if statement.has_cry:
        return True
    is_of_writer = statement.subject.who in WRITER
    return is_of_writer and bool(statement.matters & GRAVE)


def _is_cry(reading: Reading) -> bool:
    """Tell whether a text tells of danger, or may, or of something that has happened."""
    if reading.first(Danger) or reading.first(Doubt):
        return True
    return any(report.matter for report in reading.every(Report))


def card(situation: Situation) -> Decision | None:
    """Keep the card of somebody else: in the report that is being made, or in the open case."""
    contact = situation.heard.contact
    if contact is None or contact.own:
        return None
    if situation.waits_for_contact:
        return _number_of_contact(situation)
    if situation.flow == REPORT_FLOW and situation.slot_type == "note":
        line = f"{contact.name} {contact.phone}"
        return Answer(line.strip())
    if situation.knows("has_case"):
        return situation.begin_flow(CARD_NOTED_FLOW)
    return situation.begin_flow(CARD_FLOW)


def _number_of_contact(situation: Situation) -> Decision:
    """Take a card for the answer to "whom do we call?" or "what is their number?"."""
    contact = situation.heard.contact
    assert contact is not None
    if situation.slot_type == "phone":
        return Answer(contact.phone)
    return Answer(f"{contact.name} {contact.phone}".strip())


def media(situation: Situation) -> Decision | None:
    """Say that a file arrived in an open case, and that words are needed."""
    if situation.heard.kind is not Kind.OTHER:
        return None
    if not situation.knows("has_case"):
        return None
    return situation.begin_flow(MEDIA_NOTED_FLOW)
