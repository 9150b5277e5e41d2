"""The directory of Libyan organisations abroad: listed, entered, checked, removed, as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.changes import changes, kinds, of_organisations
from bot.consular.changes.kinds import OrganisationRemoval
from bot.consular.errors import ConsularError
from bot.consular.reference import (
    organisation_entries,
    organisation_kinds,
    organisation_list,
    organisation_rows,
    organisations,
    places,
)
from bot.consular.reference.organisation_entries import Entry
from bot.consular.reference.organisation_list import PAGE_ORGANISATIONS, Filter
from bot.consular.staff import roles
from bot.models import Organisation, OrganisationKind
from bot.pages import rendering
from bot.pages.rendering import N_
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text import spreadsheets
from bot.text.text import LANGUAGES, page_number

MAX_FIELD_CHARS = 1000
MAX_QUERY_CHARS = 100
TITLES = {
    "number": N_("Number"),
    "country": N_("Country"),
    "city": N_("City"),
    "kind": N_("Kind"),
    "name_ar": N_("Name (Arabic)"),
    "name_en": N_("Name (English)"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "website": N_("Web address"),
    "description_ar": N_("Description (Arabic)"),
    "description_en": N_("Description (English)"),
    "source": N_("Source"),
    "checked_on": N_("Last checked"),
    "doubtful": N_("Doubtful"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An organisation of the list, and whether nobody has checked it for a year."""

    organisation: Organisation
    is_doubtful: bool


# --- the list -------------------------------------------------------------------------------------


async def show(visit: Visit) -> Response:
    """Show the organisations that the address asks for, a page at a time."""
    choice = _filter(visit)
    number = page_number(visit.request.query_params.get("page", ""))
    today = visit.now.date()
    async with visit.runtime.db.read() as session:
        listed = await organisation_list.visible(session, visit.staff, choice, today)
        codes = await organisation_list.countries(session, visit.staff)
    last = max(1, ceil(len(listed) / PAGE_ORGANISATIONS))
    number = min(number, last)
    start = (number - 1) * PAGE_ORGANISATIONS
    lines: list[Line] = []
    for organisation in listed[start : start + PAGE_ORGANISATIONS]:
        lines.append(Line(organisation, organisations.is_doubtful(organisation, today)))
    return visit.page(
        "office/organisations.html",
        lines=lines,
        total=len(listed),
        choice=choice,
        codes=codes,
        kinds=organisation_kinds.named(visit.language),
        kind_name=organisation_kinds.name,
        query=_address(choice),
        number=number,
        last=last,
    )


def _filter(visit: Visit) -> Filter:
    """Read what the address asks for; what is none of ours is left out."""
    query = visit.request.query_params
    country = query.get("country", "").upper()
    kind = query.get("kind", "")
    return Filter(
        country=country if country in places.COUNTRIES else "",
        kind=OrganisationKind(kind) if kind in list(OrganisationKind) else None,
        text=query.get("q", "")[:MAX_QUERY_CHARS].strip(),
        is_doubtful=query.get("doubtful", "") == "1",
    )


def _address(choice: Filter) -> str:
    """Write a filter as it stands in an address."""
    fields = {
        "country": choice.country,
        "kind": choice.kind.value if choice.kind else "",
        "q": choice.text,
        "doubtful": "1" if choice.is_doubtful else "",
    }
    return urlencode({name: text for name, text in fields.items() if text})


# --- files ----------------------------------------------------------------------------------------


async def csv(visit: Visit) -> Response:
    """Send the organisations that the address asks for as CSV."""
    titles, rows = await _table(visit)
    content = spreadsheets.UTF_8_MARK + spreadsheets.lines([titles, *rows])
    return _file(content.encode(), "csv", spreadsheets.CSV_TYPE)


async def xlsx(visit: Visit) -> Response:
    """Send the organisations that the address asks for as XLSX."""
    titles, rows = await _table(visit)
    content = await asyncio.to_thread(_workbook, visit, titles, rows)
    return _file(content, "xlsx", spreadsheets.XLSX_TYPE)


async def _table(visit: Visit) -> tuple[list[str], list[list[str]]]:
    """Return the titles and the rows of a file, in which nobody is named."""
    today = visit.now.date()
    async with visit.runtime.db.read() as session:
        listed = await organisation_list.visible(session, visit.staff, _filter(visit), today)
    titles = [visit.say(title) for title in TITLES.values()]
    rows: list[list[str]] = []
    for organisation in listed:
        columns = organisation_rows.columns(organisation, visit.language)
        is_doubtful = organisations.is_doubtful(organisation, today)
        columns["doubtful"] = visit.say(N_("yes") if is_doubtful else N_("no"))
        rows.append([columns[name] for name in TITLES])
    return titles, rows


