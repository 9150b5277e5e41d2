"""The reply link: check in without chat, on a page small enough for one bar of signal."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import crises, link_answers, link_fields
from bot.consular.crises.link_answers import CRIES, Result
from bot.consular.crises.link_fields import Fields, Told
from bot.consular.people import facts, reply_links, splitting
from bot.dialogue import whereabouts
from bot.models import CheckInStatus, Crisis, Person
from bot.pages.visit import ANYONE, Page, Visit
from bot.signals import bells

NOBODY = 0  # no person has this number
OTHER_PLACE = "other"


async def ask(visit: Visit) -> Response:
    """Show the four answers."""
    async with visit.runtime.db.read() as session:
        await _check(visit, session)
    return _form(visit)


async def answer(visit: Visit) -> Response:
    """Record the answer and what was typed with it, or show the form again with all of it.

    A cry for help is recorded whatever else cannot be read.
    """
    if visit.field("step") == "place":
        return await _choose_place(visit)
    try:
        status = CheckInStatus(visit.field("status"))
    except ValueError:
        status = None
    entries = link_fields.read(_fields(visit))
    must_mend = status is None or (bool(entries.mistakes) and status not in CRIES)
    async with visit.runtime.db.begin() as session:
        person, crisis = await _check(visit, session, is_locked=True)
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
        person, crisis = await _check(visit, session, is_locked=True)
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
    is_locked: bool = False,
) -> tuple[Person, Crisis]:
    """Return the person of the link, locked on demand, and the crisis that it answers.

    The link of a record that became part of another one is answered by the one that goes on.
    Raises HTTPException 404 when the link was altered, or it ended with its crisis, or the person
    was erased. A forged link is looked up like any other: nobody learns more by waiting.
    """
    written_token = visit.request.path_params["token"]
    token = reply_links.read_token(visit.runtime.keyring, written_token, visit.now)
    named_id = token.person_id if token else NOBODY
    made_before = token.made_before if token else visit.now
    person_id = await splitting.going_on(session, named_id)
    person = await session.get(Person, person_id, with_for_update=is_locked)
    crisis = await crises.asked(session, person_id, made_before)
    is_gone = person is None or person.forgotten_at is not None
    if token is None or is_gone or crisis is None or person is None:
        raise HTTPException(404)
    return person, crisis


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
