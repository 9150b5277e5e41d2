"""Codes of the words of names: their consonants and long vowels, the same in every spelling.

Arabic is written in one way. Latin letters leave open which vowels are long, and have several
codes. The names of spellings.txt have the code of their Arabic form, whoever writes them how.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

from nlu.language.folding import fold, is_arabic

FOLDER = Path(__file__).parent
MIN_STEM = 2  # letters of a word without its article
COMBINATIONS = 4  # tried for one code
DOUBLED_ARTICLE = re.compile(r"[aeiu](?=(sh|ch|th|dh|[dnrstz])\1)")  # "Essenussi"

_NOTHING = "-"
_ARTICLE = "ال"
_OPENING_VOWELS = "اع"
_ARABIC_CODES = str.maketrans(
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "Abttjhxdzrzscsdtz\0gfkklmnhwy",
)
_ARABIZI = str.maketrans("7956", "hqxt", "32")
_LONG_VOWELS = str.maketrans("aiou", "Ayww", "e")
_LATIN = re.compile(r"tch|sch|sh|ch|kh|gh|th|dh|ph|dj|ck|qu|gu(?=[aeiou])|[aeiou]+|.")
_DOUBLED = re.compile(r"([bcdfghjklmnpqrstvwxz])\1+")
_SILENT_H = re.compile(r"(?<=[ae])h$")
_VOWEL_Y = re.compile(r"(?<=.)y(?![aeiou])")
_VOWEL_W = re.compile(r"(?<=.)w(?![aeiou])")
_SOFT = ("e", "i")  # after c

Options = tuple[str, ...]


def codes(
    word: str,
    limit: int,
) -> list[str]:
    """List the codes of a folded word, the likeliest first."""
    forms = listed(word)
    if forms:
        return [arabic_code(bare(form)) for form in forms]
    if is_arabic(word):
        return [arabic_code(word)]
    return list(_latin_codes(word, limit))


def bare(word: str) -> str:
    """Leave out the article of an Arabic word."""
    rest = word.removeprefix(_ARTICLE)
    if word in _spellings() or len(rest) < MIN_STEM:
        return word
    return rest


def arabic_code(word: str) -> str:
    """Write an Arabic word as its consonants and long vowels; a first vowel, or ع, is E."""
    code = word.translate(
        _ARABIC_CODES,
    )
    if word.endswith("ه") and len(word) > MIN_STEM:
        code = code[:-1] + "A"
    code = code.replace("\0", "")
    if word[0] not in _OPENING_VOWELS:
        return code
    if word[0] == "ا":
        code = code[1:]
    return f"E{code}"


# --- Latin letters --------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _latin_codes(
    word: str,
    limit: int,
) -> Options:
    """Write a word in Latin letters in each way it may be written in Arabic."""
    options = list(_options(word))
    combinations = product(*options)
    tried: dict[str, None] = {}
    for combination in islice(
        combinations,
        COMBINATIONS * limit,
    ):
        code = "".join(combination)
        tried[code] = None
    return tuple(tried)[:limit]


def _options(word: str) -> Iterator[Options]:
    """Yield what each letter or pair of a word may be in Arabic."""
    plain = _plain(word)
    for match in _LATIN.finditer(plain):
        letters = match[0]
        end = match.end()
        following = plain[end : end + 1]
        is_first = match.start() == 0
        if letters[0] not in "aeiou":
            yield _consonant(letters, following)
        elif is_first:
            yield _opening(letters)
        elif following:
            yield _vowels(letters)
        else:
            yield _sounds("vowels at the end").get(letters) or _vowels(letters)


def _plain(word: str) -> str:
    """Write a word without what Arabic does not write: doubled letters, a silent h."""
    plain = word.translate(_ARABIZI).replace("8", "gh")
    plain = _DOUBLED.sub(r"\1", plain)
    plain = _SILENT_H.sub("", plain)
    plain = _VOWEL_Y.sub("i", plain)
    return _VOWEL_W.sub("u", plain)


def _consonant(
    letters: str,
    following: str,
) -> Options:
    if letters == "c" and following in _SOFT:
        return ("s",)
    return _sounds("consonants").get(letters, (letters,))


def _opening(letters: str) -> Options:
    """Read the vowels that a word begins with: "Ou" before another one is w."""
    if letters.startswith("ou") and len(letters) > len("ou"):
        rests = _vowels(letters[2:])
        return ("w" + rests[0],)
    options = _sounds("vowels at the beginning").get(letters) or _vowels(letters)
    starting: list[str] = []
    for option in options:
        starting.append(f"E{option}")
    return tuple(starting)


def _vowels(letters: str) -> Options:
    every_one_long = letters.translate(_LONG_VOWELS)
    return _sounds("vowels").get(letters, (every_one_long, ""))


def _sounds(kind: str) -> dict[str, Options]:
    return _read_sounds()[kind]


@lru_cache(maxsize=1)
def _read_sounds() -> dict[str, dict[str, Options]]:
    """Read what letters may be, by the heading they stand under."""
    sounds: dict[str, dict[str, Options]] = {}
    heading = ""
    for line in _lines("sounds.txt"):
        letters, colon, arabic = line.partition(": ")
        if not colon:
            heading = line
            sounds[heading] = {}
            continue
        options = arabic.replace(_NOTHING, "").split(" ")
        sounds[heading][letters] = tuple(options)
    return sounds


# --- listed names ---------------------------------------------------------------------------------


def listed(word: str) -> Options:
    """Return the Arabic forms of a listed name, also with an article before it."""
    spellings = _spellings()
    if word in spellings:
        return spellings[word]
    for article in (_ARTICLE, "al", "el"):
        rest = word.removeprefix(article)
        if rest != word and rest in spellings:
            return spellings[rest]
    if DOUBLED_ARTICLE.match(word):
        doubled = word[1:]
        single = _DOUBLED.sub(r"\1", doubled)
        return spellings.get(doubled) or spellings.get(single, ())
    return ()


@lru_cache(maxsize=1)
def _spellings() -> dict[str, Options]:
    """Read the listed names: each spelling, and the Arabic forms that it stands for."""
    spellings: dict[str, Options] = {}
    for line in _lines("spellings.txt"):
        arabic, _, latin = line.partition(":")
        forms = fold(arabic).split()
        for spelling in [*forms, *latin.split()]:
            earlier = spellings.get(spelling, ())
            if forms[0] not in earlier:
                spellings[spelling] = (*earlier, forms[0])
    return spellings


def _lines(name: str) -> Iterator[str]:
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line
