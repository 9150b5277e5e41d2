"""What a text looks like to the classifiers: words, pairs, letters and consonant codes, and what is
named in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from nlu.language import gazetteer
from nlu.language.folding import spell, words
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

Names = Iterator[str]  # of features
Tokens = Sequence[str]  # folded words, or their codes


def features(text: str) -> list[str]:
    """List the names of a text's features, each once.

    `w:` words, `b:` pairs of words, `s:` codes, `t:` pairs of codes, `n:` negated codes, `m:`
    meanings, `o:` pairs of meanings, `u:` negated meanings, `c:` letters, `e:` what is named, `p:`
    signs.
    """
    tokens = _tokens(text)
    codes = list(map(skeleton, tokens))
    names = chain(
        _marked("w", tokens),
        _marked("s", codes),
        _pairs("b", tokens),
        _pairs("t", codes),
        _negated(tokens, codes),
        _meant(tokens),
        _letters(tokens),
        _entities(text),
        _signs(text),
    )
    distinct = dict.fromkeys(names)
    return list(distinct)


def _tokens(text: str) -> list[str]:
    """Fold the words of a text; all numbers are one word."""
    tokens = spell(words(text))
    for at, token in enumerate(tokens):
        if token.isdigit():
            tokens[at] = _NUMBER
    return tokens


def _marked(mark: str, names: Iterable[str]) -> Names:
    for name in names:
        yield f"{mark}:{name}"


def _entities(text: str) -> Names:
    for mention in gazetteer.find(text):
        yield f"e:{mention.entity}"


def _signs(text: str) -> Names:
    for sign, name in _SIGNS.items():
        if sign in text:
            yield f"p:{name}"


def _pairs(mark: str, names: Tokens) -> Names:
    """Pair neighbours; the first and the last one are paired with the border of the text."""
    if not names:
        return
    framed = [_TEXT_BEGIN, *names, _TEXT_END]
    for left, right in pairwise(framed):
        yield f"{mark}:{left} {right}"


def _negated(tokens: Tokens, codes: Tokens) -> Names:
    """Yield the codes of the words behind each negation."""
    for at, token in enumerate(tokens):
        if token in _NEGATIONS:
            start = at + 1
            reached = codes[start : start + _REACH_WORDS]
            yield from _marked("n", reached)


def _meant(tokens: list[str]) -> Names:
    """Yield the meanings of a text, their pairs, and those that a negation reaches."""
    placed = meanings(tokens)
    names = [name for _, name in placed]
    yield from _marked("m", names)
    yield from _pairs("o", names)
    turned = _turned(tokens)
    for at, name in placed:
        if at in turned:
            yield f"u:{name}"


def _turned(tokens: Tokens) -> set[int]:
    """Find the words that a negation turns into their opposite: itself, and those behind it."""
    turned: set[int] = set()
    for at, token in enumerate(tokens):
        if token in _NEGATIONS or _WRAPPED.fullmatch(token):
            end = at + _REACH_WORDS + 1
            reached = range(at, end)
            turned.update(reached)
    return turned


def _letters(tokens: Iterable[str]) -> Names:
    for token in tokens:
        yield from _letters_of(token)


@lru_cache(maxsize=4096)  # people use the same words again and again
def _letters_of(word: str) -> tuple[str, ...]:
    framed = f"<{word}>"
    names: list[str] = []
    for length in _RUN_LENGTHS:
        for end in range(length, len(framed) + 1):
            start = end - length
            names.append(f"c:{framed[start:end]}")
    return tuple(names)
