"""HTML of documents: a whole page that needs no other file, or its body for a page of ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.documents.data import contents
from bot.documents.parts import Document
from bot.runtime import characters

TEMPLATES = Path(__file__).parent / "templates"
DIRECTIONS = {"ar": "rtl", "en": "ltr"}


def write(document: Document) -> bytes:
    """Write a document as one page."""
    return _rendered("page.html", document).encode()


def body(document: Document) -> Markup:
    """Return the headings, tables and pictures of a document, for a page of the console."""
    return Markup(_rendered("body.html", document))  # noqa: S704  # the template escapes


def _rendered(template: str, document: Document) -> str:
    page = _environment().get_template(template)
    direction = DIRECTIONS[document.language]
    return characters.removed(page.render(contents(document), direction=direction))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
