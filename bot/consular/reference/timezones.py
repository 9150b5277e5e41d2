"""The clock of a place: by country, and by city where a country has several. From `nlu/sources/timezones.py`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ZONES = Path(__file__).parent / "data" / "timezones.tsv"


def of(country: str | None, city: str | None) -> str | None:
    """The zone (IANA name) of a city (`US/Chicago`) or else of its country (alpha-2); None where we know of none."""
    return _zones().get(city or "") or _zones().get(country or "")


@cache
def _zones() -> dict[str, str]:
    lines = ZONES.read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines)
