"""Where a person is, as the database may know it: encrypted to read, and blind to be found by."""

from __future__ import annotations

from bot.consular.reference import cells, places
from bot.models import Person

BlindColumns = dict[str, str | None]


def rounded(
    latitude: float | None,
    longitude: float | None,
) -> str | None:
    """Write a position as `people.position` has it, to about 1 km."""
    if latitude is None:
        return None
    if longitude is None:
        return None
    north = round(latitude, cells.POSITION_DECIMALS)
    east = round(longitude, cells.POSITION_DECIMALS)
    return f"{north},{east}"


def blind(
    city: str | None,
    position: str | None,
) -> BlindColumns:
    """Return the blind columns of a person's city and rounded position, as plain texts."""
    columns: BlindColumns = {
        "city_index": city,
        "cell": None,
        "cell_tenth": None,
        "cell_degree": None,
    }
    if position is not None:
        latitude, longitude = position.split(",")
        names = cells.of(
            float(latitude),
            float(longitude),
        )
        columns.update(names._asdict())
    return columns


def coarse_position(person: Person) -> tuple[float, float] | None:
    """Return where a person is, to about 1 km, else where their city is; None when neither."""
    if person.position is not None:
        latitude, _, longitude = person.position.partition(",")
        return float(latitude), float(longitude)
    if person.city is None:
        return None
    place = places.place_of(person.city)
    if place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def mark(person: Person) -> None:
    """Let the person be found by the city and position that are set."""
    columns = blind(person.city, person.position)
    for name, plain in columns.items():
        setattr(person, name, plain)
