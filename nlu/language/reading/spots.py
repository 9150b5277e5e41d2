"""Places that no gazetteer knows, in the writer's words: a camp, a village, "block 8", a school.

They are heard after "I am in", and as the answer to "where are you?": never a whole sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nlu.language import listings, numbers, people
from nlu.language.folding import Word, Words, fold, spell, words
from nlu.language.listings import WordLists
from nlu.language.meanings import meanings
from nlu.language.reading import excerpts, names, phrases

DATA = Path(__file__).with_name("spots.txt")
MAX_WORDS = 10
MAX_STRANGE_WORDS = 3  # of a name without "street", "camp" or a number
MAX_NAME_WORDS = 4  # of a name that a noun ends: "Wad Elnour village"
MAX_CHARS = 80
MIN_LETTERS = 3  # of a name alone, and different ones of all its words: «همم» is none
ENDING_JOINED = frozenset(fold("معايا معاي معي معانا معنا").split())  # after "and"
ARTICLE = "ال"
LATIN_ARTICLES = ("el", "al")
JOINED_INSIDE = "بف"
JOINED_AND = "و"
LINKING = frozenset(("من", "of", "the", "و", "and", "w"))
SENTENCE_ENDS = frozenset(".!?؟؛;\n")
QUESTION_MARKS = ("?", "؟")
EDGES = " \t\n.,،;؛:!-()\"'«»"
Span = tuple[int, int]
Spans = Sequence[Span]
# What a sentence has, and no name of a place.
SPOKEN = (
    "missing",
    "held",
    "hurt",
    "dead",
    "danger",
    "well",
    "household",
    "want",
    "wanting",
    "cry",
    "asking",
    "not",
    "i",
    "we",
    "third",
    "agree",
    "refuse",
    "wrong",
    "no_call",
    "going",
    "leaving",
    "past",
    "former",
    "not_in",
    "born",
    "later",
)
GRAVE = ("missing", "held", "hurt", "dead", "danger", "cry", "asking", "agree", "refuse")


class Opening(NamedTuple):
    """How a text opens: the words after it, and whether it says that the writer is in there."""

    rest: list[Word]
    is_told: bool


def told(
    text: str,
    start: int,
    end: int,
    named: Spans = (),
) -> str | None:
    """Read the place after "I am in" in a clause, `text[start:end]`; None where there is none.

    `named` are the places of the gazetteer in it.
    """
    tokens = excerpts.between(words(text), start, end)
    opening = _open(tokens)
    if not opening.is_told:
        return None
    rest = _until_ending(text, opening.rest)
    return _described(
        text,
        rest,
        named,
        is_asked=False,
    )


def answer(text: str, named: Spans = ()) -> str | None:
    """Read the place of an answer to "where are you?"; None for a sentence about something else."""
    opening = _open(words(text))
    return _described(
        text,
        opening.rest,
        named,
        is_asked=True,
    )


def may_be_anywhere(description: str) -> bool:
    """Tell whether a description is of a camp, a village and the like, in any part of a country.

    A street, a hotel or a name that nobody knows is where the writer was.
    """
    forms: set[str] = set()
    for folded in spell(words(description)):
        forms.add(folded)
        bare = folded.removeprefix(ARTICLE)
        forms.add(bare)
    lists = _lists()
    if forms & lists["within"]:
        return False
    return bool(forms & lists["anywhere"])


# --- descriptions ---------------------------------------------------------------------------------


def _described(
    text: str,
    tokens: Words,
    named: Spans,
    is_asked: bool,
) -> str | None:
    """Return the words of a description as typed, without the places that are known."""
    own = _own_words(tokens, named)
    if not own:
        return None
    is_description = _is_description(
        text,
        own,
        has_name=bool(named),
        is_asked=is_asked,
    )
    if not is_description:
        return None
    typed = _without_names(text, own, named)
    spaced = " ".join(typed.split())
    description = spaced.strip(EDGES)
    if not description or len(description) > MAX_CHARS:
        return None
    return description


def _own_words(tokens: Words, named: Spans) -> list[Word]:
    """List the words of no known place, without the small ones at both ends."""
    own: list[Word] = []
    for word in tokens:
        is_leading = not own and _is_small(word)
        if not is_leading and not _is_in(word, named):
            own.append(word)
    while own and _is_small(own[-1]):
        own.pop()
    return own


def _without_names(
    text: str,
    own: Words,
    named: Spans,
) -> str:
    """Cut the places that are known out of what was typed from the first word to the last."""
    opening = own[0].start
    typed = text[opening : own[-1].end]
    for start, end in sorted(named, reverse=True):
        if opening < start < own[-1].end:
            before = typed[: start - opening]
            behind = typed[end - opening :]
            typed = before + behind
    return typed


def _is_description(
    text: str,
    own: Words,
    has_name: bool,
    is_asked: bool,
) -> bool:
    if len(own) > MAX_WORDS:
        return False
    if _is_question(text):
        return False
    others = [word for word in own if not _is_noun(word)]
    is_evident = len(others) < len(own)
    if is_evident:
        if phrases.has_any(GRAVE, others):
            return False
        is_enough = is_asked or len(own) > 1
        return is_enough and _is_like_name(own)
    if phrases.has_any(SPOKEN, others):
        return False
    if has_name and not is_asked:
        return False
    return _is_strange_name(own)


def _is_like_name(own: Words) -> bool:
    """Tell whether a noun of a place opens words or ends a few: «أنام في المسجد» is a sentence."""
    first = _first_noun(own)
    if first == 0:
        return True
    if first == 1:
        return not _is_listed(own[0], "inside")
    if len(own) > MAX_NAME_WORDS:
        return False
    return not any(map(_is_small, own))


def _first_noun(own: Words) -> int:
    """Return where the first noun of a place stands; there is one."""
    first = 0
    while not _is_noun(own[first]):
        first += 1
    return first


def _is_strange_name(own: Words) -> bool:
    """Tell whether words that mean nothing here may be the name of a village."""
    if len(own) > MAX_STRANGE_WORDS:
        return False
    letters: set[str] = set()
    for word in own:
        letters.update(word.folded)
        if not _is_strange(word):
            return False
    if len(letters) < MIN_LETTERS:
        return False
    return not all(map(_is_of_person, own))


# --- the beginning and the end --------------------------------------------------------------------


def _open(tokens: Words) -> Opening:
    """Take "I am in" off the beginning."""
    rest = list(tokens)
    while rest and _is_of_writer(rest[0]):
        rest.pop(0)
    has_writer = len(rest) < len(tokens)
    if not rest:
        return Opening(rest, is_told=False)
    first, *behind = rest
    if _is_listed(first, "inside"):
        return Opening(behind, has_writer)
    if _is_joined(first):
        noun = _without_first_letter(first)
        return Opening([noun, *behind], has_writer)
    return Opening(rest, is_told=False)


def _until_ending(text: str, tokens: Words) -> list[Word]:
    """Take the words up to the end of the sentence, or to "with my family" and the like."""
    place_words: list[Word] = []
    for word in tokens:
        if place_words and _ends_place(text, place_words[-1], word):
            break
        place_words.append(word)
    return place_words


def _ends_place(
    text: str,
    before: Word,
    word: Word,
) -> bool:
    """Tell whether a word belongs no more to the place."""
    if _is_listed(word, "ending"):
        return True
    if word.folded.removeprefix(JOINED_AND) in ENDING_JOINED:
        return True
    between = text[before.end : word.start]
    return not SENTENCE_ENDS.isdisjoint(between)


def _is_question(text: str) -> bool:
    return text.rstrip().endswith(QUESTION_MARKS)


# --- words ----------------------------------------------------------------------------------------


def _is_of_writer(word: Word) -> bool:
    """Tell whether a word is "I" or "am"."""
    if _is_listed(word, "writer"):
        return True
    return _is_listed(word, "being")


def _is_joined(word: Word) -> bool:
    """Tell whether "in" is written together with the noun of a place: «بفندق»."""
    if word.folded[0] not in JOINED_INSIDE:
        return False
    return _is_noun(_without_first_letter(word))


def _without_first_letter(word: Word) -> Word:
    return Word(
        folded=word.folded[1:],
        start=word.start + 1,
        end=word.end,
    )


def _is_noun(word: Word) -> bool:
    """Tell whether a word is a noun of a place: "camp", "school"."""
    if _is_noun_form(word.folded):
        return True
    bare = word.folded.removeprefix(ARTICLE)
    for article in LATIN_ARTICLES:
        bare = bare.removeprefix(article)
    return _is_noun_form(bare)


def _is_noun_form(folded: str) -> bool:
    lists = _lists()
    return folded in lists["within"] or folded in lists["anywhere"]


def _is_small(word: Word) -> bool:
    return word.folded in LINKING or _is_listed(word, "inside")


def _is_strange(word: Word) -> bool:
    """Tell whether a word means nothing to this service: it may be the name of a village."""
    folded = word.folded
    if folded.isdigit() or _is_listed(word, "joining"):
        return True
    if _is_nowhere(folded) or people.relative(folded):
        return False
    if len(folded) < MIN_LETTERS or phrases.has("known", [word]):
        return False
    return not meanings([folded])


def _is_nowhere(folded: str) -> bool:
    """Tell whether a word says that there is no place, with an article or without."""
    nowhere = _lists()["nowhere"]
    return folded in nowhere or folded.removeprefix(ARTICLE) in nowhere


def _is_of_person(word: Word) -> bool:
    """Tell whether a word is a name of people, or a number."""
    folded = word.folded
    if folded.isdigit() or names.is_name(folded):
        return True
    return numbers.value(folded) is not None


def _is_in(word: Word, spans: Spans) -> bool:
    return any(word.overlaps(*span) for span in spans)


def _is_listed(word: Word, name: str) -> bool:
    return word.folded in _lists()[name]


@lru_cache(maxsize=1)
def _lists() -> WordLists:
    return listings.word_lists(DATA)
