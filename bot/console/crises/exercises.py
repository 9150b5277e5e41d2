"""Exercises: start a scenario with invented people, see what happens when, stop it, wipe all."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.crises import crises
from bot.consular.drills import drills, scenarios, wiping
from bot.consular.drills.drills import Exercise
from bot.consular.drills.scenarios import Scenario
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Staff
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

SEED = 1  # the same scenario plays the same, so that two teams can be compared
MAX_DIGITS = 6
# More are invented at the command line: pages and webhooks wait meanwhile.
MAX_PEOPLE = 1000


async def show(visit: Visit) -> Response:
    """Show the exercises, and the scenarios that can be started."""
    return await _list(visit)


async def part(visit: Visit) -> Response:
    """Show the part that changes: the exercises, with what has happened so far."""
    return visit.page("crises/exercises_live.html", exercises=await _own(visit))


async def start(visit: Visit) -> Response:
    """Start a scenario: its crisis is opened as a drill, and invented people are asked."""
    scenario = _offered(visit.staff).get(visit.field("scenario"))
    people = row_number(visit.field("people", MAX_DIGITS)) or 0
    try:
        if scenario is None:
            raise ConsularError("There is no such scenario.")
        if people > MAX_PEOPLE:
            raise ConsularError(
                "At most {most} people here; `tammen drill start` takes more.",
                most=MAX_PEOPLE,
            )
        async with visit.runtime.db.begin() as session:
            crisis = await drills.start(
                session,
                visit.staff,
                scenario,
                people,
                SEED,
                visit.now,
                has_link=visit.runtime.settings.public_url is not None,
            )
    except ConsularError as error:
        return await _list(visit, visit.explain(error))
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, "board")
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go(f"/exercises?done=started#exercise-{crisis.id}")


async def stop(visit: Visit) -> Response:
    """Stop an exercise: nobody in it writes any more, and its crisis is closed."""
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await drills.stop(session, visit.staff, crisis, visit.now)
    await bells.announce(visit.runtime.redis, "board")
    return go("/exercises?done=stopped")


async def ask_to_wipe(visit: Visit) -> Response:
    """Show what would be wiped before it is."""
    async with visit.runtime.db.read() as session:
        people = await wiping.count_invented(session)
        listed = await drills.exercises(session)
    return visit.page("crises/wipe.html", people=people, exercises=listed)


async def wipe(visit: Visit) -> Response:
    """Remove everything that was invented; real people are untouched."""
    try:
        async with visit.runtime.db.begin() as session:
            await wiping.wipe(session, visit.staff, visit.now)
    except ConsularError as error:
        return await _list(visit, visit.explain(error))
    await bells.announce(visit.runtime.redis, "board")
    return go("/exercises?done=wiped")


async def _list(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        people = await wiping.count_invented(session)
    return visit.page(
        "crises/exercises.html",
        422 if wrong else 200,
        exercises=await _own(visit),
        offered=_offered(visit.staff),
        people=people,
        most=MAX_PEOPLE,
        wrong=wrong,
    )


async def _own(visit: Visit) -> list[Exercise]:
    """Return the exercises that are the account's business."""
    async with visit.runtime.db.read() as session:
        listed = await drills.exercises(session)
    return [exercise for exercise in listed if crises.concerns(visit.staff, exercise.crisis)]


def _offered(staff: Staff) -> dict[str, Scenario]:
    """Return the scenarios whose countries the account looks after, by name."""
    offered: dict[str, Scenario] = {}
    for name, scenario in scenarios.shipped().items():
        if all(roles.covers(staff, country) for country in scenario.crisis.countries):
            offered[name] = scenario
    return offered


ROUTES = [
    Page("/exercises", show, may="crises"),
    Page("/exercises/part", part, may="crises"),
    Page("/exercises/start", start, may="crises", methods=("POST",)),
    Page("/exercises/{id:int}/stop", stop, may="crises", methods=("POST",)),
    Page("/exercises/wipe", ask_to_wipe, may="crises"),
    Page("/exercises/wipe", wipe, may="crises", methods=("POST",)),
]
