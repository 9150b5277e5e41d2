"""Circles and polygons as conditions on blind cells: the database knows no position.

Which positions of the grid are inside is worked out here; people are kept on that grid.
"""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, or_

from bot.consular.audiences import cover
from bot.consular.audiences.circles import Turns
from bot.consular.audiences.cover import Cover
from bot.consular.audiences.kinds import Circle, Polygon
from bot.consular.audiences.polygons import Outline
from bot.models import Person, digests
from bot.models.people import CELL, CELL_DEGREE, CELL_TENTH
from bot.runtime.keys import Keyring

CACHED_COVERS = 16  # an area is asked about again and again while its people are written to


def is_inside(shape: Circle | Polygon) -> ColumnElement[bool]:
    """Return whether the person's (rounded) position is in a shape, across the date line too."""
    inside = covered(shape)
    return or_(
        Person.cell_degree.in_(inside.degrees),
        Person.cell_tenth.in_(inside.tenths),
        Person.cell.in_(inside.smallest),
    )


def work_out(shape: Circle | Polygon, keyring: Keyring) -> None:
    """Work the cells of a shape and their digests out, which is kept for the queries to come."""
    inside = covered(shape)
    by_purpose = {
        CELL_DEGREE: inside.degrees,
        CELL_TENTH: inside.tenths,
        CELL: inside.smallest,
    }
    for purpose, names in by_purpose.items():
        digests.digested(keyring, purpose, names)


@lru_cache(maxsize=CACHED_COVERS)
def covered(shape: Circle | Polygon) -> Cover:
    """Return the cells that make up a shape."""
    match shape:
        case Circle():
            return cover.of(Turns(shape))
        case Polygon(corners):
            return cover.of(Outline(corners))
