"""What a text looks like to the classifiers: words, pairs, letters and consonant codes, and what is
named in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from nlu.language import gazetteer
from nlu.language.folding import words
from nlu.language.lexicon import listed
from nlu.language.meanings import meanings
from nlu.language.skeleton import skeleton

_NEGATIONS = listed("negations")
_WRAPPED = re.compile(r"م\w{2,}ش")  # Libyans wrap what they deny: ما…ش
_REACH_WORDS = 3  # after a negation, that it may turn round
_SIGNS = {"?": "ask", "؟": "ask", "!": "cry"}
_RUN_LENGTHS = (2, 3, 4, 5)  # of letters that stand side by side
_NUMBER = "0"  # stands for every number
_TEXT_BEGIN = "<"
_TEXT_END = ">"


def features(text: str) -> list[str]:
    """List the names of a text's features, each once.

    `w:` words, `b:` pairs of words, `s:` codes, `t:` pairs of codes, `n:` negated codes, `m:`
    meanings, `o:` pairs of meanings, `u:` negated meanings, `c:` letters, `e:` what is named, `p:`
    signs.
    """
    tokens = _tokens(text)
    codes = list(map(skeleton, tokens))
    groups = (
        _marked("w", tokens),
        _marked("s", codes),
        _pairs("b", tokens),
        _pairs("t", codes),
        _negated(tokens, codes),
        _meant(tokens),
        _letters(tokens),
        _marked("e", _entities(text)),
        _marked("p", _signs(text)),
    )
    distinct = dict.fromkeys(chain.from_iterable(groups))
    return list(distinct)


def _tokens(text: str) -> list[str]:
    """Fold the words of a text; all numbers are one word."""
    tokens: list[str] = []
    for word in words(text):
        is_number = word.folded.isdigit()
        tokens.append(_NUMBER if is_number else word.folded)
    return tokens


def _marked(mark: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield f"{mark}:{name}"


def _entities(text: str) -> Iterator[str]:
    for mention in gazetteer.find(text):
        yield mention.entity


def _signs(text: str) -> Iterator[str]:
    for sign, name in _SIGNS.items():
        if sign in text:
            yield name


def _pairs(mark: str, names: Sequence[str]) -> Iterator[str]:
    """Pair neighbours; the first and the last one are paired with the border of the text."""
    if not names:
        return
    framed = [_TEXT_BEGIN, *names, _TEXT_END]
    for left, right in pairwise(framed):
        yield f"{mark}:{left} {right}"


def _negated(tokens: Sequence[str], codes: Sequence[str]) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token not in _NEGATIONS:
            continue
        behind = at + 1
        reached = codes[behind : behind + _REACH_WORDS]
        yield from _marked("n", reached)


def _meant(tokens: list[str]) -> Iterator[str]:
    """Yield the meanings of a text, their pairs, and those that a negation reaches."""
    placed = meanings(tokens)
    names = [name for _, name in placed]
    yield from _marked("m", names)
    yield from _pairs("o", names)
    turns = _turns(tokens)
    for at, name in placed:
        if any(0 <= at - turn <= _REACH_WORDS for turn in turns):
            yield f"u:{name}"


def _turns(tokens: Sequence[str]) -> list[int]:
    """List where a text turns into its opposite what follows."""
    turns: list[int] = []
    for at, token in enumerate(tokens):
        if token in _NEGATIONS or _WRAPPED.fullmatch(token):
            turns.append(at)
    return turns


def _letters(tokens: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        yield from _letters_of(token)


@lru_cache(maxsize=4096)  # people use the same words again and again
def _letters_of(word: str) -> tuple[str, ...]:
    framed = f"<{word}>"
    names: list[str] = []
    for length in _RUN_LENGTHS:
        run_count = len(framed) - length + 1
        for at in range(run_count):
            run = framed[at : at + length]
            names.append(f"c:{run}")
    return tuple(names)
