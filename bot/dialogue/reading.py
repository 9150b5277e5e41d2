"""Reads a message as facts and requests: what it tells of whom, whatever was asked.

The readers rank intents for each clause; the words of the clause say whom it is about, and veto
what a model may have misunderstood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.dialogue import answers, introductions, names_of_others, others, own, parts, telling, whose
from bot.dialogue.facts import (
    GOOD,
    GRAVE,
    Consent,
    Correction,
    Danger,
    Doubt,
    Fact,
    Here,
    NoCall,
    OtherName,
    Party,
    Phone,
    Report,
    Request,
    Safe,
    YesNo,
)
from bot.dialogue.flow import Flows, Slot
from bot.dialogue.introductions import Introduction
from bot.dialogue.parts import ALARMS, SAFE_INTENT, Part
from bot.dialogue.state import State
from bot.messages import Heard, Kind
from nlu.language.folding import words
from nlu.language.reading import positions, statements
from nlu.language.reading.statements import Matter, Statement

F = TypeVar("F")

WELL_NOW = 0.9  # "we are well", of a whole message
CRY_BESIDE = 0.1  # a cry for help behind that
TOPIC = 0.6  # a question about a place
UNHEARD = 0.3  # of "safe" beside words of danger
OVERRIDDEN = 0.7  # a cry by a model alone, beside words that say "safe"
PLACING_TYPES = frozenset({"place", "where", "whereabouts", "here"})
WRITTEN = frozenset({Kind.TEXT, Kind.EDITED})


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


def read(flows: Flows, state: State, heard: Heard) -> Reading:
    """Read a message. `heard` comes from `hearing.resolve`: a press is no text."""
    facts = list(_of_card(heard))
    if heard.kind not in WRITTEN or not heard.text or _is_press(heard):
        facts.extend(_pressed(flows, heard))
        return Reading(tuple(facts))
    spot = _spot_alone(flows, state, heard)
    if spot:
        return Reading(tuple(spot))
    told = tuple(statements.read(heard.text, state.known.get("country")))
    facts.extend(_of_text(flows, state, heard, told))
    return Reading(tuple(_without_contradictions(facts)), told)


def _spot_alone(flows: Flows, state: State, heard: Heard) -> list[Fact]:
    """Read a text that is but a position: the same as a shared location."""
    spot = positions.read(heard.text)
    if spot is None or not positions.is_whole(heard.text, spot):
        return []
    if positions.is_rough(heard.text) and not _may_be_rough(flows, state):
        return []
    return list(telling.spot(heard.text))


def _may_be_rough(flows: Flows, state: State) -> bool:
    """Tell whether two whole numbers are degrees: where a place is asked for, or nothing."""
    slot = _waiting_slot(flows, state)
    return slot is None or slot.type in PLACING_TYPES


def _waiting_slot(flows: Flows, state: State) -> Slot | None:
    frame = state.top
    step = flows.scripts[frame.flow].steps[frame.step] if frame else None
    return flows.slots[step.collect] if step and step.collect else None


def _of_text(
    flows: Flows,
    state: State,
    heard: Heard,
    told: Sequence[Statement],
) -> Iterator[Fact]:
    """Read what somebody wrote: the clauses, and what may stand anywhere."""
    facts: list[Fact] = []
    about_other = whose.is_about_other(state)
    introduction = introductions.read(heard.text, _is_name_asked(flows, state))
    if introduction and not about_other:
        yield from _of_introduction(state, heard, introduction)
        return
    name = telling.writers_name(state, heard, told, about_other)
    is_over = _is_over(flows, heard, told)
    if is_over:
        facts.append(Safe(heard.confidence, heard.text, is_evident=True))
    facts.extend(_of_clauses(flows, state, heard, told, name, is_over))
    facts.extend(_of_whole(state, heard, told, name, facts))
    facts.extend(telling.bare_number(state, heard))
    if not is_over and _has_unheard_alarm(facts, told):
        facts.append(Doubt(UNHEARD, heard.text))
    yield from facts


def _of_whole(
    state: State,
    heard: Heard,
    told: Sequence[Statement],
    name: str | None,
    facts: Sequence[Fact],
) -> list[Fact]:
    """Read what may stand anywhere in a message. `facts` are those of the clauses."""
    about_other = whose.is_about_other(state)
    whole: list[Fact] = []
    if _is_of_writer(facts, told, about_other):
        whole.extend(telling.whole_facts(state, heard, name))
    whole.extend(_name_of_other(heard, told, name, facts, about_other))
    return whole


def _is_of_writer(facts: Sequence[Fact], told: Sequence[Statement], about_other: bool) -> bool:
    """Tell whether a position or a number in a message is the writer's.

    «رقمه …» is that of whoever is missing; it stays in the words of the case.
    """
    says_i = any(statement.subject.who in {"i", "we"} for statement in told)
    is_report = any(isinstance(fact, Report) for fact in facts)
    return says_i or not (about_other or is_report)


def _name_of_other(
    heard: Heard,
    told: Sequence[Statement],
    name: str | None,
    facts: Sequence[Fact],
    about_other: bool,
) -> Iterator[Fact]:
    """Read the name of whoever else the message is about. `name` is the writer's."""
    is_of_other = about_other or any(isinstance(fact, Report) for fact in facts)
    if not is_of_other:
        return
    other = names_of_others.find(heard.text, heard.entities, told)
    if other and other != name:
        yield OtherName(other)


