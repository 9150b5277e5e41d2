"""What an answer means: yes or no, a number, a choice, a place, a name, a phone number.

A place is `CC/English name`, `CC`, `@latitude,longitude`, or several `CC/…` joined by "|" when a name belongs to more
than one city; `~words` are a description of where somebody is that names no place we know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

import phonenumbers

from bot.dialogue import names
from bot.dialogue.flow import Slot
from bot.messages import Button, Entity, Heard, Language, Location
from bot.text.catalogues import catalogue as texts
from bot.text.text import ascii_digits
from nlu.language import gazetteer, numbers
from nlu.language.folding import fold, words

NOTE = 2000  # letters of a free text that are kept
RIVAL = 0.05  # a city of the same name counts as another meaning from this share of the likeliest one's people on
SURE = 0.6  # of a yes or no that a model understood

_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d])")
_CHOICE = re.compile(r"[(#]?\s*(\d{1,2})\s*[.)\-]?")
_WITH_ME = frozenset(fold("معايا معاي معي ومعايا ومعاي ومعي m3aya ma3aya m3ay wm3aya with").split())
_WE = frozenset(fold("احنا نحن نحنا واحنا كلنا عددنا we us were a7na e7na ehna all total").split())
_LEAVING = frozenset(
    fold("من غادرت غادرنا تركت تركنا طلعت طلعنا خرجت خرجنا from left leaving men min").split()
)
SKIP = frozenset({"skip", "تخطي", "تخطى", "فوت", "pass", "next", "التالي", "5alliha"})


def read(slot: Slot, heard: Heard) -> Any | None:
    """The answer as the slot's value, None when there is none in what was heard."""
    return _READERS[slot.type](slot, heard)


def extract(slots: Iterable[tuple[str, Slot]], heard: Heard) -> dict[str, Any]:
    """What a message that starts a flow already tells, by slot."""
    found = {
        name: _READERS[_ASIDE.get(slot.type, slot.type)](slot, heard)
        for name, slot in slots
        if slot.from_message
    }
    return {name: value for name, value in found.items() if value is not None}


def picked(
    text: str, offered: Sequence[Button], languages: Iterable[Language] = ("ar", "en")
) -> str | None:
    """The payload of the button somebody typed: its number (١ or 1) or its label in either language."""
    if not offered or len(text) > 80:
        return None
    if (number := number_of(text)) is not None:
        return offered[number - 1].payload if 1 <= number <= len(offered) else None
    said = _plain(text)
    wanted = [
        button
        for button in offered
        if said in {_plain(label) for label in _labels(button, languages)}
    ]
    return wanted[0].payload if said and wanted else None


def number_of(text: str) -> int | None:
    """The number of a list's line that a message is ("١", "2.", "(3)"), or None."""
    match = _CHOICE.fullmatch(ascii_digits(text).strip())
    return int(match[1]) if match else None


def is_skip(heard: Heard) -> bool:
    """Whether somebody would rather not say."""
    return fold(heard.text) in {fold(word) for word in SKIP} or (
        heard.intent == "deny" and heard.by == "exact"
    )


def is_wordless(text: str) -> bool:
    """Whether a text has neither letters nor digits: emoji, punctuation, nothing."""
    return not any(letter.isalnum() for letter in text)


def _labels(button: Button, languages: Iterable[Language]) -> Iterable[str]:
    if button.label.startswith("="):
        return [button.label[1:]]
    entries = (texts(language).entries.get(button.label) for language in languages)
    return [entry.string for entry in entries if entry and isinstance(entry.string, str)]


def _plain(label: str) -> str:
    return fold(
        "".join(letter for letter in label if letter.isalnum() or letter.isspace() or letter == "'")
    )


def _bool(_slot: Slot, heard: Heard) -> bool | None:
    if heard.intent in {"affirm", "deny"} and (heard.by == "exact" or heard.confidence >= SURE):
        return heard.intent == "affirm"
    return None


@lru_cache(maxsize=4096)
def _phrase(words: str) -> str:
    """Words of a flow, folded once: there are dozens, looked for in every message."""
    return fold(words)


def _choice(slot: Slot, heard: Heard) -> str | None:
    said = f" {' '.join(word.folded for word in words(heard.text))} "
    meant = {
        value
        for value, phrases in slot.values.items()
        if any(f" {_phrase(each)} " in said for each in phrases)
    }
    return meant.pop() if len(meant) == 1 else None


def _name(_slot: Slot, heard: Heard) -> str | None:
    return names.plain(heard.text, heard.entities)


def _introduction(_slot: Slot, heard: Heard) -> str | None:
    return names.introduced(heard.text, heard.entities)


def _note(_slot: Slot, heard: Heard) -> str | None:
    return None if is_wordless(heard.text) else heard.text[:NOTE]


def _relative(_slot: Slot, heard: Heard) -> str | None:
    return next(
        (str(entity.value) for entity in heard.entities if entity.entity == "relative"), None
    )


