"""More training texts from those that people wrote: Arabic as it is typed in Latin letters.

Never for tests.

Same text, same variants: chance is seeded by the text. Shorthand and slips of the thumb were tried
as well and changed nothing (docs/nlu.md): the folding and the letters among the features already
see to them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

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
_SPELLINGS = 2


def expanded(texts: Iterable[str], intents: Iterable[str]) -> tuple[list[str], list[str]]:
    """Texts and their intents, then the variants of the texts and theirs."""
    written, meant = list(texts), list(intents)
    pairs = zip(written, meant, strict=True)
    more = [(variant, intent) for text, intent in pairs for variant in variants(text)]
    return [*written, *(variant for variant, _ in more)], [*meant, *(intent for _, intent in more)]


def variants(text: str) -> list[str]:
    """An Arabic text as two people would type it in Latin letters; none of other texts."""
    if not is_arabic(text):
        return []
    chance = random.Random(text)  # noqa: S311  # a choice of spellings, not a secret
    return list(dict.fromkeys(_latin(text, chance) for _ in range(_SPELLINGS)))


def _latin(text: str, chance: random.Random) -> str:
    """Arabic script letter by letter as Arabizi; what is Latin already stays."""
    words = fold(text).split()
    return " ".join(_word(word, chance) if is_arabic(word) else word for word in words)


def _word(word: str, chance: random.Random) -> str:
    body = re.sub("^ال", chance.choice(("el", "al", "l")), word)
    body = re.sub("ه$", "a", body)
    spelt = [chance.choice(_ARABIZI.get(letter, (letter,))) for letter in body]
    return "".join(_voiced(spelt, chance))


def _voiced(spelt: list[str], chance: random.Random) -> Iterator[str]:
    """Short vowels that the Arabic script leaves out, now and then."""
    for at, letters in enumerate(spelt):
        yield letters
        follows = spelt[at + 1] if at + 1 < len(spelt) else ""
        if (
            follows
            and letters
            and letters[-1] not in _VOWELS
            and follows[0] not in _VOWELS
            and chance.random() < 0.4
        ):
            yield chance.choice("aei")
