"""The figures of a situation report: the board of a crisis at one moment, by country and city.

They are counts. Everything stands below a country, so a post reads its own part of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.standings import COUNTS, SILENT, first_answers, standings
from bot.consular.crises import board, clocks
from bot.consular.people import communities
from bot.models import Case, CaseState, Crisis, OutboundMessage, OutboundState, Person, is_counted

NOWHERE = ""  # the country, or the city, that nobody has told
CURVE_STEPS = 48
LIGHTS = ("red", "amber", "green", "closed")

Counts = dict[str, int]


class CommunityFigures(TypedDict):
    """Registered people of a country (`city` is NOWHERE) or a city, beside an estimate of all."""

    city: str
    registered: int
    doubtful: int
    estimated: int
    source: str
    dated: str


class CountryFigures(TypedDict):
    """What is counted in one country.

    `cities` are people by standing in each city (`TR/Istanbul`, or NOWHERE), `cases` are cases by
    LIGHTS for each kind, `delivery` people by the state of the roll call to them, `answers` how
    many had answered at each moment of the curve. `leaving` counts who want evacuation together
    with the people with them. `stale` people are silent, and their place is an old one: they are
    not counted as present. `vulnerable` people go first; of these, `vulnerable_silent` have not
    answered. They and `communities` are missing in reports from before they were counted.
    """

    cities: dict[str, Counts]
    stale: int
    leaving: int
    cases: dict[str, Counts]
    delivery: Counts
    answers: list[int]
    communities: NotRequired[list[CommunityFigures]]
    vulnerable: NotRequired[int]
    vulnerable_silent: NotRequired[int]


class Figures(TypedDict):
    """The figures by country (alpha-2, or NOWHERE), and the moments of the curve in ISO 8601."""

    countries: dict[str, CountryFigures]
    moments: list[str]


async def count(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
) -> Figures:
    """Count everything. The session reads a snapshot, so that all of it is of one moment."""
    moment = crisis.closed_at or now
    countries: dict[str, CountryFigures] = defaultdict(none)
    for covered in crisis.countries:
        countries[covered.country] = none()
    await _count_people(session, crisis, moment, countries)
    await _count_vulnerable(session, crisis, moment, countries)
    await _count_cases(session, crisis, moment, countries)
    await _count_deliveries(session, crisis, countries)
    moments = _moments(crisis.opened_at, moment)
    await _count_answers(session, crisis, moments, countries)
    if not crisis.drill:
        await _count_communities(session, moment, countries)
    return {
        "countries": dict(countries),
        "moments": [at.isoformat() for at in moments],
    }


def none() -> CountryFigures:
    """Return the figures of a country where nobody is."""
    return {
        "cities": {},
        "stale": 0,
        "leaving": 0,
        "cases": {},
        "delivery": {},
        "answers": [],
        "vulnerable": 0,
        "vulnerable_silent": 0,
    }


def limited(figures: Figures, countries: Sequence[str] | None) -> Figures:
    """Return the part of a post in its countries; everything for None."""
    if countries is None:
        return figures
    parts = {country: figures["countries"].get(country, none()) for country in countries}
    return {
        "countries": parts,
        "moments": figures["moments"],
    }


def curve(figures: Figures) -> list[int]:
    """Add up the answers of all countries at each moment."""
    totals = [0] * len(figures["moments"])
    for country in figures["countries"].values():
        for step, answers in enumerate(country["answers"]):
            totals[step] += answers
    return totals


async def _count_people(
    session: AsyncSession,
    crisis: Crisis,
    moment: datetime,
    countries: Mapping[str, CountryFigures],
) -> None:
    """Count people by city and standing, as the board does."""
    people = board.counted_people(crisis, moment).add_columns(
        Person.city_index,
        Person.party_size,
    )
    rows = (await session.execute(_by_city(people.subquery()))).all()
    cities = await _cities(
        session,
        (row.someone for row in rows),
    )
    for row in rows:
        figures = countries[row.country]
        city = cities.get(row.someone) or NOWHERE
        counts = figures["cities"].setdefault(
            city,
            dict.fromkeys(COUNTS, 0),
        )
        counts[row.standing] += row.people
        if row.standing in SILENT:
            figures["stale"] += int(row.stale)
        if row.standing == "evacuate":
            figures["leaving"] += int(row.party)


def _by_city(people: Subquery) -> Select[Any]:
    """Select how many are in each city by standing, and the number of one of them."""
    party_size = func.coalesce(people.c.party_size, 1)
    return select(
        people.c.country,
        people.c.standing,
        func.max(people.c.id).label("someone"),
        func.count().label("people"),
        func.sum(people.c.stale).label("stale"),
        func.sum(party_size).label("party"),
    ).group_by(people.c.country, people.c.city_index, people.c.standing)


async def _cities(session: AsyncSession, person_ids: Iterable[int]) -> dict[int, str | None]:
    """Read the cities of people: the database groups them by a key that it cannot read."""
    query = select(
        Person.id,
        Person.city,
    ).where(Person.id.in_(list(person_ids)))
    cities: dict[int, str | None] = {}
    for person_id, city in await session.execute(query):
        cities[person_id] = city
    return cities


async def _count_vulnerable(
    session: AsyncSession,
    crisis: Crisis,
    moment: datetime,
    countries: Mapping[str, CountryFigures],
) -> None:
    for count_there in await board.vulnerable(session, crisis, moment):
        figures = countries[count_there.country]
        figures["vulnerable"] += count_there.people
        figures["vulnerable_silent"] += count_there.unanswered


async def _count_cases(
    session: AsyncSession,
    crisis: Crisis,
    moment: datetime,
    countries: Mapping[str, CountryFigures],
) -> None:
    """Count the crisis's cases by kind and colour of their clocks."""
    query = (
        select(Person.country, Case.kind, Case.state, Case.opened_at, Case.seen_at)
        .join(
            Person,
            Person.id == Case.person_id,
        )
        .where(
            Case.crisis_id == crisis.id,
            is_counted(crisis.drill),
        )
    )
    for country, *columns in await session.execute(query):
        kind, state, opened_at, seen_at = columns
        case = Case(kind=kind, state=state, opened_at=opened_at, seen_at=seen_at)
        light = (
            "closed"
            if state is CaseState.CLOSED
            else clocks.light(
                case,
                moment,
            )
        )
        cases = countries[country or NOWHERE]["cases"]
        counts = cases.setdefault(
            str(kind),
            dict.fromkeys(LIGHTS, 0),
        )
        counts[light] += 1


