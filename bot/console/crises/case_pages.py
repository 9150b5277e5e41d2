"""The page of one case: all that an officer needs, and all that may be done with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import (
    caseload,
    cases,
    clocks,
    handling,
    letters,
    reaching,
    ready_replies,
    seats,
)
from bot.consular.crises.caseload import Dossier
from bot.consular.errors import ConsularError
from bot.consular.reference import emergency
from bot.consular.staff import accounts, roles
from bot.models import CaseKind, CaseOutcome, Lane
from bot.pages import audit
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"


async def show(visit: Visit) -> Response:
    """Show the case. From now on it is seen, and the look is written down."""
    return await page(visit)


async def page(visit: Visit, letter: str = "", wrong: str = "") -> Response:
    """Show the case, with a letter that could not be sent and why not. Raises HTTPException 404."""
    try:
        async with visit.runtime.db.begin() as session:
            dossier = await caseload.look(
                session,
                visit.staff,
                visit.number("id"),
                visit.now,
            )
            course = await audit.lines(session, dossier.course, visit.language)
            names = await accounts.addresses(session)
            replies = await ready_replies.offered(session)
            standing = await _standing(session, dossier, visit.now)
            visit.alarm = await clocks.alarm(session, visit.staff, visit.now)
    except ConsularError:
        raise HTTPException(404) from None
    case = dossier.row.case
    return visit.page(
        "crises/case.html",
        409 if wrong else 200,
        dossier=dossier,
        course=course,
        names=names,
        may_undo=handling.may_undo(visit.staff, case, visit.now),
        sees_record=roles.covers(visit.staff, dossier.row.person.country),
        all_kinds=list(CaseKind),
        all_outcomes=list(CaseOutcome),
        most=handling.MAX_WORDS_CHARS,
        replies=replies,
        words=letter,
        wrong=wrong,
        **standing,
    )


async def _standing(session: AsyncSession, dossier: Dossier, now: datetime) -> dict[str, Any]:
    """Return how the case stands, and the numbers to call: the person's, and the country's own."""
    person = dossier.row.person
    return {
        "emergency_numbers": await emergency.of(session, person.country),
        "light": clocks.light(dossier.row.case, now),
        "number_to_call": reaching.number_to_call(person, dossier.addresses),
        "is_silent": letters.is_open(dossier.row.case, now),
        "most_letter": letters.MAX_LETTER_CHARS,
    }


async def take(visit: Visit) -> Response:
    """Give the case to the account that is signed in."""
    return await carry_out(visit, handling.take, "taken")


async def hand(visit: Visit) -> Response:
    """Give the case to a colleague."""
    colleague_id = row_number(visit.field("colleague")) or 0
    async with visit.runtime.db.read() as session:
        colleague = await accounts.get(session, colleague_id)
    return await carry_out(visit, handling.hand, "handed", colleague)


async def change_kind(visit: Visit) -> Response:
    """Put the case where it belongs in the triage."""
    code = visit.field("kind")
    if code not in list(CaseKind):
        raise ConsularError("Choose a kind.")
    return await carry_out(visit, handling.change_kind, "saved", CaseKind(code))


async def add_note(visit: Visit) -> Response:
    """Write a note for colleagues."""
    explanation = visit.field("words", handling.MAX_WORDS_CHARS)
    return await carry_out(visit, handling.add_note, "saved", explanation)


async def close(visit: Visit) -> Response:
    """Close the case, with how it ended and a word of explanation."""
    code = visit.field("outcome")
    explanation = visit.field("words", handling.MAX_WORDS_CHARS)
    if code not in list(CaseOutcome):
        raise ConsularError("Choose how the case ended.")
    outcome = CaseOutcome(code)
    answer = await carry_out(visit, handling.close, "case_closed", outcome, explanation)
    await bells.ring(visit.runtime.redis, "out", [Lane.REPLY])  # the end of a conversation is told
    return answer


async def undo(visit: Visit) -> Response:
    """Take back a close of a moment ago."""
    return await carry_out(visit, handling.undo_close, "close_undone")


async def reopen(visit: Visit) -> Response:
    """Open a closed case again, with the reason."""
    reason = visit.field("reason", handling.MAX_WORDS_CHARS)
    return await carry_out(visit, handling.reopen, "reopened", reason)


async def enlist(visit: Visit) -> Response:
    """Put the household on the list of the evacuation."""
    response = await carry_out(visit, seats.enlist, "listed")
    await bells.ring(visit.runtime.redis, "out")
    return response


async def carry_out(
    visit: Visit,
    act: Callable[..., Awaitable[None]],
    done: str,
    *details: object,
) -> Response:
    """Do something with the case, tell the open pages, and go back to it."""
    number = visit.number("id")
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, number)
        await act(session, visit.staff, case, *details, visit.now)
    await bells.announce(visit.runtime.redis, TOPIC)
    return go(f"/cases/{number}?done={done}")


ROUTES = [
    Page("/cases/{id:int}", show, may="cases"),
    *(
        Page(f"/cases/{{id:int}}/{name}", act, may="cases", methods=("POST",))
        for name, act in {
            "take": take,
            "hand": hand,
            "kind": change_kind,
            "notes": add_note,
            "close": close,
            "undo": undo,
            "reopen": reopen,
            "list": enlist,
        }.items()
    ),
]
