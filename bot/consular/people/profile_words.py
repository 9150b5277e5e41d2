"""The dimensions of a profile, their codes, and the words by which people say them.

`data/profile.tsv` has a line for each code: dimension, code, its name in English and in Arabic, and
the words for it, in any spelling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.messages import Language
from nlu.language import numerals
from nlu.language.folding import fold, words

DATA = Path(__file__).parent / "data" / "profile.tsv"
DIMENSIONS = ("profession", "field", "skill", "language", "volunteer", "years")
OFFERED = "skill"  # the codes that somebody may volunteer for
YEARS_BANDS = ((0, 1), (2, 4), (5, 9), (10, None))
MAX_YEARS = 80
MAX_NAME_WORDS = 4
MIN_STEM_LETTERS = 3
# What Arabic writes together with the next word.
_PREFIXES = ("و", "ب", "ف", "ال", "وال", "بال", "فال")
# Before what somebody offers to do for others.
_OFFERS = frozenset(
    fold(
        "volunteer help helping offer assist متطوع متطوعة نتطوع أتطوع التطوع نساعد أساعد المساعدة "
        "نعاون أعاون n3awen natatawa3 nsa3ed"
    ).split()
)
_YEARS = frozenset(
    fold("year years yr yrs سنة سنوات سنين عام أعوام snin sna sanawat 3am").split(),
)
_AGE = frozenset(fold("old aged عمري عمره عمرها 3omri").split())
_TWO_YEARS = frozenset(("سنتين", "عامين", "snitin", "3amin"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A code of a dimension, its names by language, and the words for it, in any spelling."""

    dimension: str
    code: str
    names: dict[Language, str]
    words: tuple[str, ...]


@cache
def answers() -> dict[tuple[str, str], Answer]:
    """Return all answers by dimension and code."""
    by_code: dict[tuple[str, str], Answer] = {}
    table = DATA.read_text("utf-8")
    for line in table.splitlines():
        dimension, code, english, arabic, listed = line.split("\t")
        names: dict[Language, str] = {"en": english, "ar": arabic}
        phrases = tuple(listed.split("|"))
        answer = Answer(dimension, code, names, phrases)
        by_code[dimension, code] = answer
    return by_code


def name(
    dimension: str,
    code: str,
    language: Language,
) -> str:
    """Name a code in a language: a skill that is offered has the name of the skill."""
    if dimension == "years":
        return _band_name(code)
    kind = OFFERED if dimension == "volunteer" else dimension
    by_code = answers()
    answer = by_code.get((kind, code))
    if answer is None:
        return code
    return answer.names[language]


def _band_name(code: str) -> str:
    """Name a band of years: "5–9", "10+"."""
    first, _, last = code.partition("-")
    if not last:
        return f"{first}+"
    return f"{first}–{last}"


def band(years: int) -> str:
    """Return the band that a number of years abroad is in: "5-9", "10"."""
    for first, last in YEARS_BANDS:
        if last is None:
            return str(first)
        if years <= last:
            return f"{first}-{last}"
    raise AssertionError(years)


@dataclass(frozen=True, slots=True)
class Told:
    """What a text tells of a profile: codes by dimension, and the years abroad."""

    codes: dict[str, list[str]]
    years: int | None

    def __bool__(self) -> bool:
        """Whether the text tells anything."""
        return bool(self.codes) or self.years is not None


def read(text: str) -> Told:
    """Read what somebody tells of their work, study, skills, languages and years abroad."""
    tokens = _folded(text)
    codes: dict[str, list[str]] = {}
    is_offer = False
    at = 0
    while at < len(tokens):
        length, named = _named_at(tokens, at)
        for dimension, code in named:
            kind = dimension
            if is_offer and dimension == OFFERED:
                kind = "volunteer"
            listed = codes.setdefault(kind, [])
            if code not in listed:
                listed.append(code)
        if _is_offer(tokens[at]):
            is_offer = True
        step = max(length, 1)
        at += step
    years = _years(text)
    return Told(codes, years)


def _named_at(
    tokens: list[str],
    at: int,
) -> tuple[int, list[tuple[str, str]]]:
    """Return the codes whose longest name begins at a word, and how many words it has."""
    names = _names()
    for length in range(MAX_NAME_WORDS, 0, -1):
        window = tokens[at : at + length]
        if len(window) < length:
            continue
        first, *others = window
        for reading in _readings(first):
            phrase = " ".join([reading, *others])
            if phrase in names:
                return length, names[phrase]
    return 0, []


def _readings(word: str) -> Iterator[str]:
    """Yield a word, and what remains of it without «و», «ال», «بال», «وال»."""
    yield word
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= MIN_STEM_LETTERS:
            yield rest


def _folded(text: str) -> list[str]:
    """Return the words of a text in one spelling."""
    return [word.folded for word in words(text)]


def _is_offer(word: str) -> bool:
    return any(reading in _OFFERS for reading in _readings(word))


def _years(text: str) -> int | None:
    """Return the years abroad that a text names; None for none, or for an absurd number."""
    tokens = words(text)
    folded = set(_folded(text))
    if folded & _AGE:
        return None
    if folded & _TWO_YEARS:
        return 2
    for numeral in numerals.find(tokens):
        end = numeral.end
        unit = tokens[end : end + 1]
        is_of_years = bool(unit) and unit[0].folded in _YEARS
        if is_of_years and numeral.number <= MAX_YEARS:
            return numeral.number
    return None


@cache
def _names() -> dict[str, list[tuple[str, str]]]:
    """Return the codes by each folded name; a name may say two things: nursing."""
    names: dict[str, list[tuple[str, str]]] = {}
    for key, answer in answers().items():
        for phrase in answer.words:
            name_words = _folded(phrase)
            folded = " ".join(name_words)
            names.setdefault(folded, [])
            names[folded].append(key)
    return names