async def _count_deliveries(
    session: AsyncSession,
    crisis: Crisis,
    countries: Mapping[str, CountryFigures],
) -> None:
    """Count the people of the roll call by what became of it; whoever was erased is nowhere."""
    query = (
        select(Person.country, OutboundMessage.state, func.count())
        .select_from(OutboundMessage)
        .outerjoin(
            Person,
            Person.id == OutboundMessage.person_id,
        )
        .where(OutboundMessage.broadcast_id == crisis.broadcast_id)
        .group_by(Person.country, OutboundMessage.state)
    )
    for country, state, people in await session.execute(query):
        delivery = countries[country or NOWHERE]["delivery"]
        delivery[OutboundState(state).value] = people


async def _count_communities(
    session: AsyncSession,
    moment: datetime,
    countries: Mapping[str, CountryFigures],
) -> None:
    """Count who is registered where there is an estimate of how many live there."""
    for community in await communities.estimated(session, list(countries), moment):
        estimate = community.estimate
        if estimate is None:
            continue
        figures: CommunityFigures = {
            "city": community.city,
            "registered": community.registered,
            "doubtful": community.doubtful,
            "estimated": estimate.people,
            "source": estimate.source,
            "dated": estimate.dated.isoformat(),
        }
        of_country = countries[community.country].setdefault("communities", [])
        of_country.append(figures)


def _moments(begin: datetime, end: datetime) -> list[datetime]:
    """Return the moments of the curve, in even steps."""
    step = (end - begin) / CURVE_STEPS
    return [begin + step * number for number in range(CURVE_STEPS)] + [end]


async def _count_answers(
    session: AsyncSession,
    crisis: Crisis,
    moments: list[datetime],
    countries: Mapping[str, CountryFigures],
) -> None:
    """Count how many of the people on the board had answered at each moment."""
    people = standings(crisis.id).where(is_counted(crisis.drill)).subquery()
    answers = first_answers(crisis.id)
    totals: list[Any] = []
    for moment in moments:
        had_answered = sql_case(
            (answers.c.at <= moment, 1),
            else_=0,
        )
        totals.append(func.sum(had_answered))
    query = select(people.c.country, *totals).join(
        answers,
        answers.c.person_id == people.c.id,
    )
    for country, *sums in await session.execute(query.group_by(people.c.country)):
        countries[country]["answers"] = list(
            map(
                int,
                sums,
            )
        )
