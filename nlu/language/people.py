"""People a person speaks of: relatives, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nlu.language import listings, numerals
from nlu.language.clitics import readings
from nlu.language.folding import Word, Words, is_arabic, spell
from nlu.language.index import DATA
from nlu.language.lexicon import listed
from nlu.language.numerals import HUNDRED, Numeral, Numerals

_ENDINGS = ("ي", "نا")  # my, our
_PEOPLE = listed("people")
_GROUP = listed("group")
_LINKS = listed("links")
_UNITS = listed("units")
_NOT_BEFORE = listed("not_before")
_WITH_ME = listed("with_me")
_SELF = listed("self")
_KINDS = listed("kinds")
_NOT_ALONE = listed("not_alone")
_JOINING = listed("joining")
_SEVERAL = listed("several")
_JOINED_AND = "و"
_JOINED_TO_GROUP = "ول"  # "and", "for"
_OF_US = ["of", "us"]
_ONE_PERSON = frozenset(("شخص", "person"))
_NEAR_WORDS = 2  # before and behind a number, that tell what it counts
# Participles, verbs and names of nations in the plural count people: محاصرين, راقدين, ينزفون,
# ليبيين, m7asrin.
_PLURALS = re.compile(r"(?:م\w{2,}|\wا\w{2,3})(?:ين|ون)|ي\w{3,}(?:ون|وا)|\w{2,}يين|m\w{3,}in")
_NO_PEOPLE = frozenset(
    ("مرتين", "مترين", "ميلين", "مليون", "ملايين", "ساعتين", "عامين", "martin", "milayin", "metrin")
)
_OUT_OF = frozenset(("من", "mn", "men", "of"))  # ثلاثة من الشباب
_MOST_ALONE = 20  # a higher number without a word for people is a fever or a price
_MAX_GAP_WORDS = 2  # between two numbers that are added


class Count(NamedTuple):
    """A number of people, and where the number stands in the text."""

    value: int
    text: str
    start: int
    end: int


# --- relatives ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _relatives() -> dict[str, str]:
    """Read which relative each folded name is."""
    relations: dict[str, str] = {}
    for relation, names in listings.read(DATA / "relatives.txt"):
        for name in listings.forms(names):
            for form in _forms(name):
                relations.setdefault(form, relation)
    return relations


def _forms(word: str) -> Iterator[str]:
    """Yield an Arabic noun as "my …", "our …" and "the …"; other words as they are."""
    if word.startswith("=") or not is_arabic(word):
        yield word.lstrip("=")
        return
    stem = word
    if word.endswith("ه"):
        stem = word.removesuffix("ه") + "ت"
    for ending in _ENDINGS:
        yield stem + ending
    if " " not in word:
        yield "ال" + word


def relative(name: str) -> str | None:
    """Tell which relative a folded name is (`mother`, `brother` …), or None."""
    return _relatives().get(name)


@lru_cache(maxsize=1)
def heads() -> frozenset[str]:
    """Return the first words of relatives of several words ("ولد عمي", "my boy")."""
    firsts: set[str] = set()
    for name in _relatives():
        first, space, _ = name.partition(" ")
        if space:
            firsts.add(first)
    return frozenset(firsts)


# --- counts ---------------------------------------------------------------------------------------


def count(said: Words, text: str) -> list[Count]:
    """Return the number of people a text gives: one count at most.

    "احنا خمسة" is 5; with "معايا زوجتي وثلاث صغار" the person and the wife are added: 5.
    """
    of_people = _numerals_of_people(said)
    if not of_people:
        return []
    first = of_people[0]
    start = numerals.start_of(said[first.at], text)
    last_word = said[first.end - 1]
    others = _others(said, text, of_people)
    total = Count(
        value=first.number + others,
        text=text[start : last_word.end],
        start=start,
        end=last_word.end,
    )
    return [total]


def _numerals_of_people(tokens: Words) -> Numerals:
    """List the numbers that count people."""
    of_people: list[Numeral] = []
    for numeral in numerals.find(tokens):
        if _is_of_people(tokens, numeral):
            of_people.append(numeral)
    return of_people


def _is_of_people(tokens: Words, numeral: Numeral) -> bool:
    """Tell whether a number counts people, by the two words before it and the two behind it."""
    folded = tokens[numeral.at].folded
    before = _before(tokens, numeral)
    after = _after(tokens, numeral)
    word_before = before[-1] if before else ""
    word_after = after[0] if after else ""
    if word_after in _UNITS:
        return False
    if numeral.number == 1:
        return word_after in _ONE_PERSON
    if folded == numerals.BOTH and word_before == "we":
        return True
    if folded == numerals.BOTH:
        return after == _OF_US
    if numerals.is_dual(folded) or _are_people(after):
        return True
    if numeral.number >= HUNDRED:
        return False
    if word_before in _NOT_BEFORE:
        return False
    if _is_of_group(before):
        return True
    return _is_alone(tokens, numeral)


def _before(tokens: Words, numeral: Numeral) -> list[str]:
    """List the folded words shortly before a number."""
    start = max(0, numeral.at - _NEAR_WORDS)
    return spell(tokens[start : numeral.at])


def _after(tokens: Words, numeral: Numeral) -> list[str]:
    """List the folded words shortly behind a number."""
    end = numeral.end + _NEAR_WORDS
    return spell(tokens[numeral.end : end])


def _are_people(after: list[str]) -> bool:
    """Tell whether the words after a number begin with people: "of us", "little kids", محاصرين."""
    if not after:
        return False
    if after == _OF_US:
        return True
    word = after[0]
    if word in _PEOPLE:
        return True
    if word not in _NO_PEOPLE and _PLURALS.fullmatch(word):
        return True
    if word in _KINDS or word in _OUT_OF:
        return after[-1] in _PEOPLE
    return False


def _is_of_group(before: list[str]) -> bool:
    """Tell whether the words before a number speak of us: احنا, ونحن, "family of"."""
    if not before:
        return False
    last = before[-1]
    if _is_group(last):
        return True
    return last in _LINKS and _is_group(before[0])


def _is_group(word: str) -> bool:
    """Tell whether a word says "we" or "family", also behind "and" or "for"."""
    if word in _GROUP:
        return True
    if word[0] not in _JOINED_TO_GROUP:
        return False
    return word[1:] in _GROUP


def _is_alone(tokens: Words, numeral: Numeral) -> bool:
    """Tell whether a text begins or ends with the only number in it, a small one."""
    if numeral.number > _MOST_ALONE:
        return False
    if numeral.at > 0 and not _ends_alone(tokens, numeral):
        return False
    number_count = 0
    for folded in spell(tokens):
        number = numerals.number_of(folded)
        if number is not None:
            number_count += 1
    return number_count == numeral.length


def _ends_alone(tokens: Words, numeral: Numeral) -> bool:
    """Tell whether a text ends with a number, and the word before it lets it count people."""
    if numeral.end < len(tokens):
        return False
    before = tokens[numeral.at - 1].folded
    return before not in _NOT_ALONE


def _others(
    tokens: Words,
    text: str,
    of_people: Numerals,
) -> int:
    """Count the people to add to the number, where the text lists who is with the speaker.

    They are the speaker and those named one by one.
    """
    first = of_people[0]
    company = _relative_count(tokens[: first.at], text)
    if _lists_company(tokens, first.at, company):
        listed_people = sum(numeral.number for numeral in of_people[1:])
        return 1 + company + listed_people
    if len(of_people) == 1:
        return 0
    second = of_people[1]
    if _is_sum(tokens, first.end, second.at):
        return second.number
    return 0


def _relative_count(tokens: Words, text: str) -> int:
    """Count the relatives that words name one by one."""
    company = 0
    for word in tokens:
        if _is_one_relative(word, text):
            company += 1
    return company


def _lists_company(
    tokens: Words,
    first: int,
    company: int,
) -> bool:
    """Tell whether the words before the first number list who is with the speaker.

    `company` is how many relatives they name one by one.
    """
    before = spell(tokens[:first])
    if not _WITH_ME.isdisjoint(before):
        return True
    for at, word in enumerate(before):
        if word in _SELF:
            return company > 0 or _is_joined(tokens, at, first)
    return False


def _is_sum(
    tokens: Words,
    after: int,
    second: int,
) -> bool:
    """Tell whether a second number adds people: "2 adults 3 children", «كبيرين وثلاث صغار».

    `after` is the word behind the first number, `second` the second number.
    """
    gap = second - after
    if gap == 0:
        last = tokens[after - 1].folded
        if not numerals.is_plain_dual(last):
            return False
        return tokens[second].folded.startswith(_JOINED_AND)
    if gap == 1 and tokens[after].folded in _PEOPLE:
        return True
    if gap > _MAX_GAP_WORDS:
        return False
    return _is_joined(tokens, after, second)


def _is_joined(
    tokens: Words,
    first: int,
    second: int,
) -> bool:
    """Tell whether nothing but "and", "my" and the like stands between two words."""
    between = spell(tokens[first + 1 : second])
    if between:
        return _JOINING.issuperset(between)
    return tokens[second].folded.startswith(_JOINED_AND)


def _is_one_relative(word: Word, text: str) -> bool:
    """Tell whether a word names one relative; several are counted by their number."""
    if word.folded in _SEVERAL:
        return False
    for reading in readings(word, text):
        relation = relative(reading.name)
        if relation not in {None, "family"}:
            return True
    return False
