"""Documents as plain data: what the templates of every format read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from bot.documents.parts import Document


def contents(document: Document) -> dict[str, Any]:
    """Return a document as the templates read it: each part with its kind."""
    sections: list[dict[str, Any]] = []
    for section in document.sections:
        blocks = _tagged(section.blocks)
        sections.append({"title": section.title, "blocks": blocks})
    return {
        "language": document.language,
        "title": document.title,
        "subtitle": document.subtitle,
        "mark": document.mark,
        "foot": document.foot,
        "facts": document.facts,
        "sections": sections,
    }


def _tagged(part: Any) -> Any:
    """Return a part as JSON has it, with the kind of each dataclass in it."""
    if is_dataclass(part) and not isinstance(part, type):
        tagged = {"kind": type(part).__name__.lower()}
        for field in fields(part):
            content = getattr(part, field.name)
            tagged[field.name] = _tagged(content)
        return tagged
    if isinstance(part, (list, tuple)):
        return list(map(_tagged, part))
    return part
