"""Whose a case is: a post has those of its country, headquarters has all.

A case whose person has told no country is of the posts where their number or their crisis is;
at headquarters it says so.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import ConsularError, CountryCode
from bot.consular.staff import accounts, roles
from bot.models import Address, Case, CrisisCountry, Person, Staff


def visible(staff: Staff) -> ColumnElement[bool]:
    """Say in SQL whether the account sees a case. The query joins `Person`."""
    countries = roles.countries(staff)
    if countries is None:
        return true()
    has_number_there = exists().where(
        Address.person_id == Case.person_id,
        Address.region.in_(countries),
    )
    is_in_crisis_there = exists().where(
        CrisisCountry.crisis_id == Case.crisis_id,
        CrisisCountry.country.in_(countries),
    )
    is_nowhere = Person.country.is_(None)
    return or_(
        Person.country.in_(countries),
        and_(
            is_nowhere,
            or_(
                has_number_there,
                is_in_crisis_there,
            ),
        ),
    )


async def countries(
    session: AsyncSession,
    case: Case,
) -> set[str]:
    """Return the countries whose posts look after a case."""
    country = await session.scalar(select(Person.country).where(Person.id == case.person_id))
    if country is not None:
        return {country}
    regions = select(Address.region).where(
        Address.person_id == case.person_id,
        Address.region.is_not(None),
    )
    of_crisis = select(CrisisCountry.country).where(CrisisCountry.crisis_id == case.crisis_id)
    codes = await session.scalars(regions.union(of_crisis))
    return {code for code in codes if code is not None}


async def require(
    session: AsyncSession,
    staff: Staff,
    case: Case,
) -> None:
    """Refuse an account that does not look after the case. Raises ConsularError."""
    roles.require(
        staff,
        "cases",
    )
    if not _covers(
        staff,
        await countries(
            session,
            case,
        ),
    ):
        country = CountryCode(staff.post_country or "")
        raise ConsularError(
            "This account looks after {country} only.",
            country=country,
        )


async def colleagues(
    session: AsyncSession,
    case: Case,
) -> list[Staff]:
    """Return the accounts that may look after a case."""
    of_posts = await countries(
        session,
        case,
    )
    able: list[Staff] = []
    for account in await accounts.everyone(session):
        if roles.may(
            account,
            "cases",
        ) and _covers(
            account,
            of_posts,
        ):
            able.append(account)
    return able


def _covers(
    staff: Staff,
    of_posts: set[str],
) -> bool:
    return any(
        roles.covers(
            staff,
            country,
        )
        for country in of_posts
    ) or roles.covers(
        staff,
        None,
    )
