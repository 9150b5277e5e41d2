"""The waiting question: whether a message answers it, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue import answers, presses, telling, travels, whereabouts
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
from bot.messages import Heard, Kind
from nlu.language import exact
from nlu.language.folding import Word, words
from nlu.language.reading import phrases

MAX_COUNT_DIGITS = 4
MAX_NO_WORDS = 3  # of a text that begins with "no" and says nothing else
BOOLEANS = {"true": True, "false": False}
# The answers to "are you there now, or on your way?".
ON_THE_WAY = "way"
ARRIVED = {True: "now", False: "stay"}
# What, told anywhere in a message, makes its words no description of a place.
WEIGHTY = (
    Danger,
    Doubt,
    Report,
    Safe,
    Consent,
    YesNo,
    Unplaced,
)


def answer_value(situation: Situation, slot: Slot) -> Any | None:
    """Read the value that a slot asks for out of the reading, never out of a report's words."""
    match slot.type:
        case "place" | "where" | "whereabouts" | "here":
            return _whereabouts(situation, slot)
        case "name":
            return _name(situation, slot)
        case "note":
            return _note(situation, slot)
        case "bool":
            return _agreed(situation)
        case "leaving":
            return _left(situation)
        case "destination":
            return travels.leads_to(situation.heard, situation.reading.statements)
        case "count":
            return _count(situation, slot)
        case "phone":
            return answers.phone(situation.heard, situation.state.country)
        case _:
            return _of_writer(situation, slot)


def _of_writer(situation: Situation, slot: Slot) -> Any | None:
    """Read an answer, unless the message tells of somebody else."""
    if situation.reading.every(Report):
        return None
    return answers.read(slot, situation.heard)


def _name(situation: Situation, slot: Slot) -> Any | None:
    """Read the writer's name, unless the words say more."""
    if _says_more(situation.reading):
        return None
    return _of_writer(situation, slot)


def _note(situation: Situation, slot: Slot) -> Any | None:
    """Take whatever is said, but the number of a list's line."""
    heard = situation.heard
    if answers.number_of(heard.text) is not None:
        return None
    return answers.read(slot, heard)


def _count(situation: Situation, slot: Slot) -> Any | None:
    """Read how many they are, the writer included."""
    party = situation.reading.first(Party)
    if party:
        return party.number
    if situation.reading.every(Report):
        return None
    heard = replace(situation.heard, entities=())
    return answers.read(slot, heard)


def _whereabouts(situation: Situation, slot: Slot) -> Any | None:
    """Read where the writer is: a place they say they are at, or their words for it."""
    location = situation.reading.first(Here)
    described = _described(situation, slot)
    if location and described and _is_country(location.place):
        location = None  # «كامبو 5 السودان» says more
    if location is None:
        return _words_for_place(situation, slot, described)
    if not _is_taken(situation, location.place):
        return None
    return location.place


def _words_for_place(
    situation: Situation,
    slot: Slot,
    described: Description | None,
) -> Any | None:
    """Read a place that the message names by a symbol, or with words that no gazetteer knows."""
    reading = situation.reading
    symbol = _symbol(situation.heard)
    if symbol:
        return symbol
    if reading.first(Unplaced) or reading.every(Report):
        return None
    if slot.type in {"place", "where"} and reading.statements:
        return described
    answer = answers.read(slot, _unread(situation.heard))
    if described and isinstance(answer, Description):
        return described
    return answer


def _symbol(heard: Heard) -> NamedPlace | None:
    """Read the flag or the code of a country, which no exact word is."""
    if heard.by == "exact":
        return None
    return whereabouts.read_symbol(heard.text)


def _unread(heard: Heard) -> Heard:
    """Return a message without the places that its words name: the reading has weighed them."""
    if heard.location:
        return heard
    return replace(heard, entities=())


def _is_country(place: Whereabouts) -> bool:
    """Tell whether a place is no more than a country."""
    if not isinstance(place, NamedPlace):
        return False
    return not any("/" in code for code in place.meanings)


def _is_taken(situation: Situation, place: Whereabouts) -> bool:
    """Tell whether the waiting question takes a place: some take no description."""
    step = situation.step
    if step is None or not step.named:
        return True
    return not isinstance(place, Description)


