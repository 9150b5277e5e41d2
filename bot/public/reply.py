"""The reply link: check in without chat, on a page small enough for one bar of signal."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import crises, link_answers
from bot.consular.people import reply_links
from bot.consular.people.reply_links import ReplyToken
from bot.models import CheckInStatus, Crisis, Person
from bot.pages.visit import ANYONE, Page, Visit
from bot.signals import bells
from bot.text.text import clean

MAX_NOTE_CHARS = 500


async def ask(visit: Visit) -> Response:
    """Show the four answers."""
    await _check(visit)
    return visit.page("public/reply.html")


async def answer(visit: Visit) -> Response:
    """Record the answer, and open a case for a cry or a note."""
    token, crisis = await _check(visit)
    try:
        status = CheckInStatus(visit.field("status"))
    except ValueError:
        return visit.page("public/reply.html", 422)
    note = clean(visit.field("note"), MAX_NOTE_CHARS)
    async with visit.runtime.db.begin() as session:
        person = await session.get_one(Person, token.person_id, with_for_update=True)
        result = await link_answers.record(
            session,
            person,
            crisis,
            status,
            note,
            visit.now,
        )
    await bells.announce(visit.runtime.redis, "board")
    return visit.page("public/reply_done.html", answer=status, result=result.value)


async def _check(visit: Visit) -> tuple[ReplyToken, Crisis]:
    """Return what the link says, and the crisis that it answers.

    Raises HTTPException 404 when the link was altered, or it ended with its crisis, or the person
    was erased.
    """
    written_token = visit.request.path_params["token"]
    token = reply_links.read_token(visit.runtime.keyring, written_token, visit.now)
    if token is None:
        raise HTTPException(404)
    async with visit.runtime.db.read() as session:
        person = await session.get(Person, token.person_id)
        crisis = await crises.asked(session, token.person_id, token.made_before)
    if person is None or person.forgotten_at is not None or crisis is None:
        raise HTTPException(404)
    return token, crisis


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
