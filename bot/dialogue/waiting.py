"""The waiting question: whether a message answers it, and with what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.dialogue import answers, presses, telling, whereabouts
from bot.dialogue.facts import (
    GRAVE,
    Consent,
    Danger,
    Doubt,
    Here,
    Name,
    Party,
    Report,
    Safe,
    Unplaced,
    YesNo,
)
from bot.dialogue.flow import Slot, Step
from bot.dialogue.presses import Pick
from bot.dialogue.reading import Reading
from bot.dialogue.situations import Situation, told_slots
from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Kind
from nlu.language import exact
from nlu.language.folding import words
from nlu.language.reading import phrases

MAX_COUNT_DIGITS = 4
MAX_NO_WORDS = 3  # of a text that begins with "no" and says nothing else
BOOLEANS = {"true": True, "false": False}


def answer_value(situation: Situation, slot: Slot) -> Any | None:
    """Read the value that a slot asks for out of the reading, never out of a report's words."""
    heard, reading = situation.heard, situation.reading
    is_of_other = bool(reading.every(Report))
    match slot.type:
        case "place" | "where" | "whereabouts" | "here":
            return _whereabouts(situation, slot)
        case "name":
            return None if is_of_other or _says_more(reading) else answers.read(slot, heard)
        case "note":
            is_number = answers.number_of(heard.text) is not None
            return None if is_number else answers.read(slot, heard)
        case "bool":
            return _agreed(situation)
        case "leaving":
            return _left(situation)
        case "count":
            party = reading.first(Party)
            if party or is_of_other:
                return party.number if party else None
            return answers.read(slot, replace(heard, entities=()))
        case "phone":
            return answers.phone(heard, situation.state.known.get("country"))
        case _:
            return None if is_of_other else answers.read(slot, heard)


def _whereabouts(situation: Situation, slot: Slot) -> Any | None:
    """Read where the writer is: a place they say they are at, or their words for it."""
    heard, reading = situation.heard, situation.reading
    here = reading.first(Here)
    described = _described(situation, slot)
    if here and not (described and _is_country(here)):
        return here.place if _is_taken(situation, here) else None
    symbol = None if heard.by == "exact" else whereabouts.read_symbol(heard.text)
    if symbol:
        return symbol
    if reading.first(Unplaced) or reading.every(Report):
        return None
    if slot.type in {"place", "where"} and reading.statements:
        return described
    unread = heard if heard.location else replace(heard, entities=())
    answer = answers.read(slot, unread)
    return described if described and isinstance(answer, Description) else answer


def _is_country(here: Here) -> bool:
    """Tell whether a place is no more than a country: «كامبو 5 السودان» says more."""
    place = here.place
    return isinstance(place, NamedPlace) and not any("/" in code for code in place.meanings)


def _is_taken(situation: Situation, here: Here) -> bool:
    """Tell whether the waiting question takes a place: some take no description."""
    is_named = situation.step is not None and situation.step.named
    return not (is_named and isinstance(here.place, Description))


def _described(situation: Situation, slot: Slot) -> Description | None:
    """Read the words of an answer that no gazetteer knows, never those of a cry or a sentence."""
    heard, reading, step = situation.heard, situation.reading, situation.step
    is_named = slot.type == "place" or (step is not None and step.named)
    if is_named or heard.by == "exact" or heard.kind is not Kind.TEXT:
        return None
    for kind in (Danger, Doubt, Report, Safe, Consent, YesNo, Unplaced):
        if reading.first(kind):
            return None
    return telling.described(heard, reading.statements)


def _left(situation: Situation) -> str | None:
    """Read the answer to "are you there now, or on your way?": now, way, or stay."""
    tokens = words(situation.heard.text)
    if phrases.has("on_the_way", tokens) or phrases.has("going", tokens):
        return "way"
    frame = situation.state.top
    here = situation.reading.first(Here)
    if here and frame is not None:
        is_there = _country_of(here.place) == frame.slots.get("leaving")
        return "now" if is_there else "stay"
    if phrases.has("still", tokens):
        return "stay"
    reply = yes_or_no(situation)
    if reply:
        return "now" if reply.is_yes else "stay"
    return "now" if phrases.has("there_now", tokens) else None


def _country_of(place: Whereabouts) -> str | None:
    """Return the country of a place that was named."""
    match place:
        case NamedPlace(meanings):
            return meanings[0][:2]
        case Description(_, within):
            return within[0][:2] if within else None
        case _:
            return None


def yes_or_no(situation: Situation) -> YesNo | None:
    """Return the yes or no of a message, also where it goes on after that word."""
    reply = situation.reading.first(YesNo)
    tokens = words(situation.heard.text)
    if reply or not tokens or situation.heard.kind is not Kind.TEXT:
        return reply
    told = situation.reading.statements
    if any(statement.is_bare or statement.is_written_as_name for statement in told):
        return None  # «La Marsa», "Okay Street"
    intent = exact.match(tokens[0].folded)
    if intent == "affirm":
        return YesNo(is_yes=True)
    is_short = len(tokens) <= MAX_NO_WORDS  # «لا، ثلاثة مش اربعة» corrects something
    return YesNo(is_yes=False) if intent == "deny" and is_short else None


def _agreed(situation: Situation) -> bool | None:
    """Read a yes or no. A "no" that tells something corrects what was told before."""
    consent = situation.reading.first(Consent)
    if consent:
        return consent.agrees
    reply = yes_or_no(situation)
    if reply is None or (not reply.is_yes and _corrects(situation)):
        return None
    return reply.is_yes


def _corrects(situation: Situation) -> bool:
    """Tell whether a "no" says what was wrong: «لا، ثلاثة», "no not jordan the country"."""
    is_consent = situation.step is not None and situation.step.collect == "consent"
    is_long = len(words(situation.heard.text)) > MAX_NO_WORDS
    return bool(told_slots(situation)) or (is_consent and is_long)


def _says_more(reading: Reading) -> bool:
    """Tell whether a text says more than a name."""
    if reading.first(Name):
        return False
    return any(statement.matters & GRAVE or statement.has_want for statement in reading.statements)


def offered_answer(situation: Situation, step: Step, pick: Pick) -> Any | None:
    """Read the value of a button as its slot holds it; None when the question has no such
    button.
    """
    match situation.flows.slots[pick.slot].type:
        case "bool":
            return BOOLEANS.get(pick.answer)
        case "count":
            is_number = pick.answer.isascii() and pick.answer.isdecimal()
            return int(pick.answer) if is_number and len(pick.answer) <= MAX_COUNT_DIGITS else None
        case "place" | "where" | "whereabouts":
            return whereabouts.read_code(pick.answer)
        case _:
            return pick.answer if _is_offered(situation, step, pick) else None


def _is_offered(situation: Situation, step: Step, pick: Pick) -> bool:
    response = situation.flows.responses.get(step.question)
    buttons = response.buttons if response else []
    if any(presses.declared(button.payload, pick.slot) == pick for button in buttons):
        return True
    options = situation.state.view().get(step.choices or "") or ()
    return any(presses.read(option.payload) == pick for option in options)