def _is_name_asked(flows: Flows, state: State) -> bool:
    frame = state.top
    if frame is None:
        return False
    step = flows.scripts[frame.flow].steps[frame.step]
    return step.collect == "name"


def _of_introduction(
    state: State,
    heard: Heard,
    introduction: Introduction,
) -> Iterator[Fact]:
    """Read a text that says who the writer is, where and with how many: no reader knows better."""
    rest = replace(heard, text=introduction.rest, entities=())
    parties: list[Fact] = []
    for statement in statements.read(introduction.rest, state.known.get("country")):
        yield from telling.places(state, rest, statement, None)
        parties.extend(telling.party(statement))
    number = introductions.number(introduction.rest)
    if number and not parties:
        parties.append(Party(number))
    yield from parties
    is_new = introduction.is_said or not state.known.get("name")
    yield from telling.whole_facts(state, rest, introduction.name if is_new else None)


def _is_press(heard: Heard) -> bool:
    """Tell whether a text is a command, or the number of an option."""
    is_number = answers.number_of(heard.text) is not None
    has_slash = heard.text.startswith("/") and not heard.text.startswith("//")
    return has_slash or (heard.by == "exact" and is_number)


def _of_card(heard: Heard) -> Iterator[Fact]:
    """Read a shared location or contact."""
    if heard.location:
        position = answers.position(heard.location)
        if position:
            yield Here(position, "")
    if heard.contact and heard.contact.own:
        yield Phone(heard.contact.phone)


def _pressed(flows: Flows, heard: Heard) -> Iterator[Fact]:
    """Read a button or a command by its intent."""
    intent = heard.intent
    if intent is None:
        return
    if intent in flows.life_saving:
        yield Danger(intent, 1.0, heard.text)
    elif intent == SAFE_INTENT:
        yield Safe(1.0, heard.text)
    elif intent in {"affirm", "deny"}:
        yield YesNo(intent == "affirm")
    else:
        yield Request(intent, 1.0, is_exact=True, words=heard.text)


def _of_clauses(
    flows: Flows,
    state: State,
    heard: Heard,
    told: Sequence[Statement],
    name: str | None,
    is_over: bool,
) -> Iterator[Fact]:
    """Read clause after clause. `name` is the writer's, where the message gives it.

    `is_over`: the message says that the writer is well; what its clauses tell of danger is past.
    """
    about_other = whose.is_about_other(state)
    is_only = len(told) == 1
    for number, statement in enumerate(told):
        part = parts.part(heard, statement, is_only, flows.life_saving)
        about_other = whose.goes_on(state, part, number == 0, about_other)
        yield from _whoever(part)
        if is_over and not about_other:
            yield from _of_place(state, heard, part, name)
        elif about_other:
            yield from others.facts(state, part, flows.life_saving)
            yield from telling.household(state, statement)
        else:
            yield from _of_writer(state, heard, part, name)


