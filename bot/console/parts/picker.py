"""The countries picker, and what a message to the chosen countries will take."""

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

Choice = tuple[str, str, int]  # code, name, people there


async def choices(session: AsyncSession, visit: Visit) -> list[Choice]:
    """Return the countries this account looks after: those with people first, then by name."""
    people = {}
    for code, count, _stale in await search.by_country(session, visit.now):
        people[code] = count
    own_choices = []
    for code, name in rendering.countries(visit.language):
        if roles.covers(visit.staff, code):
            own_choices.append((code, name, people.get(code, 0)))
    return sorted(own_choices, key=_most_people_first)


def _most_people_first(choice: Choice) -> int:
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
) -> reach.Estimate | None:
    """How many people, parts and seconds; None while no country is chosen."""
    return await estimate_rule(
        session, visit, {"countries": list(countries)} if countries else {}, contents, drill
    )


async def estimate_rule(
    session: AsyncSession,
    visit: Visit,
    audience: Mapping[str, Any],
    contents: Mapping[str, Any],
    drill: bool = False,
) -> reach.Estimate | None:
    """The same for any audience. Raises AudienceError."""
    if not audience:
        return None
    rates = await paces.rates(visit.runtime)
    return await reach.estimate(session, audience, contents, rates, visit.now, drill)
