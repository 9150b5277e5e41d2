"""What a text looks like to the classifiers: words, pairs, letters and consonant codes, and what is
named in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from nlu.language import gazetteer
from nlu.language.folding import words
from nlu.language.lexicon import listed
from nlu.language.meanings import meanings
from nlu.language.skeleton import skeleton

_NEGATIONS = listed("negations")
_WRAPPED = re.compile(r"م\w{2,}ش")  # Libyans wrap what they deny: ما…ش
_REACH = 3  # words after a negation that it may turn round
_SIGNS = {"?": "ask", "؟": "ask", "!": "cry"}
_LETTERS = (2, 3, 4, 5)


def features(text: str) -> list[str]:
    """The names of a text's features, each once.

    `w:` words, `b:` pairs of words, `s:` codes, `t:` pairs of codes, `n:` negated codes, `m:`
    meanings, `o:` pairs of meanings, `u:` negated meanings, `c:` letters, `e:` what is named, `p:`
    signs.
    """
    said = ["0" if word.folded.isdigit() else word.folded for word in words(text)]
    codes = [skeleton(word) for word in said]
    found = dict.fromkeys(f"w:{word}" for word in said)
    found |= dict.fromkeys(f"s:{code}" for code in codes)
    found |= dict.fromkeys(_pairs("b", said))
    found |= dict.fromkeys(_pairs("t", codes))
    found |= dict.fromkeys(_negated(said, codes))
    found |= dict.fromkeys(_meant(said))
    found |= dict.fromkeys(_letters(said))
    found |= dict.fromkeys(f"e:{mention.entity}" for mention in gazetteer.find(text))
    found |= dict.fromkeys(f"p:{name}" for sign, name in _SIGNS.items() if sign in text)
    return list(found)


def _pairs(mark: str, items: list[str]) -> Iterator[str]:
    framed = ["<", *items, ">"] if items else []
    return (f"{mark}:{first} {second}" for first, second in pairwise(framed))


def _negated(said: list[str], codes: list[str]) -> Iterator[str]:
    for at, word in enumerate(said):
        if word in _NEGATIONS:
            yield from (f"n:{code}" for code in codes[at + 1 : at + 1 + _REACH])


def _meant(said: list[str]) -> Iterator[str]:
    meant = meanings(said)
    yield from (f"m:{name}" for _, name in meant)
    yield from _pairs("o", [name for _, name in meant])
    turns = [at for at, word in enumerate(said) if word in _NEGATIONS or _WRAPPED.fullmatch(word)]
    yield from (
        f"u:{name}" for at, name in meant if any(0 <= at - turn <= _REACH for turn in turns)
    )


def _letters(said: list[str]) -> Iterator[str]:
    for word in said:
        yield from _letters_of(word)


@lru_cache(maxsize=4096)  # people use the same words again and again
def _letters_of(word: str) -> tuple[str, ...]:
    framed = f"<{word}>"
    names: list[str] = []
    for length in _LETTERS:
        names.extend(f"c:{framed[at : at + length]}" for at in range(len(framed) - length + 1))
    return tuple(names)
