"""What the map is drawn with beside the outlines of countries: the larger cities, by name."""

from __future__ import annotations

from functools import cache

from starlette.responses import JSONResponse, Response

from bot.consular.reference import places
from bot.messages import Language
from bot.pages.visit import Page, Visit


async def cities(visit: Visit) -> Response:
    """The cities as `[latitude, longitude, name, people]`, the largest first."""
    return Response(_cities(visit.language), media_type="application/json")


@cache
def _cities(language: Language) -> bytes:
    rows = [
        [*position, places.city_name(value, language), people]
        for value, position, people in places.large_cities()
    ]
    return bytes(JSONResponse(rows).body)


ROUTES = [Page("/map/cities", cities, may="advisories")]
