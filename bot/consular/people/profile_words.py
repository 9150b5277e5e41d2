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
    """A code of a dimension, and its names by language."""

    dimension: str
    code: str
    names: dict[Language, str]


@cache
def answers() -> dict[tuple[str, str], Answer]:
    """Return all answers by dimension and code."""
    by_code: dict[tuple[str, str], Answer] = {}
    for dimension, code, english, arabic, _words in _lines():
        by_code[dimension, code] = Answer(
            dimension,
            code,
            {"en": english, "ar": arabic},
        )
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
    answer = answers().get((kind, code))
    return code if answer is None else answer.names[language]


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
    tokens = [word.folded for word in words(text)]
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
        at += max(length, 1)
    years = _years(text)
    return Told(codes, years)


def _named_at(
    tokens: list[str],
    at: int,
) -> tuple[int, list[tuple[str, str]]]:
    """Return the codes whose longest name begins at a word, and how many words it has."""
    names = _names()
    for length in range(
        MAX_NAME_WORDS,
        0,
        -1,
    ):
        window = tokens[at : at + length]
        if len(window) < length:
            continue
        for first in _readings(window[0]):
            phrase = " ".join([first, *window[1:]])
            if phrase in names:
                return length, names[phrase]
    return 0, []


def _readings(word: str) -> Iterator[str]:
    """Yield a word, and what remains of it without «و», «ال», «بال», «وال»."""
    yield word
    for prefix in ("و", "ب", "ف", "ال", "وال", "بال", "فال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            yield word.removeprefix(prefix)


def _is_offer(word: str) -> bool:
    return any(reading in _OFFERS for reading in _readings(word))


def _years(text: str) -> int | None:
    """Return the years abroad that a text names; None for none, or for an absurd number."""
    tokens = words(text)
    folded = {token.folded for token in tokens}
    if folded & _AGE:
        return None
    if folded & _TWO_YEARS:
        return 2
    for numeral in numerals.find(tokens):
        unit = tokens[numeral.end : numeral.end + 1]
        is_of_years = bool(unit) and unit[0].folded in _YEARS
        if is_of_years and numeral.number <= MAX_YEARS:
            return numeral.number
    return None


@cache
def _names() -> dict[str, list[tuple[str, str]]]:
    """Return the codes by each folded name; a name may say two things: nursing."""
    names: dict[str, list[tuple[str, str]]] = {}
    for dimension, code, _english, _arabic, listed in _lines():
        for phrase in listed.split("|"):
            folded = " ".join(word.folded for word in words(phrase))
            names.setdefault(folded, []).append((dimension, code))
    return names


@cache
def _lines() -> list[tuple[str, str, str, str, str]]:
    lines: list[tuple[str, str, str, str, str]] = []
    for line in DATA.read_text("utf-8").splitlines():
        dimension, code, english, arabic, listed = line.split("\t")
        lines.append((dimension, code, english, arabic, listed))
    return lines
