"""The larger cities by name, which the map shows beside the outlines of countries."""

from __future__ import annotations

from functools import cache

from starlette.responses import JSONResponse, Response

from bot.consular.reference import places
from bot.messages import Language
from bot.pages.visit import Page, Visit


async def cities(visit: Visit) -> Response:
    """Send the cities as `[latitude, longitude, name, people]`, the largest first."""
    return Response(_cities(visit.language), media_type="application/json")


@cache
def _cities(language: Language) -> bytes:
    entries: list[list[object]] = []
    for city, position, people in places.large_cities():
        name = places.city_name(city, language)
        entries.append([*position, name, people])
    return bytes(JSONResponse(entries).body)


ROUTES = [Page("/map/cities", cities, may="advisories")]
