"""The area of a crisis in a form, and its parts for a page."""

from __future__ import annotations

from bot.consular.audiences import kinds, rules
from bot.consular.audiences.kinds import Circle, Cities, Polygon
from bot.consular.crises.areas import Area, Fields
from bot.pages.visit import Visit

MAX_FIELD_CHARS = 4000


def read(visit: Visit) -> Fields:
    """Read the fields of an area."""
    return Fields(
        cities=visit.field("cities", MAX_FIELD_CHARS),
        around=visit.field("around", MAX_FIELD_CHARS),
        km=visit.field("km", MAX_FIELD_CHARS),
        corners=visit.field("corners", MAX_FIELD_CHARS),
    )


def parts(area: Area | None) -> list[Cities | Circle | Polygon]:
    """List the parts of an area; none for the whole of the countries."""
    if area is None:
        return []
    shapes: list[Cities | Circle | Polygon] = []
    for part in kinds.parts(rules.parse(area)):
        if isinstance(part, Cities | Circle | Polygon):
            shapes.append(part)
    return shapes
