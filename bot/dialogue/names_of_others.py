"""Finding the name of somebody else: «خوي سالم الورفلي مفقود», "her name is Mariam"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from bot.dialogue import names
from bot.messages import Entity
from nlu.language.folding import Word, is_arabic, words
from nlu.language.lexicon import listed
from nlu.language.reading.names import BONDS, is_name
from nlu.language.reading.statements import Statement

MAX_NAME_WORDS = 4
MIN_WORDS_AT_START = 2  # one name at the beginning may be that of whoever is spoken to
MAX_WORDS_BEHIND = 1  # between "her name" and the name: "is", "was"
# Names that are words of every message as well: after a relative they say how they are.
STATES = listed("states_like_names")
SAID = listed("named_as")
SAID_IN_TWO = frozenset(
    {
        ("his", "name"),
        ("her", "name"),
        ("their", "name"),
        ("the", "name"),
    }
)
LINKS = listed("name_links")
CALLED = "called"  # "a friend called Omar"; in "they called" nobody is named
POSSESSORS = frozenset(("my", "our", "متاعي", "بتاعي", "the"))


class Start(NamedTuple):
    """Where a name may begin: the place of a word, and whether it was said to be a name."""

    place: int
    is_said: bool


def find(
    text: str,
    entities: Collection[Entity],
    statements: Sequence[Statement],
) -> str | None:
    """Find the name of somebody else: after "his name is", after a relative, or standing alone."""
    tokens = words(text)
    starts = [*_after_saying(tokens), *_after_relatives(tokens, entities)]
    for start in starts:
        name = _name(text, tokens, start)
        if name:
            return name
    return _alone(statements)


def _after_saying(tokens: Sequence[Word]) -> Iterator[Start]:
    """Yield the words that follow "his name is"."""
    before = ""
    for number, word in enumerate(tokens):
        pair = (before, word.folded)
        before = word.folded
        following = number + 1
        if word.folded in SAID or pair in SAID_IN_TWO:
            place = _behind_links(tokens, following)
            yield Start(place, is_said=True)
        elif word.folded == CALLED:
            yield Start(following, is_said=False)


def _behind_links(tokens: Sequence[Word], start: int) -> int:
    """Pass over "is" or "was"."""
    is_link = start < len(tokens) and tokens[start].folded in LINKS
    if not is_link:
        return start
    return start + MAX_WORDS_BEHIND


def _after_relatives(
    tokens: Sequence[Word],
    entities: Collection[Entity],
) -> Iterator[Start]:
    """Yield the words that follow a relative: «خوي سالم»."""
    for entity in entities:
        if entity.entity != "relative":
            continue
        place = _place_after(tokens, entity)
        if place is None:
            continue
        if tokens[place].folded in POSSESSORS:
            place += 1
        yield Start(place, is_said=False)


def _place_after(tokens: Sequence[Word], entity: Entity) -> int | None:
    """Return the place of the first word behind an entity."""
    for place, word in enumerate(tokens):
        if word.start >= entity.end:
            return place
    return None


def _name(
    text: str,
    tokens: Sequence[Word],
    start: Start,
) -> str | None:
    """Take the name that begins at a word; one that was said to be a name may be strange."""
    name: list[Word] = []
    for word in tokens[start.place : start.place + MAX_NAME_WORDS]:
        if name and names.is_cut(text, name[-1], word):
            break
        may_be_strange = start.is_said and _may_be_strange(text, word, not name)
        if not may_be_strange and not _belongs(word, bool(name)):
            break
        name.append(word)
    while name and name[-1].folded in BONDS:
        name.pop()
    if not name:
        return None
    if not start.is_said and _is_state(name):
        return None
    return text[name[0].start : name[-1].end]


def _is_state(name: Sequence[Word]) -> bool:
    """Tell whether a lone word says how somebody is."""
    return len(name) == 1 and name[0].folded in STATES


def _may_be_strange(
    text: str,
    word: Word,
    is_first: bool,
) -> bool:
    """Tell whether a word after "his name is" may be a name that no list has."""
    if not word.folded.isalpha() or names.never(word):
        return False
    return is_first or text[word.start].isupper()


def _belongs(word: Word, is_behind: bool) -> bool:
    """Tell whether a word is a name, or a family name behind one: «الورفلي», "bin Ali"."""
    if names.never(word):
        return False
    if is_name(word.folded):
        return True
    if not is_behind:
        return False
    is_family = is_arabic(word.folded) and word.folded.startswith("ال")
    return is_family or word.folded in BONDS


def _alone(statements: Sequence[Statement]) -> str | None:
    """Take a clause that is but a full name, or the full name that a clause begins with."""
    for statement in statements:
        clause = statement.clause.text
        name = names.full(clause) or names.leading(clause) or ""
        if len(name.split()) >= MIN_WORDS_AT_START:
            return name
    return None
