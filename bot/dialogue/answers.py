"""What an answer means: yes or no, a number, a choice, a place, a name, a phone number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, assert_never

from bot.dialogue import choices, names, phones
from bot.dialogue.flow import Slot
from bot.dialogue.whereabouts import Description, NamedPlace, Whereabouts
from bot.messages import Entity, Heard, Language, Location, Option, TextKey, Verbatim
from bot.text.catalogues import catalogue as texts
from bot.text.text import LANGUAGES, ascii_digits
from nlu.language import gazetteer, index, numbers
from nlu.language.folding import fold, words
from nlu.language.gazetteer import Mention
from nlu.language.reading import homonyms

MAX_NOTE_CHARS = 2000  # of a free text that are kept
MAX_LABEL_CHARS = 80
MAX_MEANINGS = 4  # cities offered for one name
RIVAL_SHARE = (
    0.15  # of the likeliest city's people: from here on a city of that name is a meaning, too
)
MIN_CONFIDENCE = 0.6  # of a yes or no that a model understood
POSITION_DECIMALS = 6  # of a degree: ten centimetres

_NUMBER = re.compile(r"\d{1,4}")
_WITH_ME = frozenset(fold("معايا معاي معي ومعايا ومعاي ومعي m3aya ma3aya m3ay wm3aya with").split())
_WE = frozenset(fold("احنا نحن نحنا واحنا كلنا عددنا we us were a7na e7na ehna all total").split())
_LEAVING = frozenset(
    fold("من غادرت غادرنا تركت تركنا طلعت طلعنا خرجت خرجنا from left leaving men min").split()
)
_SKIP_WORDS = frozenset(fold("skip تخطي تخطى فوت pass next التالي 5alliha").split())


def read(slot: Slot, heard: Heard) -> Any | None:
    """Read a message as the answer of a slot; None when it holds none."""
    return _READERS[slot.type](slot, heard)


def extract(slots: Iterable[tuple[str, Slot]], heard: Heard) -> dict[str, Any]:
    """Read what a message that starts a flow already tells, by slot."""
    contents: dict[str, Any] = {}
    for name, slot in slots:
        if not slot.from_message:
            continue
        reader = _READERS[_ASIDE.get(slot.type, slot.type)]
        content = reader(slot, heard)
        if content is not None:
            contents[name] = content
    return contents


def picked(
    text: str, offered: Sequence[Option], languages: Iterable[Language] = LANGUAGES
) -> Option | None:
    """Return the option that somebody typed by its number (١ or 1) or its label."""
    if not offered or len(text) > MAX_LABEL_CHARS:
        return None
    choice = choices.read(text)
    if choice is not None and not choice.words:
        return _line(offered, choice.number)
    if choice is not None and (option := _line(offered, choice.number)):
        named = set(_plain(" ".join(_labels(option, languages))).split())
        return option if named.issuperset(choice.words) else None
    typed = _plain(text)
    if not typed:
        return None
    for option in offered:
        labels = [_plain(label) for label in _labels(option, languages)]
        if typed in labels:
            return option
    return None


def _line(offered: Sequence[Option], number: int) -> Option | None:
    return offered[number - 1] if 1 <= number <= len(offered) else None


def number_of(text: str) -> int | None:
    """Return the number of a list's line that a message is ("١", "2.", "(3)"), or None."""
    return choices.number(text)


def is_skip(heard: Heard) -> bool:
    """Tell whether somebody would rather not say."""
    refuses = heard.intent == "deny" and heard.by == "exact"
    return refuses or fold(heard.text) in _SKIP_WORDS


def is_wordless(text: str) -> bool:
    """Tell whether a text has neither letters nor digits: emoji, punctuation, nothing."""
    return not any(letter.isalnum() for letter in text)


def _labels(option: Option, languages: Iterable[Language]) -> list[str]:
    match option.label:
        case Verbatim(text):
            return [text]
        case TextKey(key):
            entries = [texts(language).entries.get(key) for language in languages]
            return [entry.string for entry in entries if entry and isinstance(entry.string, str)]
        case _:
            assert_never(option.label)


def _plain(label: str) -> str:
    letters = [letter for letter in label if letter.isalnum() or letter.isspace() or letter == "'"]
    return fold("".join(letters))


def _bool(_slot: Slot, heard: Heard) -> bool | None:
    is_sure = heard.by == "exact" or heard.confidence >= MIN_CONFIDENCE
    if heard.intent not in {"affirm", "deny"} or not is_sure:
        return None
    return heard.intent == "affirm"


@lru_cache(maxsize=4096)
def _phrase(words: str) -> str:
    """Words of a flow, folded once: there are dozens, looked for in every message."""
    return fold(words)


def _choice(slot: Slot, heard: Heard) -> str | None:
    """Return the one choice whose words a message holds; None for none or several."""
    text = _folded(heard.text)
    choices = [choice for choice, phrases in slot.values.items() if _holds_any(text, phrases)]
    return choices[0] if len(choices) == 1 else None


def _folded(text: str) -> str:
    folded = [word.folded for word in words(text)]
    return f" {' '.join(folded)} "


def _holds_any(text: str, phrases: Iterable[str]) -> bool:
    return any(f" {_phrase(phrase)} " in text for phrase in phrases)


def _name(_slot: Slot, heard: Heard) -> str | None:
    return names.plain(heard.text, heard.entities)


def _introduction(_slot: Slot, heard: Heard) -> str | None:
    return names.introduced(heard.text, heard.entities)


def _note(_slot: Slot, heard: Heard) -> str | None:
    return None if is_wordless(heard.text) else heard.text[:MAX_NOTE_CHARS]


