"""Crises: open one (and everyone there is asked), look at it, close it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.crises import area_fields, course_pages, crisis_map
from bot.console.parts import picker
from bot.consular.changes import changes
from bot.consular.changes.kinds import CrisisName
from bot.consular.crises import (
    areas,
    board,
    course,
    crises,
    endings,
    naming,
    reviews,
    roll_call,
    sitreps,
)
from bot.consular.crises.areas import Fields
from bot.consular.crises.board import Board
from bot.consular.errors import ConsularError
from bot.consular.people import communities
from bot.consular.people.communities import Community
from bot.consular.staff import accounts, roles
from bot.models import Crisis
from bot.pages.rendering import N_
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text.text import LANGUAGES


@dataclass(frozen=True, slots=True)
class Plan:
    """A crisis as its form describes it, not opened yet. Names by language, countries as codes."""

    names: Mapping[str, str]
    countries: Sequence[str] = ()
    drill: bool = False
    real_people: bool = False  # of a drill: whether it asks them too
    fields: Fields = field(default_factory=Fields)  # of its area

    @property
    def is_complete(self) -> bool:
        """Whether it has a name in every language and a country."""
        return all(self.names.values()) and bool(self.countries)


async def new(visit: Visit) -> Response:
    """Show an empty form."""
    empty = Plan(dict.fromkeys(LANGUAGES, ""))
    return await _form(visit, "crises/new.html", empty)


async def check(visit: Visit) -> Response:
    """Show what will happen before it does; with `back` the form again; to htmx the numbers."""
    plan = _plan(visit)
    if visit.is_partial:
        return await _form(visit, "crises/estimate.html", plan)
    if visit.field("back"):
        return await _form(visit, "crises/new.html", plan)
    if not plan.is_complete:
        wrong = visit.say(N_("Write the name in both languages and choose a country."))
        return await _form(
            visit,
            "crises/new.html",
            plan,
            wrong,
        )
    try:
        areas.of_fields(plan.fields, plan.countries)
    except ConsularError as error:
        wrong = visit.explain(error)
        return await _form(
            visit,
            "crises/new.html",
            plan,
            wrong,
        )
    return await _form(visit, "crises/confirm.html", plan)


async def open_it(visit: Visit) -> Response:
    """Open the crisis; everyone in it is asked at once."""
    plan = _plan(visit)
    try:
        async with visit.runtime.db.begin() as session:
            await crises.open_crisis(
                session,
                visit.staff,
                plan.names,
                plan.countries,
                plan.drill,
                visit.now,
                _has_link(visit),
                plan.real_people,
                area=areas.of_fields(plan.fields, plan.countries),
            )
    except ConsularError as error:
        return await _form(
            visit,
            "crises/new.html",
            plan,
            visit.explain(error),
        )
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, "board")
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/?done=opened")


async def show(visit: Visit) -> Response:
    """Show one crisis by country."""
    crisis, figures, estimated = await _board(visit)
    details = await course_pages.details(visit, crisis)
    async with visit.runtime.db.read() as session:
        reports = await sitreps.of_crisis(session, crisis)
        emails = await accounts.addresses(session)
    return _crisis_page(
        visit,
        "crises/crisis.html",
        crisis,
        figures,
        communities=estimated,
        **details,
        reports=reports,
        emails=emails,
        most_hours=sitreps.MAX_HOURS,
    )


async def part(visit: Visit) -> Response:
    """Show the part that changes."""
    crisis, figures, estimated = await _board(visit)
    return _crisis_page(
        visit,
        "crises/crisis_live.html",
        crisis,
        figures,
        communities=estimated,
    )


def _crisis_page(
    visit: Visit,
    template: str,
    crisis: Crisis,
    figures: Board,
    **details: Any,
) -> Response:
    countries = crises.countries_of(crisis)
    drawn = crisis_map.draw(countries, figures.places)
    return visit.page(
        template,
        crisis=crisis,
        board=figures,
        drawn=drawn,
        **details,
    )


async def close(visit: Visit) -> Response:
    """Close the crisis with its outcome."""
    outcome = visit.field("outcome", course.MAX_WORDS_CHARS)
    thanks = bool(visit.field("thanks"))
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await endings.close(
            session,
            visit.staff,
            crisis,
            outcome,
            thanks,
            visit.now,
        )
    await bells.announce(visit.runtime.redis, "board")
    return go("/?done=closed")


async def confirm(visit: Visit) -> Response:
    """Confirm, as a second person, having seen that a crisis was opened."""
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await reviews.acknowledge(session, visit.staff, crisis, visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go(f"/crises/{crisis.id}?done=confirmed")


async def propose_name(visit: Visit) -> Response:
    """Ask a second person to let people read the officer's own words."""
    async with visit.runtime.db.begin() as session:
        change = CrisisName(visit.number("id"), _has_link(visit))
        await changes.propose(session, visit.staff, change, visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go(f"/crises/{visit.number('id')}?done=proposed")


async def _board(visit: Visit) -> tuple[Crisis, Board, list[Community]]:
    """Read a crisis, its board, and who is registered where there is an estimate."""
    async with visit.runtime.db.read() as session:
        crisis = await session.get(Crisis, visit.number("id"))
        if crisis is None or not crises.concerns(visit.staff, crisis):
            raise HTTPException(404)
        covered = roles.countries(visit.staff)
        figures = await board.board(session, crisis, visit.now, covered)
        in_crisis = crises.countries_of(crisis)
        own = [code for code in in_crisis if roles.covers(visit.staff, code)]
        estimated = [] if crisis.drill else await communities.estimated(session, own, visit.now)
    return crisis, figures, estimated


def _plan(visit: Visit) -> Plan:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        names[language] = visit.field(f"name_{language}", crises.MAX_NAME_CHARS)
    is_drill = bool(visit.field("drill"))
    countries = picker.countries(visit)
    covered = [country for country in countries if roles.covers(visit.staff, country)]
    if visit.request.url.path == "/crises":
        covered = countries  # opening one elsewhere is refused in words
    asks_real_people = is_drill and bool(visit.field("real_people"))
    fields = area_fields.read(visit)
    return Plan(
        names,
        covered,
        is_drill,
        asks_real_people,
        fields,
    )


async def _form(
    visit: Visit,
    template: str,
    plan: Plan,
    wrong: str = "",
) -> Response:
    contents = roll_call.preview(plan.names, plan.countries, plan.drill, _has_link(visit))
    async with visit.runtime.db.read() as session:
        estimate = await picker.estimate_rule(
            session,
            visit,
            _audience(plan),
            contents,
            plan.drill,
            plan.real_people or not plan.drill,
        )
        choices = await picker.choices(session, visit)
        open_there = await crises.open_in(session, plan.countries)
    return visit.page(
        template,
        422 if wrong else 200,
        plan=plan,
        choices=choices,
        estimate=estimate,
        shapes=area_fields.parts(_area(plan)),
        open_there=open_there,
        public_names=naming.public_names(plan.names, plan.countries),
        wrong=wrong,
    )


def _audience(plan: Plan) -> dict[str, Any]:
    """Return whom a plan asks; nobody while no country is ticked."""
    if not plan.countries:
        return {}
    return areas.audience(plan.countries, _area(plan))


def _area(plan: Plan) -> areas.Area | None:
    """Return the area of a plan; the whole while a part of it cannot be read."""
    try:
        return areas.of_fields(plan.fields, plan.countries)
    except ConsularError:
        return None


def _has_link(visit: Visit) -> bool:
    return visit.runtime.settings.public_url is not None


ROUTES = [
    Page(
        "/crises/{id:int}/confirm",
        confirm,
        may="approve",
        methods=("POST",),
    ),
    Page(
        "/crises/{id:int}/name",
        propose_name,
        may="crises",
        methods=("POST",),
    ),
    Page("/crises/new", new, may="crises"),
    Page(
        "/crises/check",
        check,
        may="crises",
        methods=("POST",),
    ),
    Page(
        "/crises",
        open_it,
        may="crises",
        methods=("POST",),
    ),
    Page("/crises/{id:int}", show, may="board"),
    Page("/crises/{id:int}/board", part, may="board"),
    Page(
        "/crises/{id:int}/close",
        close,
        may="crises",
        methods=("POST",),
    ),
]
