"""The record of one person. Every look at it is audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.people import community, household_fields
from bot.consular.crises import coverage, matches, outreach, warden_reports
from bot.consular.errors import ConsularError
from bot.consular.people import (
    confirmations,
    joining,
    posters,
    profile,
    profile_words,
    residence,
    search,
    sharing,
    splitting,
    tags,
    trips,
    warden_words,
    wardens,
)
from bot.consular.reference import emergency, freshness
from bot.consular.staff import accounts, roles
from bot.messages import Channel
from bot.models import Address, CheckInStatus, Outreach, Person
from bot.outbox import budgets
from bot.pages import audit, zones
from bot.pages.visit import Page, Visit, go
from bot.signals import bells

MAX_TAG_CHARS = 200


async def show(visit: Visit) -> Response:
    """Show one person's record."""
    return await record(visit)


async def confirm(visit: Visit) -> Response:
    """Record that the officer heard on the telephone that the person is still there."""
    person_id = visit.number("id")
    async with visit.runtime.db.begin() as session:
        await confirmations.by_officer(session, visit.staff, person_id, visit.now)
    await bells.announce(visit.runtime.redis, "board")
    return go(f"/people/{person_id}?done=saved")


async def tag(visit: Visit) -> Response:
    """Put a tag on a person."""
    person_id = visit.number("id")
    name = visit.field("tag", MAX_TAG_CHARS)
    try:
        async with visit.runtime.db.begin() as session:
            await tags.add(
                session,
                visit.staff,
                person_id,
                name,
                visit.now,
            )
    except ConsularError as error:
        return await record(visit, visit.explain(error))
    return go(f"/people/{person_id}?done=saved")


async def untag(visit: Visit) -> Response:
    """Take a tag from a person."""
    person_id = visit.number("id")
    name = visit.field("tag", MAX_TAG_CHARS)
    async with visit.runtime.db.begin() as session:
        await tags.remove(
            session,
            visit.staff,
            person_id,
            name,
            visit.now,
        )
    return go(f"/people/{person_id}?done=saved")


async def join(visit: Visit) -> Response:
    """Join the older record, whose code the person wrote."""
    person_id = visit.number("id")
    async with visit.runtime.db.begin() as session:
        person = await search.mine(session, visit.staff, person_id)
        request = await joining.waiting(session, person)
        if request is None or request.confirmed_at is None:
            raise ConsularError("There is nothing to confirm.")
        actor = roles.actor(visit.staff)
        await joining.join(session, person, request, actor, visit.now)
    await bells.ring(visit.runtime.redis, "out")
    return go(f"/people/{person_id}?done=joined")


async def record(visit: Visit, wrong: str = "") -> Response:
    """Show a person's record, with what was wrong in a form, if anything was."""
    person_id = visit.number("id")
    try:
        async with visit.runtime.db.begin() as session:
            shown = await search.view(session, visit.staff, person_id, visit.now)
            confirmed = await search.with_confirmed_number(session, [shown.person])
            request = await joining.waiting(session, shown.person)
            trail = await audit.lines(session, shown.notes, visit.language)
            refused = await _refused(session, shown.addresses, visit.now)
            reaching = await _reaching(session, visit, shown.person)
            company = await _beside(session, visit, shown.person)
    except ConsularError:
        raise HTTPException(404) from None
    return visit.page(
        "people/person.html",
        422 if wrong else 200,
        record=shown,
        join_request=request,
        is_confirmed=shown.person.id in confirmed,
        trail=trail,
        refused=refused,
        wrong=wrong,
        **company,
        **reaching,
    )


async def _beside(session: AsyncSession, visit: Visit, person: Person) -> dict[str, Any]:
    """Look up the tags of a person, who is with them, their trips, and who looks after them."""
    return {
        **await _tags(session, visit, person.id),
        **await household_fields.look_up(session, person.id),
        **await _wardening(session, person),
        **await _believing(session, visit, person),
        **await _travelling(session, person.id),
    }


async def _travelling(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Look up where a person lives, and their trips."""
    return {
        "residence": await residence.of(session, person_id),
        "trips": await trips.of_person(session, person_id),
    }


async def _believing(session: AsyncSession, visit: Visit, person: Person) -> dict[str, Any]:
    """Look up who confirmed the place last, and how far to believe it."""
    return {
        "confirmation": await confirmations.latest(session, person),
        "confidence": freshness.confidence(person.placed_at, visit.now),
        "stale": _is_stale(visit, person),
    }


async def _tags(
    session: AsyncSession,
    visit: Visit,
    person_id: int,
) -> dict[str, Any]:
    """Look up the tags of a person, and those that there are."""
    return {
        "tags": await tags.of(session, person_id),
        "known_tags": await tags.known(session, visit.staff),
    }


async def _reaching(session: AsyncSession, visit: Visit, person: Person) -> dict[str, Any]:
    """Look up who asks about the person, in which crisis they are, and what officers did."""
    crisis = await coverage.covering(session, person)
    numbers = await emergency.of(session, person.country)
    is_exercise_only = person.synthetic and crisis is not None and not crisis.drill
    zone = zones.of(visit)

    def may_undo(attempt: Outreach) -> bool:
        return outreach.may_undo(visit.staff, attempt, visit.now)

    return {
        "crisis": None if is_exercise_only else crisis,
        "emergency_numbers": numbers,
        "came_by": await posters.of(session, person),
        "seekers": await matches.seekers(session, visit.staff, person),
        "attempts": await outreach.of_person(session, person.id),
        "officers": await accounts.addresses(session),
        "merges": await splitting.of_person(session, person.id, visit.now),
        "undo_days": splitting.UNDO_LIFE.days,
        "may_undo": may_undo,
        "all_statuses": list(CheckInStatus),
        "zone": zone,
        "zone_name": zones.name(zone, visit.language, visit.now),
    }


async def _wardening(session: AsyncSession, person: Person) -> dict[str, Any]:
    """Look up what the person looks after, who looks after them, and what wardens told of them."""
    around: list[Person] = []
    for warden in await wardens.looking_after(session, person):
        keeper = await session.get_one(Person, warden.person_id)
        around.append(keeper)
    return {
        "wardens": await wardens.of_person(session, person.id),
        "around": around,
        "told": await warden_reports.of_person(session, person.id),
        "area_of": wardens.area_of,
        "area_name": warden_words.area_name,
        "sharing": await sharing.choice(session, person),
        "profile": await profile.of(session, person),
        "profile_dimensions": community.DIMENSIONS,
        "profile_name": profile_words.name,
    }


async def _refused(
    session: AsyncSession,
    addresses: Sequence[Address],
    now: datetime,
) -> dict[int, int]:
    """Count the replies of this hour that no budget had room for, by address."""
    counts = {}
    for address in addresses:
        if address.channel is Channel.SMS:
            counts[address.id] = await budgets.refused(session, address.address, now)
    return counts


def _is_stale(visit: Visit, person: Person) -> bool:
    """Whether the place was confirmed too long ago; no place is no stale one."""
    if person.placed_at is None:
        return False
    return freshness.has_gone_stale(person.placed_at, visit.now)


ROUTES = [
    Page("/people/{id:int}", show, may="people"),
    Page("/people/{id:int}/confirm", confirm, may="people", methods=("POST",)),
    Page("/people/{id:int}/join", join, may="people", methods=("POST",)),
    Page("/people/{id:int}/tags", tag, may="people", methods=("POST",)),
    Page("/people/{id:int}/tags/remove", untag, may="people", methods=("POST",)),
]
