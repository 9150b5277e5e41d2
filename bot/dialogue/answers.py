"""What an answer means: yes or no, a number, a choice, a place, a name, a phone number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, assert_never

from bot.dialogue import choices, named_places, names, phones
from bot.dialogue.flow import Slot
from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Entity, Heard, Kind, Language, Location, Option, TextKey, Verbatim
from bot.text.catalogues import catalogue as texts
from bot.text.text import LANGUAGES, ascii_digits
from nlu.language import numbers
from nlu.language.folding import fold, words
from nlu.language.gazetteer import Mention
from nlu.language.reading import itineraries

MAX_NOTE_CHARS = 2000  # of a free text that are kept
MAX_LABEL_CHARS = 80
MIN_CONFIDENCE = 0.6  # of a yes or no that a model understood
POSITION_DECIMALS = 6  # of a degree: ten centimetres

_CRIES = frozenset(("need_help", "need_medical", "need_evacuation"))
_NUMBER = re.compile(r"\d{1,4}")
_WITH_ME = frozenset(fold("معايا معاي معي ومعايا ومعاي ومعي m3aya ma3aya m3ay wm3aya with").split())
_WE = frozenset(fold("احنا نحن نحنا واحنا كلنا عددنا we us were a7na e7na ehna all total").split())
_SKIP_WORDS = frozenset(fold("skip تخطي تخطى فوت pass next التالي 5alliha").split())


def read(slot: Slot, heard: Heard) -> Any | None:
    """Read a message as the answer of a slot; None when it holds none."""
    return _READERS[slot.type](slot, heard)


def extract(slots: Iterable[tuple[str, Slot]], heard: Heard) -> dict[str, Any]:
    """Read what a message that starts a flow already tells, by slot."""
    contents = {}
    for name, slot in slots:
        if not slot.from_message:
            continue
        slot_type = _ASIDE.get(slot.type, slot.type)
        reader = _READERS[slot_type]
        content = reader(slot, heard)
        if content is not None:
            contents[name] = content
    return contents


def picked(
    text: str,
    offered: Sequence[Option],
    languages: Iterable[Language] = LANGUAGES,
) -> Option | None:
    """Return the option that somebody typed by its number (١ or 1) or its label."""
    if not offered or len(text) > MAX_LABEL_CHARS:
        return None
    choice = choices.read(text)
    if choice is None:
        return _labelled(text, offered, languages)
    option = _line(offered, choice.number)
    if not choice.rest:
        return option
    if option is None:
        return _labelled(text, offered, languages)
    if not _names_words(option, languages, choice.rest):
        return None
    return option


def _labelled(
    text: str,
    offered: Sequence[Option],
    languages: Iterable[Language],
) -> Option | None:
    """Return the option of which a text is the label."""
    typed = _plain(text)
    if not typed:
        return None
    for option in offered:
        labels = map(_plain, _labels(option, languages))
        if typed in labels:
            return option
    return None


def _names_words(
    option: Option,
    languages: Iterable[Language],
    typed_words: Sequence[str],
) -> bool:
    """Tell whether all words that somebody typed are in the labels of an option."""
    labels = " ".join(_labels(option, languages))
    label_words = set(_plain(labels).split())
    return label_words.issuperset(typed_words)


def _line(offered: Sequence[Option], number: int) -> Option | None:
    """Return the option on a line of a list, counted from 1."""
    if not 1 <= number <= len(offered):
        return None
    return offered[number - 1]


def number_of(text: str) -> int | None:
    """Return the number of a list's line that a message is ("١", "2.", "(3)"), or None."""
    return choices.number(text)


def is_skip(heard: Heard) -> bool:
    """Tell whether somebody would rather not say."""
    if heard.intent == "deny" and heard.by == "exact":
        return True
    return fold(heard.text) in _SKIP_WORDS


def is_wordless(text: str) -> bool:
    """Tell whether a text has neither letters nor digits: emoji, punctuation, nothing."""
    return not any(map(str.isalnum, text))


def _labels(option: Option, languages: Iterable[Language]) -> list[str]:
    match option.label:
        case Verbatim(text):
            return [text]
        case TextKey(key):
            return _texts(key, languages)
        case _:
            assert_never(option.label)


def _texts(key: str, languages: Iterable[Language]) -> list[str]:
    """Return a text in the languages that have it."""
    labels = []
    for language in languages:
        entry = texts(language).entries.get(key)
        if entry and isinstance(entry.string, str):
            labels.append(entry.string)
    return labels


def _plain(label: str) -> str:
    """Fold a label without the signs and emoji around its words."""
    plain = ""
    for letter in label:
        if letter.isalnum() or letter.isspace() or letter == "'":
            plain += letter
    return fold(plain)


def _bool(_slot: Slot, heard: Heard) -> bool | None:
    if heard.intent not in {"affirm", "deny"}:
        return None
    is_sure = heard.by == "exact" or heard.confidence >= MIN_CONFIDENCE
    if not is_sure:
        return None
    return heard.intent == "affirm"


@lru_cache(maxsize=4096)
def _phrase(text: str) -> str:
    """Fold words of a flow, once: there are dozens, looked for in every message."""
    return fold(text)


