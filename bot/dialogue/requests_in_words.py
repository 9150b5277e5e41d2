"""Requests about oneself in whole sentences: "who has looked at my data", «شن رقم الإسعاف هنا؟».

Readers learn none of them: their words are few, and what they ask for is exact.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nlu.language.folding import words
from nlu.language.reading import statements
from nlu.language.reading.statements import Statement

DATA = Path(__file__).with_name("requests.txt")
MAX_WORDS = 14
# Intents of requests whose words tell nothing of the writer.
ABOUT_ONESELF = frozenset({"who_saw", "mydata", "correct", "link_channels"})
FEW = r"(?: \w+){0,3}"


class _Form(NamedTuple):
    """A pattern on folded words, and the command that they ask for."""

    command: str
    pattern: re.Pattern[str]


def command(text: str) -> str | None:
    """Return the command that a short text asks for; None where it tells of danger as well."""
    tokens = words(text)
    if len(tokens) > MAX_WORDS:
        return None
    folded = [word.folded for word in tokens]
    spoken = " ".join(folded)
    for form in _forms():
        match = form.pattern.search(spoken)
        if match is None:
            continue
        if _tells_more(match):
            return None
        return form.command
    return None


def _tells_more(match: re.Match[str]) -> bool:
    """Tell whether the words around a request say that something is wrong."""
    spoken = match.string
    before = spoken[: match.start()]
    behind = spoken[match.end() :]
    around = f"{before} {behind}"
    told = statements.read(around)
    return any(map(_is_grave, told))


def _is_grave(statement: Statement) -> bool:
    if statement.has_cry:
        return True
    return bool(statement.matters)


@lru_cache(maxsize=1)
def _forms() -> tuple[_Form, ...]:
    """Read the commands and what asks for them, in the order in which they are tried."""
    forms: list[_Form] = []
    source = DATA.read_text("utf-8")
    for line in source.splitlines():
        if line.startswith("#"):
            continue
        name, _, written = line.partition(": ")
        spelled_out = written.replace("FEW", FEW)
        pattern = re.compile(spelled_out)
        form = _Form(name, pattern)
        forms.append(form)
    return tuple(forms)
