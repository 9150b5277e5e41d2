"""Words that mean the same to this service, in whatever language, dialect or script:
data/meanings.txt.

`rescue: ساعد* | انقذ* | help me | save us`: a form is a word or up to three words; `*` takes any
ending. Arabic in Latin letters is recognised by its consonants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from nlu.language.folding import fold, is_arabic
from nlu.language.index import DATA
from nlu.language.skeleton import skeleton

_LONGEST = 3  # words of a form
_ARTICLES = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل")
_SHORTEST_STEM = 3
_SHORTEST_CODE = 3  # consonants that tell a word; fewer stand for too many


class _Table(NamedTuple):
    whole: dict[str, tuple[str, ...]]
    stems: dict[str, tuple[str, ...]]
    codes: dict[str, tuple[str, ...]]
    code_stems: dict[str, tuple[str, ...]]


def meanings(said: list[str]) -> list[tuple[int, str]]:
    """(position, meaning) of what the folded words of a text mean, phrases at their first word."""
    return [(at, name) for at in range(len(said)) for name in _at(said, at)]


def _at(said: list[str], at: int) -> Iterable[str]:
    table = _table()
    for length in range(min(_LONGEST, len(said) - at), 1, -1):
        if names := table.whole.get(" ".join(said[at : at + length])):
            return names
    return _of_word(said[at])


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> tuple[str, ...]:
    table = _table()
    for form in _forms(word):
        if names := table.whole.get(form):
            return names
        if names := _by_stem(table.stems, form, _SHORTEST_STEM):
            return names
    code = "" if is_arabic(word) or word.isdigit() else skeleton(word)
    if len(code) < _SHORTEST_CODE:
        return ()
    return table.codes.get(code, ()) or _by_stem(table.code_stems, code, _SHORTEST_CODE)


def _by_stem(stems: dict[str, tuple[str, ...]], word: str, shortest: int) -> tuple[str, ...]:
    """The meanings of the longest stem that a word begins with."""
    return next(
        (names for end in range(len(word), shortest - 1, -1) if (names := stems.get(word[:end]))),
        (),
    )


def _forms(word: str) -> Iterator[str]:
    """The word, and what is left of an Arabic one without article and prefixes."""
    yield word
    if is_arabic(word):
        for prefix in _ARTICLES:
            if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM:
                yield word[len(prefix) :]


@lru_cache(maxsize=1)
def _table() -> _Table:
    table = _Table({}, {}, {}, {})
    for line in (DATA / "meanings.txt").read_text("utf-8").splitlines():
        name, colon, forms = line.partition(":")
        if colon and not line.startswith("#"):
            for form in forms.split("|"):
                _enter(table, name.strip(), form.strip())
    return table


def _enter(table: _Table, name: str, form: str) -> None:
    folded, is_stem = fold(form.rstrip("*")), form.endswith("*")
    _add(table.stems if is_stem else table.whole, folded, name)
    code = skeleton(folded) if is_arabic(folded) and " " not in folded else ""
    if len(code) >= _SHORTEST_CODE:
        _add(table.code_stems if is_stem else table.codes, code, name)


def _add(kept: dict[str, tuple[str, ...]], form: str, name: str) -> None:
    if form:
        kept[form] = tuple(dict.fromkeys((*kept.get(form, ()), name)))
