"""Reads training examples: the part of Rasa's YAML format that this project uses, without a YAML
library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_INTENT = re.compile(r"^\s*-\s+intent:\s*(\S+)\s*$")
_EXAMPLE = re.compile(r"^\s{3,}-\s+(.*\S)\s*$")
_ENTITY = re.compile(r"\[(?P<text>[^]]*)\](?:\((?P<entity>\w+)\)|(?P<json>\{[^}]*\}))")


class Mark(NamedTuple):
    """An entity as annotated; `value` is None where only the surface is marked."""

    entity: str
    value: str | None
    text: str


class Example(NamedTuple):
    """One example: its intent, the line as written, and the folder (variety) it came from."""

    intent: str
    annotated: str
    variety: str

    @property
    def text(self) -> str:
        """The line without its entity marks."""
        return _ENTITY.sub(r"\g<text>", self.annotated)

    @property
    def entities(self) -> list[Mark]:
        """What is marked, in order."""
        return [_mark(match) for match in _ENTITY.finditer(self.annotated)]


def _mark(match: re.Match[str]) -> Mark:
    if match["entity"]:
        return Mark(match["entity"], None, match["text"])
    written = json.loads(match["json"])
    value = written.get("value")
    return Mark(written["entity"], None if value is None else str(value), match["text"])


def read_examples(folder: Path) -> list[Example]:
    """Every example under a folder, in the order of the file names."""
    return [
        example
        for path in sorted(folder.rglob("*.yml"))
        for example in of_file(path, path.parent.name)
    ]


def of_file(path: Path, variety: str) -> Iterator[Example]:
    """The examples of one file."""
    intent, listed = "", False
    for line in path.read_text("utf-8").splitlines():
        if head := _INTENT.match(line):
            intent, listed = head[1], False
        elif line.strip().startswith("examples:"):
            listed = True
        elif listed and (example := _EXAMPLE.match(line)):
            yield Example(intent, example[1], variety)
