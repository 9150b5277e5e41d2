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
        return list(map(_mark, _ENTITY.finditer(self.annotated)))


def _mark(match: re.Match[str]) -> Mark:
    surface = match["text"]
    if match["entity"]:
        return Mark(match["entity"], None, surface)
    attributes = json.loads(match["json"])
    meaning = attributes.get("value")
    return Mark(
        entity=attributes["entity"],
        value=None if meaning is None else str(meaning),
        text=surface,
    )


def read_examples(folder: Path) -> list[Example]:
    """Read every example under a folder, in the order of the file names."""
    examples: list[Example] = []
    for path in sorted(folder.rglob("*.yml")):
        variety = path.parent.name
        examples += of_file(path, variety)
    return examples


def of_file(path: Path, variety: str) -> Iterator[Example]:
    """Yield the examples of one file."""
    intent = ""
    is_listing = False
    for line in path.read_text("utf-8").splitlines():
        heading = _INTENT.match(line)
        if heading:
            intent = heading[1]
            is_listing = False
            continue
        if line.strip().startswith("examples:"):
            is_listing = True
            continue
        example = _EXAMPLE.match(line)
        if is_listing and example:
            yield Example(intent, example[1], variety)
