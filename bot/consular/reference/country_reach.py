"""What each country lets through, cell by cell: staff keep the table, each cell has its source.

A country that the table does not know counts as one where nobody has found out whether an answer
by SMS returns: its people are asked to answer, and get a link as well.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference.places import COUNTRIES
from bot.models import Post, ReachCell, ReachProperty, SmsWay
from bot.text.text import ascii_digits, clean

TABLE = Path(__file__).parent / "data" / "reach.csv"
MAX_VALUE_CHARS = 300
YES = "yes"
NO = "no"
NONE = "none"  # nothing is delivered there
UNKNOWN = "unknown"
ANSWERS = (YES, NO, UNKNOWN)
VALUES: Mapping[ReachProperty, tuple[str, ...]] = {
    ReachProperty.SMS_TWO_WAY: (YES, NO, NONE, UNKNOWN),
    ReachProperty.SMS_LINK_OK: ANSWERS,
    ReachProperty.SMS_GOVERNMENT_OK: ANSWERS,
    ReachProperty.SMS_SENDER_REGISTERED: ANSWERS,
    ReachProperty.WHATSAPP: ANSWERS,
}

Cells = Mapping[ReachProperty, ReachCell]  # of one country


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing about a country as somebody enters it."""

    country: str
    property: ReachProperty
    value: str
    source: str
    as_of: date


async def table(session: AsyncSession) -> dict[str, dict[ReachProperty, ReachCell]]:
    """Return the cells by country, in the order of the codes."""
    countries: dict[str, dict[ReachProperty, ReachCell]] = {}
    cells = await session.scalars(select(ReachCell).order_by(ReachCell.country))
    for cell in cells:
        countries.setdefault(cell.country, {})[cell.property] = cell
    return countries


async def ways(session: AsyncSession) -> dict[str, SmsWay]:
    """Return how people answer an SMS, by country; those left out answer by SMS or by a link."""
    by_country: dict[str, SmsWay] = {}
    for country, cells in (await table(session)).items():
        way = way_of(cells)
        if way is not SmsWay.ANSWER:
            by_country[country] = way
    return by_country


async def silent_countries(session: AsyncSession) -> frozenset[str]:
    """Return the countries to whose numbers nothing is sent."""
    by_country = await ways(session)
    return closed(by_country)


def closed(by_country: Mapping[str, SmsWay | str]) -> frozenset[str]:
    """Return which countries get nothing, of ways by country."""
    return frozenset(code for code, way in by_country.items() if way == SmsWay.NOTHING)


def mute(by_country: Mapping[str, SmsWay | str], has_link: bool) -> frozenset[str]:
    """Return the countries from which no answer to an SMS returns at all, of ways by country."""
    countries: set[str] = set()
    for code, way in by_country.items():
        needs_link = way == SmsWay.LINK
        if way in (SmsWay.READ, SmsWay.NOTHING) or (needs_link and not has_link):
            countries.add(code)
    return frozenset(countries)


def way_of(cells: Cells) -> SmsWay:
    """Return how somebody with a number of a country can answer a text of ours."""
    two_way = value(cells, ReachProperty.SMS_TWO_WAY)
    is_refused = value(cells, ReachProperty.SMS_GOVERNMENT_OK) == NO
    if two_way == NONE or is_refused:
        return SmsWay.NOTHING
    is_link_refused = value(cells, ReachProperty.SMS_LINK_OK) == NO
    if two_way == NO:
        return SmsWay.READ if is_link_refused else SmsWay.LINK
    return SmsWay.PLAIN_ANSWER if is_link_refused else SmsWay.ANSWER


def is_known(cells: Cells) -> bool:
    """Tell whether anybody found out if an answer by SMS returns."""
    return value(cells, ReachProperty.SMS_TWO_WAY) != UNKNOWN


def value(
    cells: Cells,
    name: ReachProperty,
) -> str:
    """Return what is known of a country."""
    if name not in cells:
        return UNKNOWN
    return cells[name].value


async def unknown_of_posts(session: AsyncSession) -> list[str]:
    """Return the countries of our posts of which nobody found out whether answers return."""
    countries = await table(session)
    unknown: list[str] = []
    for country in await _countries_of_posts(session):
        if not is_known(countries.get(country, {})):
            unknown.append(country)
    return unknown