def _relative(_slot: Slot, heard: Heard) -> str | None:
    for entity in heard.entities:
        if entity.entity == "relative":
            return str(entity.value)
    return None


# --- how many -------------------------------------------------------------------------------------


def _count(slot: Slot, heard: Heard) -> int | None:
    """Read how many they are, in answer to that question: a number alone, or one of people."""
    told = _told_count(slot, heard)
    if told is not None:
        return told
    bare = ascii_digits(heard.text).strip(" .()!،,")
    if _NUMBER.fullmatch(bare):
        return max(1, int(bare))
    number = numbers.number(heard.text)
    if number:
        return number
    choice = _choice(slot, heard)
    return int(choice) if choice else None


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
    folded = {word.folded for word in words(text)}
    is_without_writer = bool(folded & _WITH_ME) and not folded & _WE
    return max(1, number + 1 if is_without_writer else number)


# --- where ----------------------------------------------------------------------------------------


def _place(_slot: Slot, heard: Heard) -> Location | NamedPlace | None:
    if heard.location:
        return position(heard.location)
    return named_place(heard.entities, heard.text)


def entities(mentions: Iterable[Mention]) -> list[Entity]:
    """Return what the gazetteer found as entities of a message."""
    return [Entity(*mention) for mention in mentions]


def named_place(named: Sequence[Entity], text: str) -> NamedPlace | None:
    """Return the place that a text names last, with all that its name may mean."""
    countries = [entity for entity in named if entity.entity == "country"]
    cities = [entity for entity in named if entity.entity == "city"]
    if cities:
        codes = [str(country.value) for country in countries]
        return NamedPlace(tuple(_city(cities, codes, text)))
    if not countries:
        return None
    last = countries[-1]
    return NamedPlace(homonyms.meanings(last.text) or (str(last.value),))


def _city(cities: Sequence[Entity], countries: Sequence[str], text: str) -> Sequence[str]:
    """Return the codes that the present city may mean, the likeliest first."""
    spot = _where_now(cities, text)
    here = [str(city.value) for city in cities if (city.start, city.end) == spot]
    codes = list(dict.fromkeys(here))
    in_named_country = [code for code in codes if code.partition("/")[0] in countries]
    if in_named_country:
        return in_named_country
    start, end = spot
    shared = homonyms.meanings(text[start:end])
    beside = [code for code in (str(city.value) for city in cities) if code[:2] in shared]
    if beside or shared:
        return beside or shared  # «مسقط، عمان» is in Oman
    if len(codes) > 1:
        return codes
    return _meanings(text[start:end], codes[0], countries)


def _meanings(name: str, code: str, countries: Sequence[str]) -> Sequence[str]:
    """Return what a city's name may mean: the reading given first, then rivals of some size."""
    cities = gazetteer.cities_named(name)
    inside = [city.value for city in cities if city.country in countries]
    inside += [f"{country}/{name.title()}" for country in countries]
    inside = [known for known in inside if known in index.by_value()]
    if inside:
        return inside[:1]
    if code not in {city.value for city in cities}:
        return [code]
    min_population = RIVAL_SHARE * cities[0].population
    rivals = [city.value for city in cities if city.population >= min_population]
    return list(dict.fromkeys([code, *rivals]))[:MAX_MEANINGS]


def _where_now(cities: Sequence[Entity], text: str) -> tuple[int, int]:
    """Return where in the text the present place stands: the last named that is not left."""
    spots = list(dict.fromkeys((city.start, city.end) for city in cities))
    staying = [spot for spot in spots if not _is_left(text[: spot[0]])]
    return (staying or spots)[-1]


def _is_left(before: str) -> bool:
    """Tell whether the word before a place says that somebody leaves it."""
    last_words = words(before)[-1:]
    return any(word.folded in _LEAVING for word in last_words)


def position(location: Location) -> Location | None:
    """Check a position, and round it to ten centimetres."""
    latitude, longitude = location.latitude, location.longitude
    if not isfinite(latitude) or not isfinite(longitude):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Location(round(latitude, POSITION_DECIMALS), round(longitude, POSITION_DECIMALS))


def _whereabouts(slot: Slot, heard: Heard) -> Whereabouts | None:
    place = _place(slot, heard)
    if place:
        return place
    note = _note(slot, heard)
    return None if note is None else Description(note)


def _here(slot: Slot, heard: Heard) -> str | Whereabouts | None:
    """Read `yes`, `no`, or where they are instead."""
    place = _place(slot, heard)
    if place:
        return place
    is_here = _bool(slot, heard)
    if is_here is None:
        return _whereabouts(slot, heard)
    return "yes" if is_here else "no"


def _phone(_slot: Slot, heard: Heard) -> str | None:
    """Read E.164, from a shared card of one's own or typed with its country code."""
    return phone(heard, None)


def phone(heard: Heard, country: str | None) -> str | None:
    """Read the answer to "what is your number?", of somebody in a country (alpha-2).

    Several numbers are returned together, a blank between them: the writer chooses.
    """
    if heard.contact:
        return heard.contact.phone if heard.contact.own else None
    return " ".join(phones.numbers(heard.text, country, is_asked=True)) or None


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
    "where": _place,
    "whereabouts": _whereabouts,
    "phone": _phone,
    "relative": _relative,
    "any": _any,
    "introduction": _introduction,
    "told count": _told_count,
}
# How a message that was no answer is read for the same thing: with more care.
_ASIDE = {"name": "introduction", "count": "told count", "where": "place", "whereabouts": "place"}
