"""Texts that introduce somebody and say nothing else: "I am Chad Haddad in Istanbul, 3 people".

What is a name in them is no place, no word of alarm and no relative, whatever else it means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import names, plain_rest
from bot.dialogue.name_words import (
    FULL_NAME_WORDS,
    PLACES,
    SAFETY,
    begins_place,
    ends_name,
    first_words,
    has_meaning,
    is_known,
    is_of_safety,
    is_place,
    may_be_name,
)
from nlu.language import exact, gazetteer, numbers
from nlu.language.folding import Word, fold, words
from nlu.language.gazetteer import Mention
from nlu.language.languages import detect
from nlu.language.lexicon import listed
from nlu.language.reading.names import is_capital, is_name
from nlu.language.reading.roles import FROM
from nlu.language.reading.statements import COMPANY_WORDS

SEPARATORS = re.compile(r"[\n/|,،;:]+|\s-\s")
HOME = "LY"  # where people are from who write from abroad
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
    return _beginning(text, is_name_asked) or _listed(text)


def _beginning(text: str, is_name_asked: bool) -> Introduction | None:
    """Find the name with which a text begins, or which its first words say to be one."""
    tokens = words(text)
    start = _after(GREETINGS, tokens, 0)
    opening = names.opening_length(tokens[start:])
    first = _after(TITLES, tokens, start + opening.length)
    name = first_words(text, tokens[first:])
    if not name or not may_be_name(text, name, opening.is_certain):
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


def _listed(text: str) -> Introduction | None:
    """Find the one name in a list of places and people, wherever it stands: "London, Yusuf, 2"."""
    names_told: list[Sequence[Word]] = []
    for part in _parts(text):
        name = _name_of_part(text, part)
        if name:
            names_told.append(name)
    if len(names_told) != 1:
        return None
    introduction = _introduction(text, names_told[0], is_said=False)
    if not _places_somebody(introduction.rest):
        return None
    greetings = [token for token in words(text) if token.folded in GREETINGS]
    if not plain_rest.is_plain(introduction.rest, greetings):
        return None
    return introduction


def _parts(text: str) -> list[list[Word]]:
    """Cut the words of a text at its commas and full stops."""
    parts: list[list[Word]] = []
    before: Word | None = None
    for token in words(text):
        if before is None or names.is_cut(text, before, token):
            parts.append([])
        parts[-1].append(token)
        before = token
    return parts


def _name_of_part(text: str, part: Sequence[Word]) -> Sequence[Word] | None:
    """Return the known name with which a part of a list begins, if nothing but company follows."""
    start = _after(GREETINGS | TITLES, part, 0)
    tokens = part[start:]
    name = _before_place(text, first_words(text, tokens))
    if not name or not _is_clear_name(text, name):
        return None
    behind = tokens[len(name) :]
    if not behind or ends_name(behind[0], ()):
        return name
    if not begins_place(text, behind[0]):
        return None
    count = _number_of_people(behind[1:])
    return name if count else None


def _before_place(text: str, name: Sequence[Word]) -> Sequence[Word]:
    """Take the words of a name before one that is a place and no name: «وليد تونس 3»."""
    mentions = gazetteer.find(text)
    for position, token in enumerate(name):
        if position == 0 or is_name(token.folded):
            continue
        if is_place(token, mentions):
            return name[:position]
    return name


def _is_clear_name(text: str, name: Sequence[Word]) -> bool:
    """Tell whether words are a name, and neither a place nor how somebody is."""
    first = name[0]
    if not is_name(first.folded) or is_of_safety(first):
        return False
    if is_place(first, gazetteer.find(text)):
        return False
    return may_be_name(text, name, is_certain=False)


def _places_somebody(rest: str) -> bool:
    """Tell whether a text names a place."""
    return bool(_places(rest))


def _places(text: str) -> list[Mention]:
    """List the places that a text names."""
    mentions = gazetteer.find(text)
    return [mention for mention in mentions if mention.entity in PLACES]


def _introduction(
    text: str,
    name: Sequence[Word],
    is_said: bool,
) -> Introduction:
    beginning = name[0].start
    end = name[-1].end
    rest = _blanked(text, beginning, end)
    origin = _origin(text, end)
    if origin:
        rest = _blanked(rest, end, origin.end)
    if not is_said and _goes_on_with_company(text, end):
        rest = _with_pronoun(rest, beginning, end)
    return Introduction(text[beginning:end], rest, is_said)


def _blanked(
    text: str,
    start: int,
    end: int,
) -> str:
    blanks = " " * (end - start)
    return text[:start] + blanks + text[end:]


def _origin(text: str, end: int) -> Mention | None:
    """Find the place right behind a name that says where somebody is from: «خالد من بنغازي».

    "From London" says where somebody writes from, unless they also say where they are.
    """
    following = words(text[end:])
    if len(following) < FULL_NAME_WORDS or following[0].folded not in FROM:
        return None
    start = end + following[1].start
    places = _places(text)
    behind = [place for place in places if place.start >= start]
    if not behind or behind[0].start != start:
        return None
    is_at_home = str(behind[0].value).startswith(HOME)
    return behind[0] if is_at_home or len(behind) > 1 else None


def _goes_on_with_company(text: str, end: int) -> bool:
    """Tell whether "and" or "with" stands right behind a name: "Nadia and two kids"."""
    following = words(text[end:])
    return bool(following) and following[0].folded in COMPANY_WORDS


def _with_pronoun(
    rest: str,
    start: int,
    end: int,
) -> str:
    """Put "I" where the name stood: whoever writes is one of those who are counted."""
    pronoun = "I" if rest.isascii() else "انا"
    if end - start < len(pronoun):
        return rest
    written = pronoun.ljust(end - start)
    return rest[:start] + written + rest[end:]


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


def _says_how(
    text: str,
    opening: Sequence[Word],
    name: Sequence[Word],
) -> bool:
    """Tell whether a lone name is a word for how somebody is: «أنا سالم»."""
    if len(name) > 1:
        return all(map(has_meaning, name))
    word = name[0].folded
    phrase = " ".join(token.folded for token in [*opening, *name])
    if exact.match(word) or exact.match(phrase):
        return True
    if word in SAFETY:
        return True
    if is_capital(name, text):
        return False
    return has_meaning(name[0]) or detect(word) == "en"


def _stands_alone(
    text: str,
    name: Sequence[Word],
    tokens: Sequence[Word],
    is_name_asked: bool,
) -> bool:
    """Tell whether a name that nothing introduces is one: of two words, before a comma or "in"."""
    if len(name) < FULL_NAME_WORDS:
        return _heads_list(text, name, tokens, is_name_asked)
    if len(tokens) == len(name):
        return is_name_asked
    following = tokens[len(name)]
    is_cut = names.is_cut(text, name[-1], following)
    if not is_cut and not begins_place(text, following):
        return False
    strange = [token for token in name if not is_known(token)]
    if not strange:
        return True
    if is_cut and len(strange) == 1:
        return True
    return is_capital(name, text)


def _heads_list(
    text: str,
    name: Sequence[Word],
    tokens: Sequence[Word],
    is_name_asked: bool,
) -> bool:
    """Tell whether one known name stands before a comma and a place: "Ahmed, Istanbul, 4".

    Where we asked for a name, "from" and the like may follow at once: «هدى من درنة».
    """
    if not name or len(tokens) == len(name):
        return False
    if not _is_clear_name(text, name):
        return False
    following = tokens[1]
    if is_name_asked and following.folded in plain_rest.ENDS:
        return True
    is_cut = names.is_cut(text, name[0], following)
    return is_cut and begins_place(text, following)


def number(rest: str) -> int | None:
    """Read how many people stand between commas, in a text that does not say "we": «القاهرة، 5»."""
    for part in SEPARATORS.split(rest):
        count = _number_of_people(words(part)) or _number_behind_place(part)
        if count is not None:
            return count
    return None


def _number_behind_place(part: str) -> int | None:
    """Read one digit right behind a place, with which a text ends: "Tunis 3", not "Paris 13"."""
    places = _places(part)
    if not places:
        return None
    end = places[-1].end
    rest = part[end:]
    if len(rest.strip()) != 1:
        return None
    return _number_of_people(words(rest))


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
