"""The reply link: check in without chat, on a page small enough for one bar of signal."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import cases, checkins
from bot.consular.people import reply_links
from bot.models import CaseKind, CheckInStatus, Person
from bot.pages.visit import ANYONE, Page, Visit
from bot.signals import bells
from bot.text.text import clean

CASE_KINDS = {
    CheckInStatus.HELP: CaseKind.LIFE,
    CheckInStatus.EVACUATE: CaseKind.EVACUATION,
}
MAX_NOTE_CHARS = 500


async def ask(visit: Visit) -> Response:
    """Show the three answers."""
    await _person_id(visit)
    return visit.page("public/reply.html")


async def answer(visit: Visit) -> Response:
    """Record the answer, and open a case for a cry or a note."""
    person_id = await _person_id(visit)
    try:
        status = CheckInStatus(visit.field("status"))
    except ValueError:
        return visit.page("public/reply.html", 422)
    note = clean(visit.field("note"), MAX_NOTE_CHARS)
    async with visit.runtime.db.begin() as session:
        person = await session.get_one(Person, person_id, with_for_update=True)
        await checkins.record(
            session,
            person,
            status,
            "link",
            visit.now,
        )
        if status in CASE_KINDS or note:
            kind = CASE_KINDS.get(status, CaseKind.UNCLEAR)
            await cases.open_case(
                session,
                person,
                kind,
                note,
                visit.now,
            )
    await bells.announce(visit.runtime.redis, "board")
    return visit.page("public/reply_done.html", answer=status)


async def _person_id(visit: Visit) -> int:
    """Return the id of the link's person.

    Raises HTTPException 404 when the link was altered or has ended, or the person was erased.
    """
    token = visit.request.path_params["token"]
    person_id = reply_links.read_token(visit.runtime.keyring, token, visit.now)
    if person_id is None:
        raise HTTPException(404)
    async with visit.runtime.db.read() as session:
        person = await session.get(Person, person_id)
    if person is None or person.forgotten_at is not None:
        raise HTTPException(404)
    return person_id


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
