"""Where somebody is, as an answer tells it: a position, a named place, or a description."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.messages import Location
from nlu.language import index

_CODE = re.compile(r"[A-Z]{2}(/.+)?")


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place by its name: `CC/English name` or `CC`; several where cities share the name."""

    meanings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A text about where somebody is that names no place we know."""

    text: str


Whereabouts = Location | NamedPlace | Description


def read_code(code: str) -> NamedPlace | None:
    """Read the code of a country or city from a button; None when there is no such place."""
    if not _CODE.fullmatch(code):
        return None
    is_city = "/" in code
    is_known = code in index.by_value() if is_city else code in index.countries()
    return NamedPlace((code,)) if is_known else None
