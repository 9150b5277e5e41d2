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
# What a pair becomes is a capital, which no later pair takes for a letter.
_PAIRS = (
    ("tch", "C"),
    ("sh", "C"),
    ("ch", "C"),
    ("kh", "X"),
    ("gh", "G"),
    ("th", "T"),
    ("dh", "D"),
    ("ph", "F"),
    ("dj", "J"),
    ("ck", "K"),
    ("x", "ks"),
    ("5", "X"),
    ("qu", "K"),
)
_SOFT_C = re.compile(r"c(?=[eiy])")
_LATIN_CODES = str.maketrans(
    "GCXbdfhjklmnprstvwzaeiouy2379648q",
    "gcxbdfhjklmnbrstf\0z\0\0\0\0\0\0\0\0hkt\0kk",
)
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = "aeiou"
_DROPPED = "\0"
_VOWELS_ALONE = "a"
# As the first letter of a word these are consonants, elsewhere mostly vowels.
_ARABIC_FIRSTS = {"و": "w", "ي": "y"}
_LATIN_FIRSTS = {"w": "w", "y": "y"}


_ARTICLE = re.compile(r"^(?:ال(?=\w{3})|[ae]l ?(?=\w{4})|[ae](?=([sznrdt])\1))")
_ALIKE = str.maketrans("gjxc", "kkhs")  # which people write for one another in names of abroad


def sound(name: str) -> str:
    """Code the consonants of a name of several words loosely: نوتنغهام, نوتنجهام and "notingham".

    Without its article; spaces do not matter.
    """
    bare = _ARTICLE.sub("", fold(name))
    codes = [skeleton(word) for word in bare.split()]
    alike = "".join(codes).translate(_ALIKE)
    return _DOUBLED.sub(r"\1", alike)


@lru_cache(maxsize=20_000)
def skeleton(word: str) -> str:
    """Code the consonants of one word; numbers stay as they are, a word of vowels alone is "a"."""
    folded = fold(word)
    if not folded or folded.isdigit():
        return folded
    code = _arabic(folded) if is_arabic(folded) else _latin(folded)
    single = _DOUBLED.sub(r"\1", code)
    return single or _VOWELS_ALONE


def _arabic(word: str) -> str:
    body = word
    if len(word) > 2:
        body = word.removesuffix("ه")  # nearly always ta marbuta
    codes = body.translate(_ARABIC_CODES)
    codes = codes.replace(_DROPPED, "")
    first = _ARABIC_FIRSTS.get(word[0], "")
    return first + codes


def _latin(word: str) -> str:
    body = _without_mute_h(word)
    body = _SOFT_C.sub("s", body)
    for pair, code in _PAIRS:
        body = body.replace(pair, code)
    codes = _codes(body)
    first = _LATIN_FIRSTS.get(word[0], "")
    return first + codes


def _without_mute_h(word: str) -> str:
    """Take off an h that stands behind a last vowel ("fatimah") or alone."""
    before = word[-2:-1]  # empty before an h alone, and the empty text is in every text
    if before in _VOWELS:
        return word.removesuffix("h")
    return word


def _codes(body: str) -> str:
    body = body.replace("c", "k")
    body = body.replace("g", "k")
    codes = body.translate(_LATIN_CODES)
    codes = codes.lower()
    return "".join(filter(str.isalnum, codes))
