"""Organisations as rows of a file, and the rows of a file as entries. No row names a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import organisation_entries, organisation_kinds, organisations, places
from bot.consular.reference.organisation_entries import Entry
from bot.messages import Language
from bot.models import Organisation
from bot.text.text import LANGUAGES, in_language

MAX_ROWS = 500  # of a file: each of them waits for a second person
NEEDED_COLUMNS = ("country", "kind", "name_ar", "name_en", "source", "checked_on")
OTHER_COLUMNS = ("city", "phone", "email", "website", "description_ar", "description_en")
COLUMNS = (*NEEDED_COLUMNS, *OTHER_COLUMNS)
MAX_TITLE_CHARS = 40
SPREADSHEET_QUOTE = "'"  # before a plus sign, so that no spreadsheet takes it for a formula


def columns(organisation: Organisation, language: Language) -> dict[str, str]:
    """Return what a file says of an organisation, by column, in the words of a language."""
    city = ""
    if organisation.city:
        city = places.city_name(organisation.city, language)
    cells = {
        "number": str(organisation.id),
        "country": places.country_name(organisation.country, language),
        "city": city,
        "kind": organisation_kinds.name(organisation.kind, language),
        "phone": organisation.phone,
        "email": organisation.email,
        "website": organisation.website,
        "source": organisation.source,
        "checked_on": organisation.checked_on.isoformat(),
    }
    for code in LANGUAGES:
        cells[f"name_{code}"] = organisation.names.get(code, "")
        cells[f"description_{code}"] = organisation.descriptions.get(code, "")
    return cells


def read(table: str, today: date) -> list[Entry]:
    """Read the entries of a CSV file, in any order of columns.

    Raises ConsularError for the first row that is wrong, with its line; nothing is kept then.
    """
    rows = csv.DictReader(io.StringIO(table))
    _check_titles(rows.fieldnames or ())
    entries: list[Entry] = []
    for cells in rows:
        if len(entries) == MAX_ROWS:
            raise ConsularError("The file has more than {limit} rows.", limit=MAX_ROWS)
        entries.append(_entry(cells, rows.line_num, today))
    _check_names(entries)
    return entries


def _check_titles(titles: object) -> None:
    names = set(titles) if isinstance(titles, (list, tuple)) else set()
    missing = [name for name in NEEDED_COLUMNS if name not in names]
    if missing:
        raise ConsularError("The file has no column {column}.", column=Quote(missing[0]))
    unknown = sorted(str(name) for name in names if name not in COLUMNS)
    if unknown:
        raise ConsularError(
            "{column} is no column of this file: it has {columns}.",
            column=Quote(unknown[0][:MAX_TITLE_CHARS]),
            columns=Quote(", ".join(COLUMNS)),
        )


def _entry(
    cells: Mapping[str, str],
    line: int,
    today: date,
) -> Entry:
    """Read a row. Raises ConsularError with its line."""
    if None in cells or None in cells.values():
        raise ConsularError("Line {line}: it has too many fields, or too few.", line=line)
    names: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    for code in LANGUAGES:
        names[code] = cells[f"name_{code}"]
        descriptions[code] = cells.get(f"description_{code}", "")
    entry = Entry(
        country=cells["country"],
        city=cells.get("city", ""),
        kind=cells["kind"],
        names=names,
        descriptions=descriptions,
        phone=cells.get("phone", "").removeprefix(SPREADSHEET_QUOTE),
        email=cells.get("email", ""),
        website=cells.get("website", ""),
        contact_name="",
        contact_agreed_on="",
        source=cells["source"],
        checked_on=cells["checked_on"],
    )
    try:
        return organisation_entries.checked(entry, today)
    except ConsularError as error:
        raise _at_line(error, line) from error


def _at_line(error: ConsularError, line: int) -> ConsularError:
    why = Quote(str(error))
    return ConsularError("Line {line}: {why}", line=line, why=why)


def _check_names(entries: list[Entry]) -> None:
    """Raise ConsularError where two rows are of one organisation."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        keys = {(entry.country, key) for key in organisations.name_keys(entry.names)}
        if keys & seen:
            raise ConsularError(
                "{name} stands in the file twice.",
                name=Quote(in_language(entry.names, "en")),
            )
        seen |= keys


async def unknown(session: AsyncSession, entries: list[Entry]) -> list[Entry]:
    """Return the entries whose names the directory does not have in their country yet."""
    new: list[Entry] = []
    for entry in entries:
        namesake = await organisations.same_named(session, entry.country, entry.names)
        if namesake is None:
            new.append(entry)
    return new
