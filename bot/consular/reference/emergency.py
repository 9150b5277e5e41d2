"""The numbers to call first where life is at risk: police, ambulance and fire of each country."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import accreditation
from bot.consular.reference.places import COUNTRIES
from bot.models import EmergencyNumber
from bot.text.text import ascii_digits, clean

NUMBERS = Path(__file__).parent / "data" / "emergency_numbers.csv"
SERVICES = ("general", "ambulance", "police", "fire")
MAX_SOURCE_CHARS = 200
_DIGITS = re.compile(r"\d{2,10}")


@dataclass(
    frozen=True,
    slots=True,
)
class Numbers:
    """What a country's row says; `as_of` is the ISO day on which the source said so."""

    general: str
    ambulance: str
    police: str
    fire: str
    source: str
    as_of: str


async def of(
    session: AsyncSession,
    country: str | None,
) -> EmergencyNumber | None:
    """Return the numbers of a country (alpha-2); None where not even one is known."""
    if country is None:
        return None
    numbers = await session.get(
        EmergencyNumber,
        country,
    )
    if numbers is None or not any(
        getattr(
            numbers,
            service,
        )
        for service in SERVICES
    ):
        return None
    return numbers


async def table(session: AsyncSession) -> dict[str, EmergencyNumber]:
    """Return all rows by country."""
    listed = await session.scalars(select(EmergencyNumber).order_by(EmergencyNumber.country))
    return {numbers.country: numbers for numbers in listed}


def to_call(
    numbers: EmergencyNumber,
    is_medical: bool,
) -> list[tuple[str, str]]:
    """Return (service, number) to call first: one for everything, or else those that fit."""
    order = ("ambulance", "general") if is_medical else ("general",)
    for service in order:
        number = getattr(
            numbers,
            service,
        )
        if number:
            return [(service, number)]
    calls: list[tuple[str, str]] = []
    for service in ("police", "ambulance", "fire"):
        number = getattr(
            numbers,
            service,
        )
        if number:
            calls.append((service, number))
    return calls


def checked(
    country: str,
    fields: Mapping[str, str],
    today: date,
) -> Numbers:
    """Return the numbers that somebody typed, as they are stored. Raises ConsularError."""
    if country not in COUNTRIES:
        raise ConsularError(
            "Not a country code: {code}.",
            code=Quote(country[:20]),
        )
    digits: dict[str, str] = {}
    for service in SERVICES:
        typed = fields.get(
            service,
            "",
        ).strip()
        number = ascii_digits(typed)
        if number and not _DIGITS.fullmatch(number):
            raise ConsularError(
                "{number} is no number to call.",
                number=Quote(typed[:20]),
            )
        digits[service] = number
    source = clean(
        fields.get(
            "source",
            "",
        ),
        MAX_SOURCE_CHARS,
    )
    if not source:
        raise ConsularError("Write who says so: the source of the numbers.")
    as_of = accreditation.read_day(
        fields.get(
            "as_of",
            "",
        ),
        today,
    )
    return Numbers(
        **digits,
        source=source,
        as_of=as_of,
    )


def contents(numbers: EmergencyNumber | Numbers | None) -> dict[str, str]:
    """Return what a row says, by column; nothing where there is no row."""
    if numbers is None:
        return dict.fromkeys(
            (*SERVICES, "source", "as_of"),
            "",
        )
    columns: dict[str, str] = {}
    for column in (*SERVICES, "source", "as_of"):
        columns[column] = getattr(
            numbers,
            column,
        )
    return columns


async def save(
    session: AsyncSession,
    country: str,
    numbers: Numbers,
    actor: str,
    now: datetime,
) -> None:
    """Set the numbers of a country, which a second person approved."""
    existing = await session.get(
        EmergencyNumber,
        country,
    )
    before = contents(existing)
    after = contents(numbers)
    if existing is None:
        session.add(
            EmergencyNumber(
                country=country,
                **after,
            )
        )
    else:
        for column, words in after.items():
            setattr(
                existing,
                column,
                words,
            )
    await session.flush()
    details: dict[str, list[str]] = {}
    for column, words in after.items():
        if words != before[column]:
            details[column] = [before[column], words]
    await trail.note(
        session,
        actor,
        "emergency.set",
        f"emergency:{country}",
        now,
        **details,
    )


async def seed(session: AsyncSession) -> int:
    """Fill an empty table with the numbers we ship; return how many countries."""
    if await session.scalar(select(func.count()).select_from(EmergencyNumber)):
        return 0
    rows: list[EmergencyNumber] = []
    with NUMBERS.open(
        encoding="utf-8",
        newline="",
    ) as file:
        for line in csv.DictReader(file):
            as_of = line.pop("date")
            rows.append(
                EmergencyNumber(
                    **line,
                    as_of=as_of,
                )
            )
    session.add_all(rows)
    await session.flush()
    return len(rows)