def _described(situation: Situation, slot: Slot) -> Description | None:
    """Read the words of an answer that no gazetteer knows, never those of a cry or a sentence."""
    heard = situation.heard
    step = situation.step
    if slot.type == "place" or (step is not None and step.named):
        return None
    if heard.by == "exact" or heard.kind is not Kind.TEXT:
        return None
    for fact in situation.reading.facts:
        if isinstance(fact, WEIGHTY):
            return None
    return telling.described(heard, situation.reading.statements)


def _left(situation: Situation) -> str | None:
    """Read the answer to "are you there now, or on your way?": now, way, or stay."""
    tokens = words(situation.heard.text)
    if phrases.has("on_the_way", tokens) or phrases.has("going", tokens):
        return ON_THE_WAY
    frame = situation.state.top
    location = situation.reading.first(Here)
    if location and frame is not None:
        is_there = _country_of(location.place) == frame.slots.get("leaving")
        return ARRIVED[is_there]
    if phrases.has("still", tokens):
        return ARRIVED[False]
    reply = yes_or_no(situation)
    if reply:
        return ARRIVED[reply.is_yes]
    if phrases.has("there_now", tokens):
        return ARRIVED[True]
    return None


def _country_of(place: Whereabouts) -> str | None:
    """Return the country of a place that was named."""
    codes: tuple[str, ...] = ()
    match place:
        case NamedPlace(meanings):
            codes = meanings
        case Description(_, within):
            codes = within
    if not codes:
        return None
    return codes[0][:2]


def yes_or_no(situation: Situation) -> YesNo | None:
    """Return the yes or no of a message, also where it goes on after that word."""
    reply = situation.reading.first(YesNo)
    if reply or situation.heard.kind is not Kind.TEXT:
        return reply
    for statement in situation.reading.statements:
        is_name = statement.is_bare or statement.is_written_as_name
        if is_name:
            return None  # «La Marsa», "Okay Street"
    tokens = words(situation.heard.text)
    return _first_word(tokens)


def _first_word(tokens: Sequence[Word]) -> YesNo | None:
    """Read the yes or no with which a text begins."""
    if not tokens:
        return None
    match exact.match(tokens[0].folded):
        case "affirm":
            return YesNo(is_yes=True)
        case "deny" if len(tokens) <= MAX_NO_WORDS:
            return YesNo(is_yes=False)
        case _:
            return None  # «لا، ثلاثة مش اربعة» corrects something


def _agreed(situation: Situation) -> bool | None:
    """Read a yes or no. A "no" that tells something corrects what was told before."""
    consent = situation.reading.first(Consent)
    if consent:
        return consent.agrees
    reply = yes_or_no(situation)
    if reply is None:
        return None
    if not reply.is_yes and _corrects(situation):
        return None
    return reply.is_yes


def _corrects(situation: Situation) -> bool:
    """Tell whether a "no" says what was wrong: «لا، ثلاثة», "no not jordan the country"."""
    if told_slots(situation):
        return True
    step = situation.step
    if step is None or step.collect != "consent":
        return False
    tokens = words(situation.heard.text)
    return len(tokens) > MAX_NO_WORDS


def _says_more(reading: Reading) -> bool:
    """Tell whether a text says more than a name."""
    if reading.first(Name):
        return False
    for statement in reading.statements:
        is_grave = bool(statement.matters & GRAVE)
        if is_grave or statement.has_want:
            return True
    return False


def offered_answer(
    situation: Situation,
    step: Step,
    pick: Pick,
) -> Any | None:
    """Read the value of a button as its slot holds it; None when the question has no such
    button.
    """
    match situation.flows.slots[pick.slot].type:
        case "bool":
            return BOOLEANS.get(pick.answer)
        case "count":
            return _number(pick.answer)
        case "place" | "where" | "whereabouts":
            return whereabouts.read_code(pick.answer)
        case _:
            if not _is_offered(situation, step, pick):
                return None
            return pick.answer


def _number(digits: str) -> int | None:
    """Read the number on a button."""
    if not digits.isascii() or not digits.isdecimal():
        return None
    if len(digits) > MAX_COUNT_DIGITS:
        return None
    return int(digits)


def _is_offered(
    situation: Situation,
    step: Step,
    pick: Pick,
) -> bool:
    """Tell whether a question has a button, of its own or of the choices that it shows."""
    response = situation.flows.responses.get(step.question)
    if response:
        for button in response.buttons:
            press = presses.declared(button.payload, pick.slot)
            if press == pick:
                return True
    view = situation.state.view()
    options = view.get(step.choices or "") or ()
    return any(presses.read(option.payload) == pick for option in options)
