"""Names of people and places: those of names.txt and names_latin.txt, and what is like a name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from nlu.language import listings
from nlu.language.folding import Word, Words, fold, is_arabic, spell
from nlu.language.listings import WordLists
from nlu.language.meanings import meanings
from nlu.language.skeleton import skeleton

FOLDER = Path(__file__).parent
FILES = ("names.txt", "names_latin.txt")
PLACES_FILE = "names_of_places.txt"
MIN_CODE_LETTERS = 4  # consonants of a name that is known in Latin letters, too
PLACE_WORDS = 2  # "Aman street"
MAX_PLACE_WORDS = 4  # "Rue de la Paix"
MAX_PERSON_WORDS = 3
ARTICLE = "ال"
THANKS = "الحمد"
BONDS = frozenset(("بن", "ابن", "بنت", "ابو", "ben", "bin", "ibn", "bint", "abu", "abou"))


def is_name(folded: str) -> bool:
    """Tell whether a folded word is a given or family name."""
    if folded in _names():
        return True
    if is_arabic(folded):
        return False
    code = skeleton(folded)
    if len(code) < MIN_CODE_LETTERS:
        return False
    return code in _codes()


def is_of_place(tokens: Words, text: str) -> bool:
    """Tell whether two words are the name of a street, a quarter or the like: «حي السلام».

    `text` is what the words come from: "Hurt Street" is a name as names are written, "aman street"
    as Aman is a name.
    """
    if len(tokens) != PLACE_WORDS or not _has_place_word(tokens):
        return False
    first, second = tokens
    name = first if _stands(second, "after") else second
    if is_name(name.folded):
        return True
    if not is_arabic(name.folded):
        return is_capital(tokens, text)
    if _is_thanks(name):
        return False
    return _is_definite(name)


def is_like_place(tokens: Words) -> bool:
    """Tell whether words may be the name of a street or the like: "rue de la paix"."""
    if not 1 < len(tokens) <= MAX_PLACE_WORDS:
        return False
    if not _has_place_word(tokens):
        return False
    return all(map(_may_be_in_place, tokens))


def _may_be_in_place(word: Word) -> bool:
    """Tell whether a word may belong to the name of a place: it means nothing else."""
    if _stands(word, "never"):
        return False
    for position in ("before", "after", "between"):
        if _stands(word, position):
            return True
    return not _means_something(word)


def _has_place_word(tokens: Words) -> bool:
    if _stands(tokens[0], "before"):
        return True
    return _stands(tokens[-1], "after")


def _stands(word: Word, position: str) -> bool:
    """Tell whether a word stands before or after the name of a place, or never within one."""
    listed = _place_words()[position]
    return word.folded in listed


def _is_definite(word: Word) -> bool:
    return word.folded.startswith(ARTICLE)


def _is_thanks(word: Word) -> bool:
    """Tell whether a word is a thanksgiving: «حي الحمدلله» is somebody alive."""
    return word.folded.startswith(THANKS)


def _means_something(word: Word) -> bool:
    """Tell whether this service knows a meaning of a word."""
    return bool(meanings([word.folded]))


def is_written_as_person(tokens: Words, text: str) -> bool:
    """Tell whether words are a name by their form: «عودة بن عامر», "Chiara Kilani".

    Either one word is "son of" or the like, or one is a name and all have capitals.
    """
    if not 1 < len(tokens) <= MAX_PERSON_WORDS:
        return False
    inner = spell(tokens[1:-1])
    if not BONDS.isdisjoint(inner):
        return True
    strange = _strange(tokens)
    if strange == list(tokens):
        return False
    return is_capital(tokens, text)


def is_like_person(tokens: Words, text: str) -> bool:
    """Tell whether words may be a name that no list has whole: «سلامة زيدان», "Mozna Wellman".

    All but one are names, or all have capitals, and the others mean nothing here. «الجو هادي»
    begins with an article, as sentences do.
    """
    if not 1 < len(tokens) <= MAX_PERSON_WORDS:
        return False
    strange = _strange(tokens)
    opening = tokens[0]
    if opening in strange and _is_definite(opening):
        return False
    is_unclear = len(strange) > 1
    if is_unclear and not is_capital(tokens, text):
        return False
    return not any(map(_means_something, strange))


def _strange(tokens: Words) -> list[Word]:
    """List the words that are no known names."""
    strange: list[Word] = []
    for word in tokens:
        if not is_name(word.folded):
            strange.append(word)
    return strange


def is_capital(tokens: Words, text: str) -> bool:
    """Tell whether every word of a text begins with a capital, as names do."""
    for word in tokens:
        typed = text[word.start : word.end]
        initial = typed[:1]
        rest = typed[1:]
        if not initial.isupper() or rest != rest.lower():
            return False
    return True


@lru_cache(maxsize=1)
def _place_words() -> WordLists:
    """Read the words that stand before and after the name of a place, or never within one."""
    return listings.word_lists(FOLDER / PLACES_FILE)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    names: set[str] = set()
    for file_name in FILES:
        source = (FOLDER / file_name).read_text("utf-8")
        for line in source.splitlines():
            if not line.startswith("#"):
                names.update(_names_in(line))
    return frozenset(names)


def _names_in(line: str) -> Iterator[str]:
    """Fold the names of a line; each part of a name of two words is one, too."""
    for name in line.split():
        for part in name.split("_"):
            yield fold(part)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    codes: set[str] = set()
    for name in _names():
        if is_arabic(name):
            codes.add(skeleton(name))
    return frozenset(codes)
