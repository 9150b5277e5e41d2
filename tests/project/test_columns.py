"""Columns: each one is read somewhere, or it should not be there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.models import Base
from bot.runtime.settings import ROOT

WRITERS = (ROOT / "bot" / "models", ROOT / "bot" / "migrations")

# Columns that nothing names although something reads them.
READ_OTHERWISE = {
    "inbound_messages.done_at": "the export of a person shows every column of their messages",
}


def columns() -> dict[str, str]:
    """The attribute of each column, by `table.attribute`."""
    names: dict[str, str] = {}
    for mapper in Base.registry.mappers:
        for attribute in mapper.column_attrs:
            names[f"{mapper.local_table.description}.{attribute.key}"] = attribute.key
    return names


def read_names() -> set[str]:
    """The attributes and keys that the code reads, and the names that templates mention."""
    names: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        if not any(folder in path.parents for folder in WRITERS):
            names.update(_read_in(ast.parse(path.read_text(encoding="utf-8"))))
    for template in (ROOT / "bot").rglob("*.html"):
        names.update(_attributes_in(template.read_text(encoding="utf-8")))
    return names


def _read_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr


def _attributes_in(template: str) -> list[str]:
    return re.findall(r"\.([a-z_]+)", template)


def test_every_column_is_read_somewhere() -> None:
    names = read_names()
    known = columns()
    unread = {column for column, attribute in known.items() if attribute not in names}
    assert sorted(unread) == sorted(column for column in READ_OTHERWISE if column in known)
