"""The reply link of "are you still there?": still there, moved and where to, or help."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import link_fields, place_answers
from bot.consular.crises.link_fields import Fields, Told
from bot.consular.crises.place_answers import Result
from bot.dialogue import whereabouts
from bot.models import Person, PlaceQuestion
from bot.pages.visit import Visit
from bot.public import links
from bot.signals import bells

STILL = "still"
MOVED = "moved"
HELP = "help"
OTHER_PLACE = "other"


def form(visit: Visit, status: int = 200, needs_place: bool = False) -> Response:
    """Show the question, without the place: whoever has the link must not learn it."""
    return visit.page(
        "public/reply_place.html",
        status,
        where=visit.field("where"),
        needs_place=needs_place,
        needs_answer=status != 200 and not needs_place,
    )


async def answer(visit: Visit) -> Response:
    """Record the answer, or show the form again with what is missing."""
    status = visit.field("status")
    entries = link_fields.read(Fields(where=visit.field("where")))
    is_choice = visit.field("step") == "place"
    if not is_choice and status not in (STILL, MOVED, HELP):
        return form(visit, 422)
    if status == MOVED and entries.is_empty:
        return form(visit, 422, needs_place=True)
    result = await _keep(visit, entries, is_choice)
    await bells.announce(visit.runtime.redis, "board")
    if is_choice and result is Result.RECORDED:
        return visit.page("public/reply_placed.html")
    return _done(visit, status, result, entries)


async def _keep(visit: Visit, entries: Told, is_choice: bool) -> Result:
    """Keep an answer, or which of several places was meant. Raises HTTPException 404."""
    async with visit.runtime.db.begin() as session:
        link = await links.check(visit, session, is_locked=True)
        if link.question is None:
            raise HTTPException(404)
        if is_choice:
            return await _choose(visit, session, link.person, link.question)
        return await _record(visit, session, link.person, link.question, entries)


async def _record(
    visit: Visit,
    session: AsyncSession,
    person: Person,
    question: PlaceQuestion,
    entries: Told,
) -> Result:
    status = visit.field("status")
    if status == HELP:
        await place_answers.cry(session, person, visit.field("where"), visit.now)
        return Result.RECORDED
    if status == STILL:
        return await place_answers.stay(session, person, question, visit.now)
    return await place_answers.move(session, person, question, entries, visit.now)


async def _choose(
    visit: Visit,
    session: AsyncSession,
    person: Person,
    question: PlaceQuestion,
) -> Result:
    """Keep which of several places was meant; another one changes nothing more."""
    code = visit.field("place")
    if whereabouts.read_code(code) is None:
        return Result.RECORDED
    return await place_answers.choose_place(session, person, question, code, visit.now)


def _done(visit: Visit, status: str, result: Result, entries: Told) -> Response:
    """Say what became of the answer, and ask which place was meant where a name has several."""
    has_moved = status == MOVED and result is Result.RECORDED
    return visit.page(
        "public/reply_done.html",
        answer=status,
        result=result.value,
        mistakes=(),
        choices=entries.places if has_moved and len(entries.places) > 1 else (),
        other_place=OTHER_PLACE,
    )
