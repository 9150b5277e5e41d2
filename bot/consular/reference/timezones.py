"""Time zones of places: by country, and by city where a country has several.

`nlu/sources/timezones.py` writes the table.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOME_ZONE = "Africa/Tripoli"  # of those who have told us no place
ZONES = Path(__file__).parent / "data" / "timezones.tsv"


def of(
    country: str | None,
    city: str | None,
) -> str | None:
    """Return the zone (IANA name) of a city (`US/Chicago`) or else of its country (alpha-2).

    None when the table has neither.
    """
    zones = _zones()
    if city is not None and city in zones:
        return zones[city]
    if country is None:
        return None
    return zones.get(country)


@cache
def _zones() -> dict[str, str]:
    zones: dict[str, str] = {}
    table = ZONES.read_text("utf-8")
    for line in table.splitlines():
        place, zone = line.split("\t", 1)
        zones[place] = zone
    return zones


def day(zone: str | None, now: datetime) -> date:
    """Return the day of the calendar in a zone (IANA name); in Libya where none is known."""
    try:
        local_zone = ZoneInfo(zone or HOME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        local_zone = ZoneInfo(HOME_ZONE)
    return now.astimezone(local_zone).date()
