"""Texts that introduce somebody and say nothing else: "I am Chad Haddad in Istanbul, 3 people".

What is a name in them is no place, no word of alarm and no relative, whatever else it means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import names, plain_rest
from nlu.language import exact, gazetteer, numbers
from nlu.language.folding import Word, fold, is_arabic, words
from nlu.language.gazetteer import Mention
from nlu.language.languages import detect
from nlu.language.lexicon import listed
from nlu.language.meanings import meanings
from nlu.language.reading import phrases
from nlu.language.reading.names import is_capital, is_name
from nlu.language.reading.statements import Matter

SEPARATORS = re.compile(r"[\n/|,،;:]+|\s-\s")
FULL_NAME_WORDS = 2
MANY_STRANGE = 2  # words that no list of names has
MAX_WORDS = 5  # of a name
PLACES = frozenset({"city", "country"})
GREETINGS = frozenset(
    fold(
        "السلام عليكم ورحمة الله وبركاته سلام مرحبا مرحبتين اهلا هلا صباح الخير مساء النور hi "
        "ok okay yes yeah sure نعم ايه اي ايوه طيب باهي باهيه اوكي behi tayeb "
        "hello hey dear sir salam salamu assalam alaikum alaykum alikom slm good morning evening"
    ).split()
)
TITLES = frozenset(
    fold("السيدة الحاج الحاجة الدكتور الدكتورة دكتور دكتورة المهندس mr mrs ms miss dr eng").split()
)
PEOPLE = listed("people") | frozenset(fold("شخص فرد نفر person persons people").split())
# Words that are in no name, whatever comes before them.
GRAVE = (
    "danger",
    "held",
    "hurt",
    "dead",
    "missing",
    "care",
    "cry",
    "want",
    "wanting",
    "not",
)
# Names that mean "safety": "ana aman".
SAFETY = frozenset(fold("aman amaan امان سلامه salama").split())
# Prepositions that are names, too: «أنا خلف الباب».
BESIDE = frozenset(fold("خلف قرب بعد قبل حول امام جنب وسط ورا تحت فوق عند").split())


@dataclass(frozen=True, slots=True)
class Introduction:
    """The name of the writer, and the text with blanks in its place.

    `is_said`: words before it say that it is the writer's.
    """

    name: str
    rest: str
    is_said: bool


def read(text: str, is_name_asked: bool = False) -> Introduction | None:
    """Find the name in a text that is an introduction and nothing else.

    `is_name_asked`: we asked for a name, and the text may be but one.
    """
    tokens = words(text)
    start = _after(GREETINGS, tokens, 0)
    opening = names.opening_length(tokens[start:])
    first = _after(TITLES, tokens, start + opening.length)
    name = _name(text, tokens[first:])
    if not name or not _may_be_name(text, name, opening.is_certain):
        return None
    if opening.length == 0:
        is_name = _stands_alone(text, name, tokens[first:], is_name_asked)
    else:
        is_name = opening.is_certain or not _says_how(text, tokens[start:first], name)
    if not is_name:
        return None
    introduction = _introduction(text, name, is_said=opening.length > 0)
    if not plain_rest.is_plain(introduction.rest, tokens[:first]):
        return None
    return introduction


def _introduction(
    text: str,
    name: Sequence[Word],
    is_said: bool,
) -> Introduction:
    beginning = name[0].start
    end = name[-1].end
    blanks = " " * (end - beginning)
    rest = text[:beginning] + blanks + text[end:]
    return Introduction(text[beginning:end], rest, is_said)


def _after(
    skipped: frozenset[str],
    tokens: Sequence[Word],
    start: int,
) -> int:
    """Return the place of the first word that is none of these."""
    place = start
    while place < len(tokens) and tokens[place].folded in skipped:
        place += 1
    return place


def _name(text: str, tokens: Sequence[Word]) -> list[Word]:
    """Take the words up to a comma, a preposition, a number or a relative."""
    mentions = gazetteer.find(text)
    name: list[Word] = []
    for token in tokens[:MAX_WORDS]:
        if name and names.is_cut(text, name[-1], token):
            break
        if _ends_name(token, mentions):
            break
        if len(name) >= FULL_NAME_WORDS and _is_place(token, mentions):
            break
        name.append(token)
    return name


def _ends_name(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is in no name: a preposition, a number, a relative."""
    if token.folded in plain_rest.ENDS or not token.folded.isalpha():
        return True
    return _is_other(token, mentions)


