"""Finding the name of somebody else: «خوي سالم الورفلي مفقود», "her name is Mariam"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
SAID_IN_TWO = frozenset({("his", "name"), ("her", "name"), ("their", "name"), ("the", "name")})
LINKS = listed("name_links")
CALLED = "called"  # "a friend called Omar"; in "they called" nobody is named
POSSESSORS = frozenset(("my", "our", "متاعي", "بتاعي", "the"))


def find(
    text: str,
    entities: Collection[Entity],
    told: Sequence[Statement],
) -> str | None:
    """Find the name of somebody else: after "his name is", after a relative, or standing alone."""
    tokens = words(text)
    starts = [*_after_saying(tokens), *_after_relatives(tokens, entities)]
    for start, is_said in starts:
        name = _name(text, tokens, start, is_said)
        if name:
            return name
    return _alone(told)


def _after_saying(tokens: Sequence[Word]) -> list[tuple[int, bool]]:
    """List the words that follow "his name is"."""
    starts: list[tuple[int, bool]] = []
    for number, word in enumerate(tokens):
        pair = (tokens[number - 1].folded, word.folded) if number else ("", "")
        if word.folded in SAID or pair in SAID_IN_TWO:
            starts.append((_behind_links(tokens, number + 1), True))
        elif word.folded == CALLED:
            starts.append((number + 1, False))
    return starts


def _behind_links(tokens: Sequence[Word], start: int) -> int:
    is_link = start < len(tokens) and tokens[start].folded in LINKS
    return start + MAX_WORDS_BEHIND if is_link else start


def _after_relatives(
    tokens: Sequence[Word],
    entities: Collection[Entity],
) -> list[tuple[int, bool]]:
    """List the words that follow a relative: «خوي سالم»."""
    starts: list[tuple[int, bool]] = []
    for entity in entities:
        if entity.entity != "relative":
            continue
        following = [number for number, word in enumerate(tokens) if word.start >= entity.end]
        if not following:
            continue
        first = following[0]
        is_possessor = tokens[first].folded in POSSESSORS
        starts.append((first + 1 if is_possessor else first, False))
    return starts


def _name(text: str, tokens: Sequence[Word], start: int, is_said: bool) -> str | None:
    """Take the name that begins at a word. `is_said`: it was said to be one, and may be strange."""
    name: list[Word] = []
    for word in tokens[start : start + MAX_NAME_WORDS]:
        is_cut = bool(name) and names.is_cut(text, name[-1], word)
        may_be_strange = is_said and _may_be_strange(text, word, not name)
        if is_cut or not (may_be_strange or _belongs(word, bool(name))):
            break
        name.append(word)
    while name and name[-1].folded in BONDS:
        name.pop()
    if not name:
        return None
    is_state = len(name) == 1 and name[0].folded in STATES
    return None if is_state and not is_said else text[name[0].start : name[-1].end]


def _may_be_strange(text: str, word: Word, is_first: bool) -> bool:
    """Tell whether a word after "his name is" may be a name that no list has."""
    is_plain = word.folded.isalpha() and not names.never(word)
    return is_plain and (is_first or text[word.start].isupper())


def _belongs(word: Word, is_behind: bool) -> bool:
    """Tell whether a word is a name, or a family name behind one: «الورفلي», "bin Ali"."""
    if names.never(word):
        return False
    if is_name(word.folded):
        return True
    is_family = is_arabic(word.folded) and word.folded.startswith("ال")
    return is_behind and (is_family or word.folded in BONDS)


def _alone(told: Sequence[Statement]) -> str | None:
    """Take a clause that is but a full name, or the full name that a clause begins with."""
    for statement in told:
        clause = statement.clause.text
        name = names.full(clause) or names.leading(clause)
        if name and len(name.split()) >= MIN_WORDS_AT_START:
            return name
    return None
