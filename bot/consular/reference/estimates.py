"""Estimates of how many nationals live in a country or a city: a figure, its source and its day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, CountryCode
from bot.consular.reference import places
from bot.consular.staff import roles
from bot.models import CommunityEstimate, Staff
from bot.text import text

MAX_PEOPLE = 10_000_000
MAX_FIGURE_CHARS = 20
MAX_SOURCE_CHARS = 200
FIRST_YEAR = 1951  # of the country itself: no community abroad is older
_SEPARATORS = str.maketrans("", "", " ,.٬٫'\u00a0\u202f_")


async def table(
    session: AsyncSession,
    countries: Collection[str] | None = None,
) -> list[CommunityEstimate]:
    """Return the estimates, of these countries alone where some are given, by country and city."""
    query = select(CommunityEstimate)
    if countries is not None:
        query = query.where(CommunityEstimate.country.in_(countries))
    in_order = query.order_by(CommunityEstimate.country, CommunityEstimate.city)
    return list(await session.scalars(in_order))


async def of_place(session: AsyncSession, place: str) -> CommunityEstimate | None:
    """Return the estimate of a place: `CC`, or `CC/English name`."""
    country, city = _parts(place)
    query = select(CommunityEstimate).where(
        CommunityEstimate.country == country,
        CommunityEstimate.city == city,
    )
    return await session.scalar(query)


async def set_estimate(
    session: AsyncSession,
    staff: Staff,
    place: str,
    figure: str,
    source: str,
    day: str,
    now: datetime,
) -> CommunityEstimate:
    """Enter how many live in a place (`CC` or `CC/English name`), in place of what was there.

    `figure` and `day` (2026-11-30) are as typed, in any digits. Raises ConsularError.
    """
    country, city = _checked_place(staff, place)
    people = _people(figure)
    dated = _day(day, now)
    cleaned_source = _source(source)
    estimate = await of_place(session, place)
    people_before = estimate.people if estimate is not None else None
    if estimate is None:
        estimate = CommunityEstimate(country=country, city=city)
        session.add(estimate)
    estimate.people = people
    estimate.source = cleaned_source
    estimate.dated = dated
    estimate.staff_id = staff.id
    estimate.entered_at = now
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "community.estimated",
        f"community:{city or country}",
        now,
        people=people,
        people_before=people_before,
        dated=dated.isoformat(),
    )
    return estimate


async def remove(session: AsyncSession, staff: Staff, place: str, now: datetime) -> None:
    """Take the estimate of a place away. Raises ConsularError."""
    country, city = _checked_place(staff, place)
    estimate = await of_place(session, place)
    if estimate is None:
        raise ConsularError("There is no estimate of this place.")
    removing = delete(CommunityEstimate).where(CommunityEstimate.id == estimate.id)
    await session.execute(removing)
    actor = roles.actor(staff)
    subject = f"community:{city or country}"
    await trail.note(
        session,
        actor,
        "community.estimate_removed",
        subject,
        now,
        people=estimate.people,
    )


def _parts(place: str) -> tuple[str, str]:
    """Return the country, and the city or ""."""
    country, separator, _name = place.partition("/")
    return country, place if separator else ""


def _checked_place(staff: Staff, place: str) -> tuple[str, str]:
    country, city = _parts(place)
    if country not in places.COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=CountryCode(country[:2]))
    if city and not places.is_city(city):
        raise ConsularError("We know no city of this name there.")
    roles.require(staff, "posts", country)
    return country, city


def _people(figure: str) -> int:
    digits = text.ascii_digits(figure).translate(_SEPARATORS)
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= MAX_FIGURE_CHARS
    people = int(digits) if is_number else 0
    if not 1 <= people <= MAX_PEOPLE:
        raise ConsularError(
            "An estimate is a number of people from 1 to {most}, such as 12000.", most=MAX_PEOPLE
        )
    return people


def _source(source: str) -> str:
    words = text.clean(source, MAX_SOURCE_CHARS + 1).split()
    cleaned = " ".join(words)
    if not 1 <= len(cleaned) <= MAX_SOURCE_CHARS:
        raise ConsularError(
            "Write where the figure comes from, in at most {most} letters.", most=MAX_SOURCE_CHARS
        )
    return cleaned


def _day(day: str, now: datetime) -> date:
    try:
        dated = date.fromisoformat(text.ascii_digits(day).strip())
    except ValueError:
        dated = date.min
    if dated.year < FIRST_YEAR:
        raise ConsularError("Write the day of the figure like this: 2026-01-31.")
    if dated > now.date():
        raise ConsularError("The day of the figure is still to come: write when it was counted.")
    return dated
