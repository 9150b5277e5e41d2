"""Requests about oneself in whole sentences: "who has looked at my data", «شن رقم الإسعاف هنا؟».

Readers learn none of them: their words are few, and what they ask for is exact.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from nlu.language.folding import words
from nlu.language.reading import statements
from nlu.language.reading.statements import Statement

DATA = Path(__file__).with_name("requests.txt")
MAX_WORDS = 14
# Intents of requests whose words tell nothing of the writer.
ABOUT_ONESELF = frozenset({"who_saw", "mydata", "correct", "link_channels"})
FEW = r"(?: \w+){0,3}"


def command(text: str) -> str | None:
    """Return the command that a short text asks for; None where it tells of danger as well."""
    tokens = words(text)
    if len(tokens) > MAX_WORDS:
        return None
    spoken = " ".join(word.folded for word in tokens)
    for name, pattern in _patterns():
        match = pattern.search(spoken)
        if match is not None:
            return None if _tells_more(match) else name
    return None


def _tells_more(match: re.Match[str]) -> bool:
    """Tell whether the words around a request say that something is wrong."""
    before = match.string[: match.start()]
    behind = match.string[match.end() :]
    around = f"{before} {behind}"
    return any(map(_is_grave, statements.read(around)))


def _is_grave(statement: Statement) -> bool:
    return statement.has_cry or bool(statement.matters)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Read the commands and what asks for them, in the order in which they are tried."""
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for line in DATA.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, _, form = line.partition(": ")
        pattern = re.compile(form.replace("FEW", FEW))
        patterns.append((name, pattern))
    return tuple(patterns)