async def _countries_of_posts(session: AsyncSession) -> list[str]:
    countries = select(Post.country).distinct()
    return list(await session.scalars(countries.order_by(Post.country)))


async def registered_countries(session: AsyncSession) -> list[str]:
    """Return the countries with a post whose networks let registered senders through alone."""
    countries = await table(session)
    registered: list[str] = []
    for country in await _countries_of_posts(session):
        cells = countries.get(country, {})
        if value(cells, ReachProperty.SMS_SENDER_REGISTERED) == YES:
            registered.append(country)
    return registered


# --- changes --------------------------------------------------------------------------------------


def cell(
    country: str,
    name: str,
    typed: str,
    source: str,
    as_of: str,
    today: date,
) -> Cell:
    """Read what somebody entered of a country. Raises ConsularError.

    `as_of` is an ISO date, in any digits.
    """
    code = country.strip().upper()
    if code not in COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(country[:20]))
    entered_property = _property(name)
    return Cell(
        code,
        entered_property,
        _value(entered_property, typed),
        _source(source),
        _day(as_of, today),
    )


def _property(name: str) -> ReachProperty:
    try:
        return ReachProperty(name)
    except ValueError:
        raise ConsularError(
            "A country has no {name}: it has {names}.",
            name=Quote(name[:40]),
            names=Quote(", ".join(ReachProperty)),
        ) from None


def _value(name: ReachProperty, typed: str) -> str:
    written = clean(typed, MAX_VALUE_CHARS)
    if name not in VALUES:
        return written
    allowed = VALUES[name]
    lower = written.lower()
    if lower not in allowed:
        raise ConsularError(
            "{name} is one of: {values}.",
            name=Quote(name.value),
            values=Quote(", ".join(allowed)),
        )
    return lower


def _source(source: str) -> str:
    written = clean(source, MAX_VALUE_CHARS)
    if not written:
        raise ConsularError("Write where this is from.")
    return written


def _day(as_of: str, today: date) -> date:
    try:
        day = date.fromisoformat(ascii_digits(as_of).strip())
    except ValueError:
        raise ConsularError("Write the day as 2026-11-30.") from None
    if day > today:
        raise ConsularError("This day is still to come.")
    return day


async def check(
    session: AsyncSession,
    entered: Cell,
) -> None:
    """Raise ConsularError where a cell says the same already."""
    key = (entered.country, entered.property)
    current = await session.get(ReachCell, key)
    if current is None:
        return
    before = (
        current.value,
        current.source,
        current.as_of,
    )
    after = (
        entered.value,
        entered.source,
        entered.as_of,
    )
    if before == after:
        raise ConsularError("Nothing would change.")


async def save(
    session: AsyncSession,
    entered: Cell,
    actor: str,
    now: datetime,
) -> None:
    """Set a cell, which a second person approved. The audit trail keeps both values."""
    key = (entered.country, entered.property)
    current = await session.get(ReachCell, key)
    value_before = ""
    if current is None:
        current = ReachCell(country=entered.country, property=entered.property)
        session.add(current)
    else:
        value_before = current.value
    current.value = entered.value
    current.source = entered.source
    current.as_of = entered.as_of
    await session.flush()
    await trail.note(
        session,
        actor,
        "reach.set",
        f"reach:{entered.country}",
        now,
        property=entered.property.value,
        value=entered.value,
        value_before=value_before,
        source=entered.source,
        as_of=entered.as_of.isoformat(),
    )


async def seed(session: AsyncSession) -> int:
    """Fill an empty table with what the provider's pages say; return how many cells."""
    count = select(func.count()).select_from(ReachCell)
    if await session.scalar(count):
        return 0
    cells: list[ReachCell] = []
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            cells.append(_seeded(line))
    session.add_all(cells)
    await session.flush()
    return len(cells)


def _seeded(line: Mapping[str, str]) -> ReachCell:
    return ReachCell(
        country=line["country"],
        property=ReachProperty(line["property"]),
        value=line["value"],
        source=line["source"],
        as_of=date.fromisoformat(line["as_of"]),
    )
