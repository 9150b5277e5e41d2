"""Words that mean the same to this service, in whatever language, dialect or script:
data/meanings.txt.

`rescue: ساعد* | انقذ* | help me | save us`: a form is a word or up to three words; `*` takes any
ending. Arabic in Latin letters is recognised by its consonants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from nlu.language import listings
from nlu.language.folding import fold, is_arabic
from nlu.language.index import DATA
from nlu.language.skeleton import skeleton

_MAX_FORM_WORDS = 3
_ARTICLES = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل")
_MIN_STEM_LETTERS = 3
_MIN_CODE_LETTERS = 3  # consonants that tell a word; fewer stand for too many

Names = tuple[str, ...]
Placed = list[tuple[int, str]]  # the number of a word, and a meaning that begins with it


@dataclass(frozen=True, slots=True)
class _Table:
    """The names of meanings, by folded forms and by consonant codes, whole or as they begin."""

    forms: dict[str, Names] = field(default_factory=dict)
    stems: dict[str, Names] = field(default_factory=dict)
    codes: dict[str, Names] = field(default_factory=dict)
    code_stems: dict[str, Names] = field(default_factory=dict)


def meanings(said: list[str]) -> Placed:
    """List (position, meaning) of what the folded words of a text mean, phrases at their first
    word.
    """
    placed: Placed = []
    for at, _word in enumerate(said):
        for name in _at(said, at):
            placed.append((at, name))
    return placed


def _at(tokens: list[str], at: int) -> Names:
    """Name the meanings of the longest form that begins at a word."""
    forms = _table().forms
    following = tokens[at : at + _MAX_FORM_WORDS]
    while len(following) > 1:
        phrase = " ".join(following)
        if phrase in forms:
            return forms[phrase]
        following.pop()
    return _of_word(tokens[at])


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> Names:
    table = _table()
    for form in _forms(word):
        if form in table.forms:
            return table.forms[form]
        names = _by_stem(table.stems, form, _MIN_STEM_LETTERS)
        if names:
            return names
    if is_arabic(word) or word.isdigit():
        return ()
    code = skeleton(word)
    return _by_code(code)


def _by_code(code: str) -> Names:
    """Name the meanings of a word in Latin letters."""
    if len(code) < _MIN_CODE_LETTERS:
        return ()
    table = _table()
    if code in table.codes:
        return table.codes[code]
    return _by_stem(table.code_stems, code, _MIN_CODE_LETTERS)


def _by_stem(
    stems: dict[str, Names],
    word: str,
    shortest: int,
) -> Names:
    """Name the meanings of the longest stem that a word begins with."""
    stem = word
    while len(stem) >= shortest:
        if stem in stems:
            return stems[stem]
        stem = stem[:-1]
    return ()


def _forms(word: str) -> Iterator[str]:
    """Yield the word, and what is left of an Arabic one without article and prefixes."""
    yield word
    if not is_arabic(word):
        return
    for prefix in _ARTICLES:
        stem = word.removeprefix(prefix)
        if stem != word and len(stem) >= _MIN_STEM_LETTERS:
            yield stem


@lru_cache(maxsize=1)
def _table() -> _Table:
    table = _Table()
    path = DATA / "meanings.txt"
    for listed, content in listings.read(path):
        name = listed.strip()
        for form in listings.forms(content):
            _enter(table, name, form)
    return table


def _enter(
    table: _Table,
    name: str,
    form: str,
) -> None:
    """Enter a form of a meaning, and its consonant code where it is one Arabic word."""
    folded = fold(form.rstrip("*"))
    forms, codes = table.forms, table.codes
    if form.endswith("*"):
        forms, codes = table.stems, table.code_stems
    _add(forms, folded, name)
    if " " in folded or not is_arabic(folded):
        return
    code = skeleton(folded)
    if len(code) >= _MIN_CODE_LETTERS:
        _add(codes, code, name)


def _add(
    names_by_form: dict[str, Names],
    form: str,
    name: str,
) -> None:
    if not form:
        return
    earlier = names_by_form.get(form, ())
    if name not in earlier:
        names_by_form[form] = (*earlier, name)
