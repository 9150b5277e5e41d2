"""Whole messages that need no model: commands, yes and no, thanks, and the short cries that must
never be missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from nlu.language.folding import words

_DATA = Path(__file__).with_name("data") / "exact.txt"
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_FILLERS = frozenset(
    {"please", "pls", "plz", "رجاء", "رجاءا", "ارجوكم", "ارجوك", "بالله", "عفوا", "pleas"}
)
# Alone, these are the command that opens the menu; shouted or repeated, they are a cry.
_MENU_OR_CRY = frozenset({"help", "مساعده"})
_CRY = "need_help"
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


def match(text: str) -> str | None:
    """The intent of a message that is one of the known words or phrases and nothing else.

    Case, punctuation, emoji, spelling variants and a "please" make no difference.
    """
    said = [word.folded for word in words(text)]
    if not said:
        return _of_signs(text)
    if set(said) <= _MENU_OR_CRY and (len(said) > 1 or _is_shouted(text)):
        return _CRY
    phrases = _phrases()
    return phrases.get(_key(said)) or phrases.get(
        _key(word for word in said if word not in _FILLERS)
    )


def _is_shouted(text: str) -> bool:
    return _ALARM.search(text) is not None or re.search(r"(\w)\1{2}", text) is not None


def _of_signs(text: str) -> str | None:
    """A message of emoji alone, when they all mean the same."""
    if "🆘" in text:
        return _CRY
    signs = _TONES.sub("", "".join(text.split()))
    meant = {_EMOJI.get(sign) for sign in signs}
    return meant.pop() if len(meant) == 1 else None


def _key(said: Iterator[str] | list[str]) -> str:
    return _DOUBLED.sub(r"\1", " ".join(said))


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    known: dict[str, str] = {}
    for intent, phrase in read(_DATA.read_text("utf-8")):
        key = _key([word.folded for word in words(phrase)])
        if key and known.setdefault(key, intent) != intent:
            raise ValueError(f"{_DATA.name}: {phrase!r} is both {known[key]} and {intent}")
    return known


def read(source: str) -> Iterator[tuple[str, str]]:
    """(intent, phrase) pairs from lines such as `deny: no | nope`; `#` begins a comment line."""
    for line in source.splitlines():
        intent, colon, phrases = line.partition(":")
        if colon and not line.startswith("#"):
            yield from ((intent.strip(), phrase.strip()) for phrase in phrases.split("|"))
