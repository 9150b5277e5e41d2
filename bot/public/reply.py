"""The reply link: check in without chat, where an SMS cannot be answered. Small enough for one bar of signal."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import cases, checkins
from bot.consular.people import reply_links
from bot.models import CaseKind, CheckInStatus, Person
from bot.pages.visit import ANYONE, Page, Visit
from bot.signals import bells
from bot.text.text import clean

KINDS = {CheckInStatus.HELP: CaseKind.LIFE, CheckInStatus.EVACUATE: CaseKind.EVACUATION}
NOTE = 500  # characters


async def ask(visit: Visit) -> Response:
    """The three answers."""
    await _person_id(visit)
    return visit.page("public/reply.html")


async def answer(visit: Visit) -> Response:
    """Records the answer."""
    person_id = await _person_id(visit)
    try:
        status = CheckInStatus(visit.field("status"))
    except ValueError:
        return visit.page("public/reply.html", 422)
    note = clean(visit.field("note"), NOTE)
    async with visit.runtime.db.begin() as session:
        person = await session.get_one(Person, person_id, with_for_update=True)
        await checkins.record(session, person, status, "link", visit.now)
        if status in KINDS or note:
            await cases.open_case(
                session, person, KINDS.get(status, CaseKind.UNCLEAR), note, visit.now
            )
    await bells.announce(visit.runtime.redis, "board")
    return visit.page("public/reply_done.html", answer=status)


async def _person_id(visit: Visit) -> int:
    """The person of the link. Raises HTTPException 404 when it was altered, has ended, or they were erased."""
    found = reply_links.read_token(
        visit.runtime.keyring, visit.request.path_params["token"], visit.now
    )
    if found is not None:
        async with visit.runtime.db.read() as session:
            person = await session.get(Person, found)
        if person is not None and person.forgotten_at is None:
            return found
    raise HTTPException(404)


ROUTES = [
    Page("/r/{token}", ask, may=ANYONE),
    Page("/r/{token}", answer, may=ANYONE, methods=("POST",), is_proof=True),
]