def _count(slot: Slot, heard: Heard) -> int | None:
    """People in all, the writer included: «معايا 3» is 4, «احنا 3» is 3, «وحدي» is 1."""
    for entity in heard.entities:
        if entity.entity == "person_count" and isinstance(entity.value, int):
            is_sum = entity.value != numbers.number(
                entity.text
            )  # «معايا زوجتي وثلاث صغار» is 5 already
            return entity.value if is_sum else _all_of_us(heard.text, entity.value)
    if match := _NUMBER.search(ascii_digits(heard.text)):
        return _all_of_us(heard.text, int(match[0]))
    number = numbers.number(heard.text)
    word = _choice(slot, heard)
    return number or (int(word) if word else None)


def _all_of_us(text: str, number: int) -> int:
    said = {word.folded for word in words(text)}
    return max(1, number + 1 if said & _WITH_ME and not said & _WE else number)


def _told_count(slot: Slot, heard: Heard) -> int | None:
    """A number of people that was not asked for: only where the text says that people are counted."""
    if not any(entity.entity == "person_count" for entity in heard.entities) and not _counts_people(
        heard.text
    ):
        return None
    return _count(slot, heard)


def _counts_people(text: str) -> bool:
    said = {word.folded for word in words(text)}
    return bool(said & (_WITH_ME | _WE)) and _NUMBER.search(ascii_digits(text)) is not None


def _place(_slot: Slot, heard: Heard) -> str | None:
    if heard.location:
        return _point(heard.location)
    countries = [str(entity.value) for entity in heard.entities if entity.entity == "country"]
    cities = [entity for entity in heard.entities if entity.entity == "city"]
    if not cities:
        return countries[-1] if countries else None
    spot = _where_now(cities, heard.text)
    values = dict.fromkeys(
        str(entity.value) for entity in cities if (entity.start, entity.end) == spot
    )
    there = [value for value in values if value.partition("/")[0] in countries]
    if there or len(values) > 1:
        return "|".join(there or values)
    return "|".join(_meanings(heard.text[slice(*spot)], next(iter(values)), countries))


def _meanings(name: str, value: str, countries: Sequence[str]) -> Sequence[str]:
    """What a city's name may mean: the reading we were given first, then rivals of some size."""
    rows = gazetteer.cities_named(name)
    inside = [row.value for row in rows if row.country in countries]
    if inside or not rows or value not in {row.value for row in rows}:
        return inside[:1] or [value]
    rivals = [row.value for row in rows if row.population >= RIVAL * rows[0].population]
    return list(dict.fromkeys([value, *rivals]))[:4]


def _where_now(cities: Sequence[Entity], text: str) -> tuple[int, int]:
    """Where in the text the present place stands: the last named, unless it is the one being left."""
    spots = list(dict.fromkeys((entity.start, entity.end) for entity in cities))
    staying = [
        spot
        for spot in spots
        if not _LEAVING & {word.folded for word in words(text[: spot[0]])[-1:]}
    ]
    return (staying or spots)[-1]


def _point(location: Location) -> str | None:
    latitude, longitude = location.latitude, location.longitude
    if not (
        isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    ):
        return None
    return f"@{latitude:.6f},{longitude:.6f}"


def _whereabouts(slot: Slot, heard: Heard) -> str | None:
    if place := _place(slot, heard):
        return place
    note = _note(slot, heard)
    return None if note is None else f"~{note}"


def _here(slot: Slot, heard: Heard) -> str | None:
    """`yes`, `no`, or where they are instead."""
    agreed, place = _bool(slot, heard), _place(slot, heard)
    if place or agreed is None:
        return place or _whereabouts(slot, heard)
    return "yes" if agreed else "no"


def _phone(_slot: Slot, heard: Heard) -> str | None:
    """E.164, from a shared card of one's own or typed with its country code."""
    if heard.contact:
        return heard.contact.phone if heard.contact.own else None
    digits = re.sub(r"[\s().\-]", "", ascii_digits(heard.text))
    try:
        number = phonenumbers.parse("+" + digits[2:] if digits.startswith("00") else digits)
    except phonenumbers.NumberParseException:
        return None
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if _is_real(number)
        else None
    )


def _is_real(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number(number)


def _any(_slot: Slot, _heard: Heard) -> None:
    return None


_READERS: dict[str, Callable[[Slot, Heard], Any]] = {
    "bool": _bool,
    "choice": _choice,
    "name": _name,
    "note": _note,
    "count": _count,
    "place": _place,
    "here": _here,
    "whereabouts": _whereabouts,
    "phone": _phone,
    "relative": _relative,
    "any": _any,
    "introduction": _introduction,
    "told count": _told_count,
}
# How a message that was no answer is read for the same thing: with more care.
_ASIDE = {"name": "introduction", "count": "told count", "whereabouts": "place"}
