"""Whose reply link a visit has, and what it answers: a roll call, or "are you still there?"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from bot.consular.crises import crises, place_answers
from bot.consular.people import reply_links, splitting
from bot.models import Crisis, Person, PlaceQuestion
from bot.pages.visit import Visit

NOBODY = 0  # no person has this number


@dataclass(frozen=True, slots=True)
class Asked:
    """The person of a link, and what they were asked: a crisis goes before a place."""

    person: Person
    crisis: Crisis | None
    question: PlaceQuestion | None


async def check(
    visit: Visit,
    session: AsyncSession,
    is_locked: bool = False,
) -> Asked:
    """Return whose link it is, the person locked on demand, and what it answers.

    The link of a record that became part of another one is answered by the one that goes on.
    Raises HTTPException 404 when the link was altered, or nothing that it could answer was asked
    before it was made, or the person was erased. A forged link is looked up like any other: nobody
    learns more by waiting.
    """
    written_token = visit.request.path_params["token"]
    token = reply_links.read_token(visit.runtime.keyring, written_token, visit.now)
    named_id = token.person_id if token else NOBODY
    made_before = token.made_before if token else visit.now
    person_id = await splitting.going_on(session, named_id)
    person = await session.get(Person, person_id, with_for_update=is_locked)
    crisis = await crises.asked(session, person_id, made_before)
    question = await place_answers.asked(session, person_id, made_before)
    is_gone = person is None or person.forgotten_at is not None
    is_unasked = crisis is None and question is None
    if token is None or is_gone or is_unasked or person is None:
        raise HTTPException(404)
    return Asked(
        person,
        crisis,
        question,
    )
