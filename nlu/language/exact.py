"""Whole messages that need no model: commands, yes and no, thanks, and the short cries that must
never be missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from nlu.language import listings
from nlu.language.folding import spell, words

_DATA = Path(__file__).with_name("data") / "exact.txt"
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_STRETCHED = re.compile(r"(\w)\1{2}")
_FILLERS = frozenset(
    {"please", "pls", "plz", "رجاء", "رجاءا", "ارجوكم", "ارجوك", "بالله", "عفوا", "pleas"}
)
# Alone, these are the command that opens the menu; shouted or repeated, they are a cry.
_MENU_OR_CRY = frozenset({"help", "مساعده"})
_CRY = "need_help"
_CRY_SIGN = "🆘"
_ALARM = re.compile("🆘|[!！]")
_EMOJI = {
    "👍": "affirm",
    "✅": "affirm",
    "👌": "affirm",
    "👎": "deny",
    "❌": "deny",
    "👋": "greet",
    "🙏": "thanks_bye",
}
_TONES = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")

Tokens = Sequence[str]  # folded words


def match(text: str) -> str | None:
    """Return the intent of a message that is one of the listed phrases and nothing else.

    Case, punctuation, emoji, spelling variants and a "please" make no difference.
    """
    tokens = spell(words(text))
    if not tokens:
        return _of_signs(text)
    if _is_cry(tokens, text):
        return _CRY
    intents = _phrases()
    whole = _key(tokens)
    if whole in intents:
        return intents[whole]
    plain = [token for token in tokens if token not in _FILLERS]
    return intents.get(_key(plain))


def _is_cry(tokens: Tokens, text: str) -> bool:
    """Tell whether a message shouts or repeats the word that opens the menu."""
    if not _MENU_OR_CRY.issuperset(tokens):
        return False
    return len(tokens) > 1 or _is_shouted(text)


def _is_shouted(text: str) -> bool:
    if _ALARM.search(text):
        return True
    return _STRETCHED.search(text) is not None


def _of_signs(text: str) -> str | None:
    """Return the intent of a message of emoji alone, when they all mean the same."""
    if _CRY_SIGN in text:
        return _CRY
    joined = "".join(text.split())
    signs = _TONES.sub("", joined)
    intents = set(map(_EMOJI.get, signs))
    if len(intents) != 1:
        return None
    return intents.pop()


def _key(tokens: Tokens) -> str:
    """Join words into the spelling by which phrases are looked up."""
    return _DOUBLED.sub(r"\1", " ".join(tokens))


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    intents: dict[str, str] = {}
    source = _DATA.read_text("utf-8")
    for intent, phrase in read(source):
        tokens = spell(words(phrase))
        key = _key(tokens)
        if not key:
            continue
        earlier = intents.setdefault(key, intent)
        if earlier != intent:
            raise ValueError(f"{_DATA.name}: {phrase!r} is both {earlier} and {intent}")
    return intents


def read(source: str) -> Iterator[tuple[str, str]]:
    """Yield (intent, phrase) pairs from lines such as `deny: no | nope`; `#` begins a comment."""
    for name, content in listings.parse(source):
        intent = name.strip()
        for phrase in listings.forms(content):
            yield intent, phrase