def _whoever(part: Part) -> Iterator[Fact]:
    """Read what does not depend on whom a clause is about."""
    if part.statement.manner.wants_no_call:
        yield NoCall(part.text)
    if part.statement.manner.is_correction:
        yield Correction(part.text)
    if part.statement.manner.agrees is not None:
        yield Consent(part.statement.manner.agrees)


def _of_writer(state: State, heard: Heard, part: Part, name: str | None) -> Iterator[Fact]:
    statement = part.statement
    is_consent = statement.manner.agrees is not None and not part.has_evidence
    if not is_consent and not part.is_bare:
        yield from own.facts(state, part)
    yield from _of_place(state, heard, part, name)


def _of_place(state: State, heard: Heard, part: Part, name: str | None) -> Iterator[Fact]:
    """Read where the writer is, and with how many."""
    is_question = (part.intent or "").startswith("ask_") and part.certainty >= TOPIC
    if not is_question:
        yield from telling.places(state, heard, part.statement, name)
    yield from telling.party(part.statement)


# --- the whole message ----------------------------------------------------------------------------


def _is_over(flows: Flows, heard: Heard, told: Sequence[Statement]) -> bool:
    """Tell whether a message says that all is well now, whatever was before.

    A reader is nearly certain of it, the words say so, and nothing goes on, is wanted or denied.
    """
    cries = [certainty for intent, certainty in heard.ranking[:3] if intent in flows.life_saving]
    if heard.intent != SAFE_INTENT or heard.confidence < WELL_NOW or sum(cries) > CRY_BESIDE:
        return False
    if all(_is_name(statement) for statement in told):
        return False
    of_writer = [statement for statement in told if statement.subject.who != "other"]
    says_so = any(Matter.WELL in statement.matters or statement.denied for statement in of_writer)
    is_of_other = any(_tells_well_of_other(statement) for statement in told)
    return says_so and not is_of_other and not any(_speaks_against(statement) for statement in told)


def _tells_well_of_other(statement: Statement) -> bool:
    return statement.subject.who == "other" and Matter.WELL in statement.matters


def _is_name(statement: Statement) -> bool:
    """Tell whether a clause is but a name, or a single word that may be one: «سالمة»."""
    is_name = statement.is_bare or statement.is_written_as_name or statement.is_like_name
    return is_name or len(words(statement.clause.text)) == 1


def _speaks_against(statement: Statement) -> bool:
    """Tell whether a clause takes "all is well" back, or leaves it open."""
    is_open = (
        statement.manner.is_question
        or statement.manner.is_hearsay
        or statement.manner.is_correction
    )
    is_wanting = statement.has_want or statement.has_cry
    goes_on = statement.manner.goes_on and bool(statement.matters & ALARMS)
    is_of_other = statement.subject.who == "other" and bool(statement.matters & GRAVE)
    return Matter.WELL in statement.denied or is_open or is_wanting or goes_on or is_of_other


def _has_unheard_alarm(facts: Sequence[Fact], told: Sequence[Statement]) -> bool:
    """Tell whether "safe" stands beside words of danger that no reader took for any."""
    if not any(isinstance(fact, Safe) for fact in facts):
        return False
    if any(isinstance(fact, Danger | Report) for fact in facts):
        return False
    return any(statement.matters & ALARMS or statement.has_want for statement in told)


def _without_contradictions(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out "safe" and doubt where danger is told, and doubt where a report explains it.

    Where the words say "safe", what only a model takes for a cry is none.
    """
    if any(isinstance(fact, Safe) and fact.is_evident for fact in facts):
        facts = [fact for fact in facts if not _is_unevident_cry(fact)]
    is_danger = any(isinstance(fact, Danger | Doubt) for fact in facts)
    is_report = any(isinstance(fact, Report) and fact.matter not in GOOD for fact in facts)
    for fact in facts:
        if isinstance(fact, Safe) and is_danger:
            continue
        if isinstance(fact, Doubt) and any(isinstance(other, Danger) for other in facts):
            continue
        if isinstance(fact, Doubt) and is_report:
            continue
        yield fact


def _is_unevident_cry(fact: Fact) -> bool:
    if not isinstance(fact, Danger | Doubt):
        return False
    return not fact.is_evident and fact.certainty < OVERRIDDEN
