"""People: the search, and the list of a country, on the screen and as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from math import ceil
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from bot.console.parts import spreadsheet_files
from bot.consular.people import cell_words, listing, listing_cells, search
from bot.consular.people.listing import Entry, Filter, Part, Portion
from bot.consular.reference import places
from bot.consular.staff import roles
from bot.pages.rendering import countries
from bot.pages.visit import Page, Visit
from bot.text.text import page_number

MAX_QUERY_CHARS = 200
SLICE_PEOPLE = 500
FIELDS = ("country", "need")


async def show(visit: Visit) -> Response:
    """Show the search, and the list that the address asks for."""
    query = visit.request.query_params
    if not any(name in query for name in FIELDS):
        return _page(visit, Filter())
    filters = _of_address(visit)
    numbers = {part: page_number(query.get(part.value, "")) for part in Part}
    async with visit.runtime.db.begin() as session:
        portions = await listing.pages(session, visit.staff, filters, numbers, visit.now)
        ids = _ids(portions)
        await listing.note_look(session, visit.staff, "people.listed", filters, ids, visit.now)
    return _page(visit, filters, portions=portions, numbers=numbers, last=_last(portions))


def _last(portions: Mapping[Part, Portion]) -> dict[Part, int]:
    """Return the number of the last page of each part."""
    last: dict[Part, int] = {}
    for part, portion in portions.items():
        pages = ceil(portion.total / listing.PAGE_PEOPLE)
        last[part] = max(1, pages)
    return last


def _ids(portions: Mapping[Part, Portion]) -> list[int]:
    ids: list[int] = []
    for portion in portions.values():
        ids.extend(entry.person.id for entry in portion.entries)
    return ids


async def find(visit: Visit) -> Response:
    """Show people by name or number.

    The form is posted, so that no name comes into an address or a log.
    """
    query = visit.field("query", MAX_QUERY_CHARS)
    filters = Filter(country=_of_address(visit).country)
    async with visit.runtime.db.begin() as session:
        people = await search.search(
            session,
            visit.staff,
            query,
            visit.now,
            filters.country,
        )
        ids = [person.id for person in people]
        found = await listing.entries(session, ids, visit.now)
    return _page(visit, filters, query=query, found=found)


def _page(
    visit: Visit,
    filters: Filter,
    *,
    query: str = "",
    found: Sequence[Entry] | None = None,
    **shown: Any,
) -> Response:
    """Show the page: with what a search found, or a list (`portions`), or neither."""
    paging: dict[str, Any] = {"portions": {}, "numbers": {}, "last": {}}
    if found is not None:
        parts = listing.parted(found)
        paging["portions"] = {part: Portion(parts[part], len(parts[part])) for part in Part}
    return visit.page(
        "people/people.html",
        query=query,
        found=found,
        most=search.MAX_RESULTS,
        filters=filters,
        address=_address(filters),
        all_countries=_countries(visit),
        choices=listing.CHOICES,
        need_words=cell_words.NEEDS,
        **(paging | shown),
    )


async def download(visit: Visit) -> Response:
    """Send the whole list that is filtered, and note first who took it, and of whom it is."""
    kind = visit.field("kind")
    spreadsheet_files.check_kind(kind)
    filters = _read(visit.field("country"), visit.field("need"))
    async with visit.runtime.db.begin() as session:
        ids = await listing.everybody(session, visit.staff, filters, visit.now)
        await listing.note_look(session, visit.staff, "people.downloaded", filters, ids, visit.now)
    return spreadsheet_files.send(
        kind,
        "people",
        listing_cells.titles(visit.language),
        _slices(visit, ids),
        visit.language,
    )


async def _slices(visit: Visit, ids: Sequence[int]) -> AsyncIterator[list[list[str]]]:
    """Yield the cells of the people, some hundred at a time."""
    for start in range(0, len(ids), SLICE_PEOPLE):
        portion = ids[start : start + SLICE_PEOPLE]
        async with visit.runtime.db.read() as session:
            listed = await listing.entries(session, portion, visit.now)
        yield [listing_cells.cells(entry, visit.language) for entry in listed]


def _of_address(visit: Visit) -> Filter:
    query = visit.request.query_params
    return _read(query.get("country", ""), query.get("need", ""))


def _read(country: str, need: str) -> Filter:
    """Read a filter; what is no choice of ours is left out."""
    code = country.upper()
    return Filter(
        country=code if code in places.COUNTRIES else "",
        need=need if need in listing.CHOICES else "",
    )


def _address(filters: Filter) -> str:
    """Write a filter as it stands in an address: there even where it limits nothing."""
    return urlencode({"country": filters.country, "need": filters.need})


def _countries(visit: Visit) -> list[tuple[str, str]]:
    """Return the codes and names of the countries that the reader looks after."""
    return [
        (code, name) for code, name in countries(visit.language) if roles.covers(visit.staff, code)
    ]


ROUTES = [
    Page("/people", show, may="people"),
    Page("/people", find, may="people", methods=("POST",)),
    Page("/people/file", download, may="people", methods=("POST",), asks_again=True),
]
