"""People with numbers of countries where answers, links or all texts get lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import country_reach
from bot.models import Address, Person, ReachCell
from tests import builders

# A number of each, as providers write it; DE is not in the table.
NUMBERS: Mapping[str, str] = {
    "AE": "+971501234567",
    "QA": "+97433123456",
    "TN": "+21620123456",
    "LY": "+218912345678",
    "IT": "+393331234567",
    "IR": "+989121234567",
    "DE": "+4915112345678",
}


async def reader(
    session: AsyncSession, now: datetime, region: str, *others: str, language: str = "ar"
) -> Person:
    """Add a person in Turkey with a number of a country, and other addresses."""
    person = await builders.person(session, now, *others, language=language)
    number = NUMBERS[region]
    if await session.scalar(select(Address.id).where(Address.index == f"sms:{number}")):
        number = f"{number[:-4]}{person.id:04}"  # the first has the number of the table
    await builders.address(session, person, f"sms:{number}", now, region=region)
    return person


async def readers(session: AsyncSession, now: datetime, language: str = "ar") -> dict[str, Person]:
    """Fill the table of countries, and add a person for each number."""
    await country_reach.seed(session)
    people: dict[str, Person] = {}
    for region in NUMBERS:
        people[region] = await reader(session, now, region, language=language)
    return people


async def enter(session: AsyncSession, country: str, name: str, value: str, now: datetime) -> None:
    """Set a cell, as if a second person had approved it."""
    cell = country_reach.cell(country, name, value, "a colleague", "2026-03-01", now.date())
    await country_reach.save(session, cell, "staff:1", now)


async def cell_of(session: AsyncSession, country: str, name: str) -> ReachCell | None:
    """Read a cell."""
    return await session.get(ReachCell, (country, name))
