"""More training texts from those that people wrote: Arabic as it is typed in Latin letters.

Never for tests.

Same text, same variants: chance is seeded by the text. Shorthand and slips of the thumb were tried
as well and changed nothing (docs/nlu.md): the folding and the letters among the features already
see to them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from nlu.language.folding import fold, is_arabic

_ARABIZI = {
    "ا": ("a", "a", "e", ""),
    "ب": ("b",),
    "ت": ("t",),
    "ث": ("th", "t"),
    "ج": ("j",),
    "ح": ("7", "h"),
    "خ": ("5", "kh"),
    "د": ("d",),
    "ذ": ("d", "dh"),
    "ر": ("r",),
    "ز": ("z",),
    "س": ("s",),
    "ش": ("sh", "ch"),
    "ص": ("s",),
    "ض": ("d", "dh"),
    "ط": ("t", "6"),
    "ظ": ("d", "dh"),
    "ع": ("3",),
    "غ": ("gh",),
    "ف": ("f",),
    "ق": ("g", "9", "q"),
    "ك": ("k",),
    "ل": ("l",),
    "م": ("m",),
    "ن": ("n",),
    "ه": ("h",),
    "و": ("w", "o", "ou"),
    "ي": ("i", "y", "e"),
}
_VOWELS = "aeiou"
_SHORT_VOWELS = "aei"
_VOICED_SHARE = 0.4  # of the consonants that another one follows
_SPELLINGS = 2
_ARTICLES = ("el", "al", "l")
_LEADING_ARTICLE = re.compile("^ال")
_LAST_TA_MARBUTA = re.compile("ه$")


def expanded(
    texts: Iterable[str],
    intents: Iterable[str],
) -> tuple[list[str], list[str]]:
    """Return the texts and their intents, then the variants of the texts and theirs."""
    all_texts = list(texts)
    all_intents = list(intents)
    written = list(zip(all_texts, all_intents, strict=True))
    for text, intent in written:
        for variant in variants(text):
            all_texts.append(variant)
            all_intents.append(intent)
    return all_texts, all_intents


def variants(text: str) -> list[str]:
    """Spell an Arabic text as two people would type it in Latin letters; no other text."""
    if not is_arabic(text):
        return []
    chance = random.Random(text)  # noqa: S311  # a choice of spellings, not a secret
    spellings: list[str] = []
    for _ in range(_SPELLINGS):
        spelling = _latin(text, chance)
        if spelling not in spellings:
            spellings.append(spelling)
    return spellings


def _latin(text: str, chance: random.Random) -> str:
    """Spell Arabic script letter by letter as Arabizi; what is Latin already stays."""
    folded = fold(text)
    spelt: list[str] = []
    for word in folded.split():
        if is_arabic(word):
            spelling = _word(word, chance)
            spelt.append(spelling)
        else:
            spelt.append(word)
    return " ".join(spelt)


def _word(word: str, chance: random.Random) -> str:
    article = chance.choice(_ARTICLES)
    body = _LEADING_ARTICLE.sub(article, word)
    body = _LAST_TA_MARBUTA.sub("a", body)
    spelt: list[str] = []
    for letter in body:
        spellings = _ARABIZI.get(letter, (letter,))
        letters = chance.choice(spellings)
        spelt.append(letters)
    return "".join(_voiced(spelt, chance))


def _voiced(spelt: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Put in, now and then, a short vowel that the Arabic script leaves out."""
    for letters, following in pairwise([*spelt, ""]):
        yield letters
        if not _are_consonants(letters[-1:], following[:1]):
            continue
        if chance.random() < _VOICED_SHARE:
            yield chance.choice(_SHORT_VOWELS)


def _are_consonants(left: str, right: str) -> bool:
    """Tell whether two letters are consonants; either may be missing."""
    if not left or not right:
        return False
    return left not in _VOWELS and right not in _VOWELS