def _is_other(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is a relative, a number, or has "and" or "in" written before it."""
    if is_name(token.folded):
        return False
    if _has_and(token.folded):
        return True
    for mention in mentions:
        if not token.start <= mention.start < token.end:
            continue
        if mention.entity not in PLACES or mention.start > token.start:
            return True
    return False


def _has_and(folded: str) -> bool:
    """Tell whether "and" is written before an Arabic word."""
    return is_arabic(folded) and folded.startswith("و") and len(folded) > 1


def _may_be_name(
    text: str,
    name: Sequence[Word],
    is_certain: bool,
) -> bool:
    """Tell whether each word is a known name, a place as in "Chad Haddad", or means nothing."""
    mentions = gazetteer.find(text)
    strange = [token for token in name if not is_name(token.folded)]
    has_known = len(strange) < len(name)
    for token in strange:
        if token.folded in names.NO_NAMES:
            return False
        is_harmless = has_known and is_certain and not _is_grave(token)
        if is_harmless or _is_place(token, mentions):
            continue
        if meanings([token.folded]):
            return False
    if is_certain:
        return True
    return has_known and _is_written_as_name(text, name, strange)


def _is_written_as_name(
    text: str,
    name: Sequence[Word],
    strange: Sequence[Word],
) -> bool:
    """Tell whether words that nothing says to be a name are one: «أنا خلف الستارة» is none."""
    if any(token.folded in names.NO_NAMES | BESIDE for token in name):
        return False
    if any(map(_is_thing, strange)):
        return False
    return len(strange) < MANY_STRANGE or is_capital(name, text)


def _is_thing(token: Word) -> bool:
    """Tell whether an Arabic word has an article and is no family's name."""
    return token.folded.startswith("ال") and not _is_family(token)


def _is_grave(token: Word) -> bool:
    """Tell whether a word says that something is wrong, wanted or denied."""
    return any(phrases.has(kind, [token]) for kind in GRAVE)


def _is_place(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is the first of a place's name."""
    for mention in mentions:
        is_place = mention.entity in PLACES
        if is_place and mention.start == token.start:
            return True
    return False


def _says_how(
    text: str,
    opening: Sequence[Word],
    name: Sequence[Word],
) -> bool:
    """Tell whether a lone name is a word for how somebody is: «أنا سالم»."""
    if len(name) > 1:
        return all(map(_has_meaning, name))
    word = name[0].folded
    phrase = " ".join(token.folded for token in [*opening, *name])
    if exact.match(word) or exact.match(phrase):
        return True
    if word in SAFETY:
        return True
    if is_capital(name, text):
        return False
    return _has_meaning(name[0]) or detect(word) == "en"


def _has_meaning(token: Word) -> bool:
    """Tell whether a word says how somebody is, or anything else."""
    if phrases.has(Matter.WELL.value, [token]):
        return True
    return bool(meanings([token.folded]))


def _stands_alone(
    text: str,
    name: Sequence[Word],
    tokens: Sequence[Word],
    is_name_asked: bool,
) -> bool:
    """Tell whether a name that nothing introduces is one: of two words, before a comma or "in"."""
    if len(name) < FULL_NAME_WORDS:
        return _heads_list(text, name, tokens)
    if len(tokens) == len(name):
        return is_name_asked
    following = tokens[len(name)]
    is_cut = names.is_cut(text, name[-1], following)
    if not is_cut and not _begins_place(text, following):
        return False
    strange = [token for token in name if not _is_known(token)]
    if not strange:
        return True
    if is_cut and len(strange) == 1:
        return True
    return is_capital(name, text)


def _heads_list(
    text: str,
    name: Sequence[Word],
    tokens: Sequence[Word],
) -> bool:
    """Tell whether one known name stands before a comma and a place: "Ahmed, Istanbul, 4"."""
    if not name or len(tokens) == len(name):
        return False
    first = name[0]
    following = tokens[1]
    if not is_name(first.folded) or _is_place(first, gazetteer.find(text)):
        return False
    if _is_of_safety(first):
        return False
    return names.is_cut(text, first, following) and _begins_place(text, following)


def _is_of_safety(token: Word) -> bool:
    """Tell whether a name says how somebody is, too: «سالم، طرابلس»."""
    if token.folded in SAFETY or exact.match(token.folded):
        return True
    return phrases.has(Matter.WELL.value, [token])


def _begins_place(text: str, token: Word) -> bool:
    """Tell whether a word is the name of a place, or "in"."""
    return token.folded in plain_rest.ENDS or _is_place(token, gazetteer.find(text))


def _is_known(token: Word) -> bool:
    return is_name(token.folded) or _is_family(token)


def _is_family(token: Word) -> bool:
    """Tell whether an Arabic word is written as the name of a family is: «المصراتي»."""
    return token.folded.startswith("ال") and token.folded.endswith("ي")


def number(rest: str) -> int | None:
    """Read how many people stand between commas, in a text that does not say "we": «القاهرة، 5»."""
    for part in SEPARATORS.split(rest):
        count = _number_of_people(words(part))
        if count is not None:
            return count
    return None


def _number_of_people(tokens: Sequence[Word]) -> int | None:
    """Read the one number among some words, if the others mean people."""
    counts: list[int] = []
    for token in tokens:
        count = numbers.value(token.folded)
        if count:
            counts.append(count)
        elif token.folded not in PEOPLE:
            return None
    if len(counts) != 1:
        return None
    return counts[0]
