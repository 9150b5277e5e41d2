"""The countries picker, and the reach of a message to the ticked countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import reach
from bot.consular.people import search
from bot.consular.staff import roles
from bot.pages import rendering
from bot.pages.visit import Visit
from bot.signals import paces

Choice = tuple[str, str, int]  # code, name, people in the country


async def choices(session: AsyncSession, visit: Visit) -> list[Choice]:
    """List the countries this account looks after: those with most people first, then by name."""
    counts = await search.by_country(session, visit.now)
    people_by_country = {code: people for code, people, _stale in counts}
    listed: list[Choice] = []
    for code, name in rendering.countries(visit.language):
        if roles.covers(visit.staff, code):
            people = people_by_country.get(code, 0)
            listed.append((code, name, people))
    return sorted(listed, key=_fewest_last)


def _fewest_last(choice: Choice) -> int:
    _code, _name, people = choice
    return -people


def countries(visit: Visit) -> list[str]:
    """Return the codes of the countries that were ticked."""
    return list(dict.fromkeys(visit.fields("country")))


async def estimate(
    session: AsyncSession,
    visit: Visit,
    countries: Sequence[str],
    contents: Mapping[str, Any],
    drill: bool = False,
    real_people: bool = True,
) -> reach.Estimate | None:
    """Estimate people, parts and seconds of a message; None while no country is ticked."""
    audience: dict[str, Any] = {}
    if countries:
        audience["countries"] = list(countries)
    return await estimate_rule(
        session,
        visit,
        audience,
        contents,
        drill,
        real_people,
    )


async def estimate_rule(
    session: AsyncSession,
    visit: Visit,
    audience: Mapping[str, Any],
    contents: Mapping[str, Any],
    drill: bool = False,
    real_people: bool = True,
) -> reach.Estimate | None:
    """Estimate the same for any audience; None while it is empty. Raises AudienceError."""
    if not audience:
        return None
    rates = await paces.rates(visit.runtime)
    return await reach.estimate(
        session,
        audience,
        contents,
        rates,
        visit.now,
        drill,
        real_people,
    )
