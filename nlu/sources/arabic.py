"""Arabic letters for towns that nobody has written in Arabic: respelt from Persian and Urdu, or by
rule from the Latin name.

Such names are only looked up, and never printed.
"""

from __future__ import annotations

import re

# What Arabs write for the letters that Arabic has not.
RESPELT = str.maketrans(
    {
        "پ": "ب",
        "چ": "تش",
        "ژ": "ج",
        "گ": "غ",
        "ک": "ك",
        "ی": "ي",
        "ې": "ي",
        "ے": "ي",
        "ہ": "ه",
        "ھ": "ه",
        "ۂ": "ه",
        "ۀ": "ه",
        "ٹ": "ت",
        "ڈ": "د",
        "ڑ": "ر",
        "ں": "ن",
        "ڤ": "ف",
        "‌": " ",
    }
)
ARABIC_ONLY = re.compile(r"^[ء-غف-ي -]+$")
BEHIND_COMMA = re.compile(r"[،,(].*$")
VOWEL_MARKS = re.compile("[\u064b-\u0652]")
MIN_LETTERS = 3

# Longer spellings first; what begins a word may be written otherwise than inside it.
SOUNDS = (
    ("tsch", "تش"),
    ("sch", "ش"),
    ("tch", "تش"),
    ("ough", "و"),
    ("eau", "و"),
    ("sh", "ش"),
    ("ch", "تش"),
    ("kh", "خ"),
    ("gh", "غ"),
    ("th", "ث"),
    ("ph", "ف"),
    ("zh", "ج"),
    ("ts", "تس"),
    ("ck", "ك"),
    ("qu", "كو"),
    ("oo", "و"),
    ("ou", "و"),
    ("ee", "ي"),
    ("ea", "ي"),
    ("ei", "اي"),
    ("ai", "اي"),
    ("ay", "اي"),
    ("ey", "ي"),
    ("ie", "ي"),
    ("ia", "يا"),
    ("io", "يو"),
    ("au", "او"),
    ("ow", "او"),
    ("aa", "ا"),
    ("oa", "و"),
    ("ue", "وي"),
    ("ua", "وا"),
    ("a", "ا"),
    ("b", "ب"),
    ("c", "ك"),
    ("d", "د"),
    ("e", "ي"),
    ("f", "ف"),
    ("g", "غ"),
    ("h", "ه"),
    ("i", "ي"),
    ("j", "ج"),
    ("k", "ك"),
    ("l", "ل"),
    ("m", "م"),
    ("n", "ن"),
    ("o", "و"),
    ("p", "ب"),
    ("q", "ق"),
    ("r", "ر"),
    ("s", "س"),
    ("t", "ت"),
    ("u", "و"),
    ("v", "ف"),
    ("w", "و"),
    ("x", "كس"),
    ("y", "ي"),
    ("z", "ز"),
)
FIRST_VOWELS = {"a": "ا", "e": "ا", "i": "اي", "o": "او", "u": "او"}
SOFT_C = re.compile("c(?=[eiy])")
DOUBLED = re.compile(r"([^aeo])\1")
SHORT_E = re.compile(r"(?<=.)e(?=[lnrmstd]\b|[lnrm][^aeiouy ])")
MUTE_E = re.compile(r"(?<=[^aeiou ])e\b")


def respelt(name: str) -> str:
    """Respell a name in Persian or Urdu with Arabic letters; empty where that is not possible."""
    bare = BEHIND_COMMA.sub(
        "",
        name,
    )
    unmarked = VOWEL_MARKS.sub(
        "",
        bare,
    )
    spelling = unmarked.translate(RESPELT).strip()
    is_name = len(spelling) >= MIN_LETTERS and ARABIC_ONLY.match(spelling)
    return spelling if is_name else ""


def by_rule(name: str) -> str:
    """Write a Latin name in Arabic letters as an Arab hears it; empty for other scripts."""
    parts = (
        name.lower()
        .replace(
            "-",
            " ",
        )
        .split()
    )
    spellings = [_word(part) for part in parts]
    spelling = " ".join(spellings)
    is_name = len(spelling) >= MIN_LETTERS and ARABIC_ONLY.match(spelling)
    return spelling if is_name else ""


def _word(word: str) -> str:
    """Write one word, from its first letter to its last."""
    rest = SOFT_C.sub(
        "s",
        word,
    )
    rest = DOUBLED.sub(
        r"\1",
        rest,
    )
    if len(rest) > MIN_LETTERS:
        rest = MUTE_E.sub(
            "",
            rest,
        )
    rest = SHORT_E.sub(
        "",
        rest,
    )
    spelling = ""
    if rest[:1] in FIRST_VOWELS:
        spelling = FIRST_VOWELS[rest[0]]
        rest = rest[1:]
    while rest:
        latin, arabic = _sound(rest)
        spelling += arabic
        rest = rest[len(latin) :]
    return spelling


def _sound(rest: str) -> tuple[str, str]:
    """Return the letters of a word's beginning that are one sound, and how it is written."""
    for latin, arabic in SOUNDS:
        if rest.startswith(latin):
            return latin, arabic
    return rest[0], rest[0]
