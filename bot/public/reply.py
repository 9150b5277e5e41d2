"""The reply link: check in without chat, on a page small enough for one bar of signal."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import link_answers, link_fields
from bot.consular.crises.link_answers import CRIES, Result
from bot.consular.crises.link_fields import Fields, Told
from bot.consular.people import facts
from bot.dialogue import whereabouts
from bot.models import CheckInStatus, Crisis, Person
from bot.pages.visit import ANYONE, Page, Visit
from bot.public import links, place_reply
from bot.signals import bells

OTHER_PLACE = "other"


async def ask(visit: Visit) -> Response:
    """Show the four answers, or the question about the place."""
    if await _is_about_place(visit):
        return place_reply.form(visit)
    return _form(visit)


async def answer(visit: Visit) -> Response:
    """Record the answer and what was typed with it, or show the form again with all of it.

    A cry for help is recorded whatever else cannot be read.
    """
    if await _is_about_place(visit):
        return await place_reply.answer(visit)
    if visit.field("step") == "place":
        return await _choose_place(visit)
    try:
        status = CheckInStatus(visit.field("status"))
    except ValueError:
        status = None
    entries = link_fields.read(_fields(visit))
    must_mend = status is None or (bool(entries.mistakes) and status not in CRIES)
    async with visit.runtime.db.begin() as session:
        person, crisis = await _check(visit, session)
        if status is None or must_mend:
            return _form(visit, 422, entries)
        result = await link_answers.record(
            session,
            person,
            crisis,
            status,
            entries,
            visit.now,
        )
    await bells.announce(visit.runtime.redis, "board")
    return _done(visit, status, result, entries)


async def _choose_place(visit: Visit) -> Response:
    """Keep which of several places was meant."""
    code = visit.field("place")
    is_known = whereabouts.read_code(code) is not None
    async with visit.runtime.db.begin() as session:
        person, crisis = await _check(visit, session)
        if not is_known and code != OTHER_PLACE:
            return _form(visit, 422)
        if is_known:
            await link_answers.choose_place(session, person, crisis, code, visit.now)
    await bells.announce(visit.runtime.redis, "board")
    return visit.page("public/reply_placed.html")


def _fields(visit: Visit) -> Fields:
    return Fields(
        note=visit.field("note"),
        where=visit.field("where"),
        party=visit.field("party"),
        phone=visit.field("phone"),
    )


def _form(visit: Visit, status: int = 200, entries: Told | None = None) -> Response:
    """Show the form, with what was typed into it a moment ago."""
    mistakes: list[str] = []
    if entries is not None:
        mistakes = sorted(mistake.value for mistake in entries.mistakes)
    return visit.page(
        "public/reply.html",
        status,
        typed=_fields(visit),
        mistakes=mistakes,
        needs_answer=status != 200 and not mistakes,
        most=facts.MAX_PARTY_SIZE,
    )


def _done(visit: Visit, status: CheckInStatus, result: Result, entries: Told) -> Response:
    """Say what became of the answer, and ask which place was meant where a name has several."""
    mistakes = sorted(mistake.value for mistake in entries.mistakes)
    is_recorded = result is Result.RECORDED
    return visit.page(
        "public/reply_done.html",
        answer=status,
        result=result.value,
        mistakes=mistakes,
        choices=entries.places if is_recorded and len(entries.places) > 1 else (),
        other_place=OTHER_PLACE,
    )


async def _check(
    visit: Visit,
    session: AsyncSession,
) -> tuple[Person, Crisis]:
    """Return the person of the link, locked, and the crisis that it answers.

    Raises HTTPException 404 where the crisis ended meanwhile, or the link is none.
    """
    asked = await links.check(visit, session, is_locked=True)
    if asked.crisis is None:
        raise HTTPException(404)
    return asked.person, asked.crisis


async def _is_about_place(visit: Visit) -> bool:
    """Tell whether a link answers "are you still there?", and no roll call."""
    async with visit.runtime.db.read() as session:
        asked = await links.check(visit, session)
    return asked.crisis is None


ROUTES = [
    Page("/r/{token}", ask, may=ANYONE),
    Page(
        "/r/{token}",
        answer,
        may=ANYONE,
        methods=("POST",),
        is_proof=True,
    ),
]
