"""Reads a message as facts and requests: what it tells of whom, whatever was asked.

The readers rank intents for each clause; the words of the clause say whom it is about, and veto
what a model may have misunderstood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.dialogue import (
    contacts,
    contradictions,
    households,
    introductions,
    names_of_others,
    others,
    own,
    parts,
    press_facts,
    telling,
    travels,
    whose,
)
from bot.dialogue.facts import (
    Consent,
    Correction,
    Doubt,
    Fact,
    NoCall,
    OtherName,
    Party,
    Report,
    Request,
    Safe,
)
from bot.dialogue.flow import Flows, Step
from bot.dialogue.introductions import Introduction
from bot.dialogue.parts import Part
from bot.dialogue.state import State
from bot.messages import Heard, Kind
from nlu.language.reading import positions, statements
from nlu.language.reading.statements import Statement

F = TypeVar("F")

TOPIC = 0.6  # a question about a place
UNHEARD = 0.3  # of "safe" beside words of danger
PLACING_TYPES = frozenset({"place", "where", "whereabouts", "here"})
WRITTEN = frozenset({Kind.TEXT, Kind.EDITED})


# Exact words about a seat are no new cry to be taken out, though they name it.
NO_CONTACT = "no_contact"  # whoever takes the number back tells none


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message tells, in the order of its clauses."""

    facts: tuple[Fact, ...]
    statements: tuple[Statement, ...] = ()

    def every(self, kind: type[F]) -> list[F]:
        """Return the facts of a kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def first(self, kind: type[F]) -> F | None:
        """Return the first fact of a kind."""
        for fact in self.facts:
            if isinstance(fact, kind):
                return fact
        return None


@dataclass(frozen=True, slots=True)
class _Message:
    """A text in its conversation: what its clauses state, and the writer's name, if it has one.

    `is_over`: it says that the writer is well; what its clauses tell of danger is past.
    """

    flows: Flows
    state: State
    heard: Heard
    statements: Sequence[Statement]
    name: str | None
    is_over: bool

    @property
    def is_about_other(self) -> bool:
        """Tell whether the conversation is about somebody else just now."""
        return whose.is_about_other(self.state)


def read(
    flows: Flows,
    state: State,
    heard: Heard,
) -> Reading:
    """Read a message. `heard` comes from `hearing.resolve`: a press is no text."""
    told_facts = list(press_facts.of_card(heard))
    if not _is_to_be_read(heard):
        told_facts.extend(press_facts.of_press(flows, heard))
        return Reading(tuple(told_facts))
    spot = _spot_alone(flows, state, heard)
    if spot:
        return Reading(tuple(spot))
    clauses = statements.read(heard.text, state.country)
    told_facts.extend(_of_text(flows, state, heard, clauses))
    consistent = contradictions.without_contradictions(told_facts)
    told_facts = travels.read(state, heard, clauses, tuple(consistent))
    return Reading(tuple(told_facts), tuple(clauses))


def _is_to_be_read(heard: Heard) -> bool:
    """Tell whether somebody wrote a text that is no press."""
    if heard.kind not in WRITTEN or not heard.text:
        return False
    return not press_facts.is_press(heard)


def _spot_alone(
    flows: Flows,
    state: State,
    heard: Heard,
) -> list[Fact]:
    """Read a text that is but a position: the same as a shared location."""
    text = heard.text
    spot = positions.read(text)
    if spot is None or not positions.is_whole(text, spot):
        return []
    if positions.is_rough(text) and not _may_be_rough(flows, state):
        return []
    return list(telling.spot(text))


def _may_be_rough(flows: Flows, state: State) -> bool:
    """Tell whether two whole numbers are degrees: where a place is asked for, or nothing."""
    slot = flows.slot_of(_waiting_step(flows, state))
    return slot is None or slot.type in PLACING_TYPES


def _waiting_step(flows: Flows, state: State) -> Step | None:
    frame = state.top
    if frame is None:
        return None
    return flows.step_at(frame.flow, frame.step)


def _of_text(
    flows: Flows,
    state: State,
    heard: Heard,
    clauses: Sequence[Statement],
) -> Iterator[Fact]:
    """Read what somebody wrote: the clauses, and what may stand anywhere."""
    about_other = whose.is_about_other(state)
    if _is_contact(flows, state, heard, clauses):
        yield households.contact(heard.text, state.country)
        return
    introduction = introductions.read(heard.text, _is_name_asked(flows, state))
    if introduction and not about_other:
        yield from _of_introduction(state, heard, introduction)
        yield from households.told(state, clauses)
        return
    message = _Message(
        flows,
        state,
        heard,
        clauses,
        households.writers_name(state, heard, clauses, about_other),
        contradictions.is_over(heard, clauses, flows.life_saving),
    )
    yield from _of_message(message)


def _is_contact(
    flows: Flows,
    state: State,
    heard: Heard,
    clauses: Sequence[Statement],
) -> bool:
    """Tell whether a text only says whom to call in an emergency."""
    if any(map(households.is_alarming, clauses)):
        return False
    if heard.intent == NO_CONTACT:
        return False
    step = _waiting_step(flows, state)
    is_asked = step is not None and step.collect in households.CONTACT_SLOTS
    if is_asked and contacts.has_number(heard.text, state.country):
        return True
    return contacts.tells_contact(heard.text, state.country)


def _of_message(message: _Message) -> Iterator[Fact]:
    """Read a text that introduces nobody."""
    heard = message.heard
    told_facts: list[Fact] = []
    if message.is_over:
        told_facts.append(Safe(heard.confidence, heard.text, is_evident=True))
    told_facts.extend(_of_clauses(message))
    told_facts.extend(_of_whole(message, told_facts))
    told_facts.extend(telling.bare_number(message.state, heard))
    told_facts.extend(households.told(message.state, message.statements))
    is_heard = message.is_over or not contradictions.has_unheard_alarm(
        told_facts, message.statements
    )
    if not is_heard:
        told_facts.append(Doubt(UNHEARD, heard.text))
    yield from told_facts


def _of_whole(message: _Message, told_facts: Sequence[Fact]) -> list[Fact]:
    """Read what may stand anywhere in a message. `told_facts` are the facts of the clauses."""
    has_report = any(isinstance(fact, Report) for fact in told_facts)
    is_of_other = message.is_about_other or has_report
    whole: list[Fact] = []
    if not is_of_other or _says_i(message):
        whole.extend(telling.whole_facts(message.state, message.heard, message.name))
    if is_of_other:
        whole.extend(_name_of_other(message))
    return whole


def _says_i(message: _Message) -> bool:
    """Tell whether a clause is about the writer: a position or a number may be theirs then.

    «رقمه …» is that of whoever is missing; it stays in the words of the case.
    """
    subjects = {statement.subject.who for statement in message.statements}
    return bool(subjects & {"i", "we"})


def _name_of_other(message: _Message) -> Iterator[Fact]:
    """Read the name of whoever else the message is about."""
    heard = message.heard
    name = names_of_others.find(
        heard.text,
        heard.entities,
        message.statements,
    )
    if name and name != message.name:
        yield OtherName(name)


def _is_name_asked(flows: Flows, state: State) -> bool:
    step = _waiting_step(flows, state)
    return step is not None and step.collect == "name"


def _of_introduction(
    state: State,
    heard: Heard,
    introduction: Introduction,
) -> Iterator[Fact]:
    """Read a text that says who the writer is, where and with how many: no reader knows better."""
    rest = replace(heard, text=introduction.rest, entities=())
    parties: list[Fact] = []
    for statement in statements.read(rest.text, state.country):
        yield from telling.places(state, rest, statement, None)
        parties.extend(telling.party(statement))
    number = introductions.number(rest.text)
    if number and not parties:
        parties.append(Party(number))
    yield from parties
    name: str | None = None
    if introduction.is_said or not state.knows("name"):
        name = introduction.name
    yield from telling.whole_facts(state, rest, name)


def _of_clauses(message: _Message) -> Iterator[Fact]:
    """Read clause after clause."""
    state = message.state
    life_saving = message.flows.life_saving
    about_other = message.is_about_other
    is_elsewhere = whose.is_elsewhere(message.statements)
    is_only = len(message.statements) == 1
    is_first = True
    was_well = False
    for statement in message.statements:
        part = parts.part(message.heard, statement, is_only, life_saving)
        if part.asks_for_organisations or households.is_plain(state, statement):
            is_first = False
            yield from _of_nobody_else(message, part)
            continue
        about_other = whose.goes_on(state, part, is_first, about_other, is_elsewhere)
        is_first = False
        was_well = was_well or part.says_well
        yield from _of_whomever(part)
        if about_other:
            yield from _of_other(message, part, is_excepted=was_well and part.is_exception)
            continue
        yield from _of_writer(message, part)
        yield from _of_place(message, part)


def _of_other(message: _Message, part: Part, is_excepted: bool) -> Iterator[Fact]:
    """Read a clause about somebody else. `is_excepted`: the others are well."""
    yield from others.facts(message.state, part, message.flows.life_saving, is_excepted)
    yield from telling.household(message.state, part.statement)


def _of_nobody_else(message: _Message, part: Part) -> Iterator[Fact]:
    """Read a clause that asks for an organisation, or only says who is with the writer."""
    if part.asks_for_organisations:
        yield Request(parts.ORGANISATIONS, 1.0, is_exact=False, text=part.text)
    elif households.is_calm(message.state, part.statement):
        yield from households.party(part.statement)
    else:
        yield from _of_place(message, part)


def _of_whomever(part: Part) -> Iterator[Fact]:
    """Read what does not depend on whom a clause is about."""
    manner = part.manner
    if manner.wants_no_call:
        yield NoCall(part.text)
    if manner.is_correction:
        yield Correction(part.text)
    if manner.agrees is not None:
        yield Consent(manner.agrees)


def _of_writer(message: _Message, part: Part) -> Iterator[Fact]:
    """Read how the writer is, and what they ask for.

    Where the whole message says that all is over, a clause tells no more than that they stay.
    """
    state = message.state
    if message.is_over:
        if own.is_staying(state, part):
            yield own.staying(part)
        return
    is_consent = part.manner.agrees is not None and not part.has_evidence
    if not is_consent and not part.is_bare:
        yield from own.facts(state, part)


def _of_place(message: _Message, part: Part) -> Iterator[Fact]:
    """Read where the writer is, and with how many."""
    if not _is_question_about_place(part):
        yield from telling.places(
            message.state,
            message.heard,
            part.statement,
            message.name,
        )
    yield from telling.party(part.statement)


def _is_question_about_place(part: Part) -> bool:
    """Tell whether a reader takes a clause for a question, in which a place is only asked about."""
    intent = part.intent or ""
    return intent.startswith("ask_") and part.certainty >= TOPIC
