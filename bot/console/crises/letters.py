"""Letters on the page of a case: written, shown as they come, handed back; two cases joined."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.crises import case_pages
from bot.consular.audit import trail
from bot.consular.crises import case_scope, cases, joining_cases, letters, ready_replies
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, roles
from bot.models import Case, Lane
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number


async def write(visit: Visit) -> Response:
    """Send a letter; one that cannot be sent stays in its box, and the page says why not."""
    letter = visit.field("words")
    try:
        answer = await case_pages.carry_out(visit, letters.write, "written", letter)
    except ConsularError as refusal:
        return await case_pages.page(visit, letter, wrong=visit.explain(refusal))
    await _ring(visit)
    return answer


async def hand_back(visit: Visit) -> Response:
    """Let the bot answer again."""
    answer = await case_pages.carry_out(visit, letters.hand_back, "handed_back")
    await _ring(visit)
    return answer


async def _ring(visit: Visit) -> None:
    await bells.ring(visit.runtime.redis, "out", [Lane.REPLY])


async def part(visit: Visit) -> Response:
    """Show the letters as they are now. Words that the page did not have are a look, and noted."""
    newest_shown = row_number(visit.request.query_params.get("than", "")) or 0
    async with visit.runtime.db.begin() as session:
        case = await _case(session, visit)
        thread = await letters.thread(session, case)
        names = await accounts.addresses(session)
        if thread and thread[-1].letter.id > newest_shown:
            await _note_look(session, visit, case)
    return visit.page(
        "crises/thread.html",
        case=case,
        thread=thread,
        names=names,
        is_silent=letters.is_open(case, visit.now),
    )


async def _case(session: AsyncSession, visit: Visit) -> Case:
    """Return the case of the address. Raises HTTPException 404 where the account has none."""
    try:
        case = await cases.get(session, visit.number("id"))
        await case_scope.require(session, visit.staff, case)
    except ConsularError:
        raise HTTPException(404) from None
    return case


async def _note_look(
    session: AsyncSession,
    visit: Visit,
    case: Case,
) -> None:
    await trail.note(
        session,
        roles.actor(visit.staff),
        "person.viewed",
        f"person:{case.person_id}",
        visit.now,
        case=case.id,
    )


async def ready(visit: Visit) -> Response:
    """Put a ready reply into the box for the letter, its gaps filled; on a page of its own for a
    browser that runs no scripts.
    """
    reply_id = row_number(visit.request.query_params.get("reply", "")) or 0
    async with visit.runtime.db.read() as session:
        case = await _case(session, visit)
        letter = await _filled(session, visit, reply_id, case)
    if not visit.is_partial:
        return await case_pages.page(visit, letter)
    return visit.page(
        "crises/letter_words.html",
        words=letter,
        most_letter=letters.MAX_LETTER_CHARS,
    )


async def _filled(
    session: AsyncSession,
    visit: Visit,
    reply_id: int,
    case: Case,
) -> str:
    """Return a ready reply for a case. Raises HTTPException 404 where there is none."""
    try:
        reply = await ready_replies.get(session, reply_id)
    except ConsularError:
        raise HTTPException(404) from None
    return await ready_replies.filled(session, visit.staff, reply, case)


async def merge(visit: Visit) -> Response:
    """Join the case and another of the same person: the older one goes on."""
    partner_id = row_number(visit.field("other")) or 0
    pair = (visit.number("id"), partner_id)
    async with visit.runtime.db.begin() as session:
        older = await cases.get(session, min(pair))
        newer = await cases.get(session, max(pair))
        await joining_cases.merge(session, visit.staff, newer, older, visit.now)
    await bells.announce(visit.runtime.redis, case_pages.TOPIC)
    return go(f"/cases/{older.id}?done=case_merged")


ROUTES = [
    Page("/cases/{id:int}/thread", part, may="cases"),
    Page("/cases/{id:int}/ready", ready, may="cases"),
    Page("/cases/{id:int}/write", write, may="cases", methods=("POST",)),
    Page("/cases/{id:int}/hand-back", hand_back, may="cases", methods=("POST",)),
    Page("/cases/{id:int}/merge", merge, may="cases", methods=("POST",)),
]