def _workbook(
    visit: Visit,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> bytes:
    with TemporaryDirectory(prefix="tammen-") as folder:
        path = Path(folder) / "organisations.xlsx"
        sheet = spreadsheets.Sheet(path, titles, visit.language)
        sheet.write(rows)
        sheet.close()
        return path.read_bytes()


def _file(content: bytes, ending: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="tammen-organisations.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


# --- forms ----------------------------------------------------------------------------------------


async def new(visit: Visit) -> Response:
    """Show the form of an organisation that is not in the directory yet."""
    country = _filter(visit).country or visit.staff.post_country or ""
    entry = organisation_entries.empty(country, visit.now.date())
    return await _form(visit, entry)


async def add(visit: Visit) -> Response:
    """Propose an organisation, or show the form again with what is wrong."""
    return await _propose_entry(visit, _typed(visit, visit.field("country")), None)


async def edit(visit: Visit) -> Response:
    """Show the page of one organisation: what is kept of it, and the forms to change that."""
    organisation = await _of_visit(visit)
    return await _form(visit, organisation_entries.of(organisation), organisation)


async def save(visit: Visit) -> Response:
    """Propose what the form changes of an organisation."""
    organisation = await _of_visit(visit)
    entry = _typed(visit, organisation.country)
    if _is_same_city(visit, entry.city, organisation):
        entry = replace(entry, city=organisation.city or "")
    return await _propose_entry(visit, entry, organisation)


def _is_same_city(
    visit: Visit,
    typed: str,
    organisation: Organisation,
) -> bool:
    """Tell whether the form has the city as it was shown: others may be called the same."""
    if organisation.city is None:
        return False
    return typed == places.city_name(organisation.city, visit.language)


async def check(visit: Visit) -> Response:
    """Write down that all we say of an organisation is right."""
    organisation = await _of_visit(visit)
    try:
        async with visit.runtime.db.begin() as session:
            await organisations.confirm(
                session,
                visit.staff,
                organisation.id,
                visit.field("source", MAX_FIELD_CHARS),
                visit.field("checked_on", MAX_FIELD_CHARS),
                visit.now,
            )
    except ConsularError as error:
        entry = organisation_entries.of(organisation)
        return await _form(visit, entry, organisation, visit.explain(error))
    return go(f"/organisations/{organisation.id}?done=organisation_checked")


async def remove(visit: Visit) -> Response:
    """Propose that an organisation is removed."""
    organisation = await _of_visit(visit)
    change = OrganisationRemoval(organisation.id, visit.field("reason", MAX_FIELD_CHARS))
    entry = organisation_entries.of(organisation)
    return await _propose(visit, change, entry, organisation)


async def _propose_entry(
    visit: Visit,
    entry: Entry,
    organisation: Organisation | None,
) -> Response:
    number = None if organisation is None else organisation.id
    try:
        change = of_organisations.entering(entry, number, visit.now.date())
    except ConsularError as error:
        return await _form(visit, entry, organisation, visit.explain(error))
    return await _propose(visit, change, entry, organisation)


async def _propose(
    visit: Visit,
    change: kinds.Change,
    entry: Entry,
    organisation: Organisation | None,
) -> Response:
    try:
        async with visit.runtime.db.begin() as session:
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return await _form(visit, entry, organisation, visit.explain(error))
    await bells.announce(visit.runtime.redis, OVERRIDES)
    if organisation is None:
        return go("/organisations?done=proposed")
    return go(f"/organisations/{organisation.id}?done=proposed")


async def _form(
    visit: Visit,
    entry: Entry,
    organisation: Organisation | None = None,
    wrong: str = "",
) -> Response:
    waiting = None
    is_doubtful = False
    if organisation is not None:
        is_doubtful = organisations.is_doubtful(organisation, visit.now.date())
        async with visit.runtime.db.read() as session:
            waiting = await of_organisations.waiting(session, organisation.id)
    return visit.page(
        "office/organisation.html",
        422 if wrong else 200,
        organisation=organisation,
        entry=entry,
        wrong=wrong,
        waiting=waiting,
        is_doubtful=is_doubtful,
        kinds=organisation_kinds.named(visit.language),
        countries=_countries(visit),
        today=visit.now.date().isoformat(),
        limits=organisation_entries,
    )


def _countries(visit: Visit) -> list[tuple[str, str]]:
    """Return the countries that the account looks after, with their names."""
    covered: list[tuple[str, str]] = []
    for code, name in rendering.countries(visit.language):
        if roles.covers(visit.staff, code):
            covered.append((code, name))
    return covered


def _typed(visit: Visit, country: str) -> Entry:
    """Read the fields of the form."""
    names: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    for code in LANGUAGES:
        names[code] = visit.field(f"name_{code}", MAX_FIELD_CHARS)
        descriptions[code] = visit.field(f"description_{code}", MAX_FIELD_CHARS)
    return Entry(
        country=country,
        city=visit.field("city", MAX_FIELD_CHARS),
        kind=visit.field("kind", MAX_FIELD_CHARS),
        names=names,
        descriptions=descriptions,
        phone=visit.field("phone", MAX_FIELD_CHARS),
        email=visit.field("email", MAX_FIELD_CHARS),
        website=visit.field("website", MAX_FIELD_CHARS),
        contact_name=visit.field("contact_name", MAX_FIELD_CHARS),
        contact_agreed_on=visit.field("contact_agreed_on", MAX_FIELD_CHARS),
        source=visit.field("source", MAX_FIELD_CHARS),
        checked_on=visit.field("checked_on", MAX_FIELD_CHARS),
    )


async def _of_visit(visit: Visit) -> Organisation:
    """Return the organisation of the address, if the account looks after it.

    Raises HTTPException 404.
    """
    organisation = await visit.find(Organisation)
    if not roles.covers(visit.staff, organisation.country):
        raise HTTPException(404)
    return organisation


ROUTES = [
    Page("/organisations", show, may="posts"),
    Page("/organisations.csv", csv, may="posts"),
    Page("/organisations.xlsx", xlsx, may="posts"),
    Page("/organisations/new", new, may="posts"),
    Page("/organisations/new", add, may="posts", methods=("POST",)),
    Page("/organisations/{id:int}", edit, may="posts"),
    Page("/organisations/{id:int}", save, may="posts", methods=("POST",)),
    Page("/organisations/{id:int}/check", check, may="posts", methods=("POST",)),
    Page("/organisations/{id:int}/remove", remove, may="posts", methods=("POST",)),
]