def _choice(slot: Slot, heard: Heard) -> str | None:
    """Return the one choice whose words a message holds; None for none or several."""
    text = _folded(heard.text)
    answers = []
    for choice, phrases in slot.values.items():
        if any(f" {_phrase(phrase)} " in text for phrase in phrases):
            answers.append(choice)
    if len(answers) != 1:
        return None
    return answers[0]


def _folded(text: str) -> str:
    folded = " ".join(word.folded for word in words(text))
    return f" {folded} "


def _name(_slot: Slot, heard: Heard) -> str | None:
    return names.plain(heard.text, heard.entities)


def _introduction(_slot: Slot, heard: Heard) -> str | None:
    return names.introduced(heard.text, heard.entities)


def _note(_slot: Slot, heard: Heard) -> str | None:
    if is_wordless(heard.text):
        return None
    return heard.text[:MAX_NOTE_CHARS]


def _relative(_slot: Slot, heard: Heard) -> str | None:
    for entity in heard.entities:
        if entity.entity == "relative":
            return str(entity.value)
    return None


# --- how many -------------------------------------------------------------------------------------


def _count(slot: Slot, heard: Heard) -> int | None:
    """Read how many they are, in answer to that question: a number alone, or one of people."""
    count = _told_count(slot, heard)
    if count is not None:
        return count
    digits = ascii_digits(heard.text).strip(" .()!،,")
    if _NUMBER.fullmatch(digits):
        return int(digits)
    number = numbers.number(heard.text)
    if number:
        return number
    choice = _choice(slot, heard)
    if not choice:
        return None
    return int(choice)


def _told_count(_slot: Slot, heard: Heard) -> int | None:
    """Read a number of people where it was not asked for: only in a text that counts people."""
    for entity in heard.entities:
        if entity.entity == "person_count" and isinstance(entity.value, int):
            return with_writer(heard.text, entity)
    return None


def with_writer(text: str, counted: Entity | Mention) -> int:
    """Count the writer, too: «معايا 3» is 4, «احنا 3» is 3, «معايا زوجتي وثلاث صغار» is 5."""
    number = int(counted.value)
    is_sum = number != numbers.number(counted.text)
    if is_sum:
        return number
    if _leaves_writer_out(text):
        number += 1
    return max(1, number)


def _leaves_writer_out(text: str) -> bool:
    """Tell whether a text says "with me", and not "we"."""
    folded = {word.folded for word in words(text)}
    return bool(folded & _WITH_ME) and not folded & _WE


# --- where ----------------------------------------------------------------------------------------


def _place(_slot: Slot, heard: Heard) -> Location | NamedPlace | None:
    if heard.location:
        return position(heard.location)
    return named_places.named(heard.entities, heard.text)


def _asked_place(slot: Slot, heard: Heard) -> Location | NamedPlace | None:
    """Read an answer to "which city?", also one with a typo; what may be a cry is none."""
    place = _place(slot, heard)
    if place or heard.intent in _CRIES:
        return place
    return named_places.guessed(heard.text)


def position(location: Location) -> Location | None:
    """Check a position, and round it to ten centimetres."""
    latitude = location.latitude
    longitude = location.longitude
    if not isfinite(latitude) or not isfinite(longitude):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Location(
        round(latitude, POSITION_DECIMALS),
        round(longitude, POSITION_DECIMALS),
    )


def _whereabouts(slot: Slot, heard: Heard) -> Whereabouts | None:
    place = _place(slot, heard)
    if place:
        return place
    note = _note(slot, heard)
    if note is None:
        return None
    return Description(note)


def _here(slot: Slot, heard: Heard) -> str | Whereabouts | None:
    """Read `yes`, `no`, or where they are instead."""
    place = _place(slot, heard)
    if place:
        return place
    match _bool(slot, heard):
        case True:
            return "yes"
        case False:
            return "no"
        case None:
            return _whereabouts(slot, heard)


def _phone(_slot: Slot, heard: Heard) -> str | None:
    """Read E.164, from a shared card of one's own or typed with its country code."""
    return phone(heard, None)


def phone(heard: Heard, country: str | None) -> str | None:
    """Read the answer to "what is your number?", of somebody in a country (alpha-2).

    Several numbers are returned together, a blank between them: the writer chooses.
    """
    contact = heard.contact
    if contact is None:
        numbers_told = phones.numbers(heard.text, country, is_asked=True)
        return " ".join(numbers_told) or None
    if not contact.own:
        return None
    return contact.phone


def _day(_slot: Slot, heard: Heard) -> str | None:
    """Take the words of an answer that names a day or a length of time, as they stand."""
    if heard.kind is not Kind.TEXT or not itineraries.is_answer(heard.text):
        return None
    return heard.text[:MAX_NOTE_CHARS]


def _any(_slot: Slot, _heard: Heard) -> None:
    return None


_READERS: dict[str, Callable[[Slot, Heard], Any]] = {
    "bool": _bool,
    "choice": _choice,
    "name": _name,
    "note": _note,
    "count": _count,
    "place": _place,
    "destination": _place,
    "day": _day,
    "here": _here,
    "where": _asked_place,
    "whereabouts": _whereabouts,
    "phone": _phone,
    "relative": _relative,
    "any": _any,
    "introduction": _introduction,
    "told count": _told_count,
}
# How a message that was no answer is read for the same thing: with more care.
_ASIDE = {"name": "introduction", "count": "told count", "where": "place", "whereabouts": "place"}
