"""One consonant code for a word in Arabic script, Arabizi or English, so that محمد and Mohamed are
equal.

Vowels fall away, letters that people exchange for one another share a code: ق ك 9 q k g -> k, ح ه 7
h -> h, خ 5 kh -> x, ش sh ch -> c, ط ت th -> t, and so on.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.language.folding import fold, is_arabic

_ARABIC_CODES = str.maketrans(
    "بتثجحخدذرزسشصضطظعغفقكلمنهوياآ'",
    "bttjhxdzrzscsdtz\0gfkklmnh\0\0\0\0\0",
)
_PAIRS = (
    ("tch", "c"), ("sh", "c"), ("ch", "c"), ("kh", "x"), ("gh", "g"), ("th", "t"), ("dh", "d"),
    ("ph", "f"), ("dj", "j"), ("ck", "k"), ("x", "ks"), ("5", "X"), ("qu", "k"),
)  # fmt: skip
_SOFT_C = re.compile(r"c(?=[eiy])")
_LATIN_CODES = str.maketrans(
    "GCXbdfhjklmnprstvwzaeiouy2379648q",
    "gcxbdfhjklmnbrstf\0z\0\0\0\0\0\0\0\0hkt\0kk",
)
_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=20_000)
def skeleton(word: str) -> str:
    """The consonant code of one word; numbers stay as they are, a word of vowels alone is "a"."""
    word = fold(word)
    if not word or word.isdigit():
        return word
    code = _arabic(word) if is_arabic(word) else _latin(word)
    return _DOUBLED.sub(r"\1", code) or "a"


def _arabic(word: str) -> str:
    # A final ه is nearly always ta marbuta; a first و or ي is a consonant.
    body = word[:-1] if word.endswith("ه") and len(word) > 2 else word
    return _first(word, {"و": "w", "ي": "y"}) + body.translate(_ARABIC_CODES).replace("\0", "")


def _latin(word: str) -> str:
    body = word[:-1] if word.endswith("h") and word[-2:-1] in "aeiou" else word
    body = _SOFT_C.sub("s", body)
    for pair, code in _PAIRS:
        body = body.replace(pair, code.upper() if len(code) == 1 else code)
    return _first(word, {"w": "w", "y": "y"}) + _codes(body)


def _codes(body: str) -> str:
    body = body.replace("c", "k").replace("g", "k")
    return "".join(letter for letter in body.translate(_LATIN_CODES).lower() if letter.isalnum())


def _first(word: str, consonants: dict[str, str]) -> str:
    return consonants.get(word[:1], "")
