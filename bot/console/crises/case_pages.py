"""The page of one case: all that an officer needs, and all that may be done with it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import caseload, cases, clocks, handling
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, roles
from bot.models import CaseKind, CaseOutcome
from bot.pages import audit
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"


async def show(visit: Visit) -> Response:
    """Show the case. From now on it is seen, and the look is written down."""
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
            visit.alarm = await clocks.alarm(session, visit.staff, visit.now)
    except ConsularError:
        raise HTTPException(404) from None
    case = dossier.row.case
    return visit.page(
        "crises/case.html",
        dossier=dossier,
        course=course,
        names=names,
        light=clocks.light(case, visit.now),
        may_undo=handling.may_undo(visit.staff, case, visit.now),
        sees_record=roles.covers(visit.staff, dossier.row.person.country),
        all_kinds=list(CaseKind),
        all_outcomes=list(CaseOutcome),
        most=handling.MAX_WORDS_CHARS,
    )


async def take(visit: Visit) -> Response:
    """Give the case to the account that is signed in."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await handling.take(
            session,
            visit.staff,
            case,
            visit.now,
        )
    return await _back(visit, "taken")


async def hand(visit: Visit) -> Response:
    """Give the case to a colleague."""
    colleague_id = row_number(visit.field("colleague")) or 0
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        colleague = await accounts.get(session, colleague_id)
        await handling.hand(
            session,
            visit.staff,
            case,
            colleague,
            visit.now,
        )
    return await _back(visit, "handed")


async def change_kind(visit: Visit) -> Response:
    """Put the case where it belongs in the triage."""
    code = visit.field("kind")
    if code not in list(CaseKind):
        raise ConsularError("Choose a kind.")
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await handling.change_kind(
            session,
            visit.staff,
            case,
            CaseKind(code),
            visit.now,
        )
    return await _back(visit, "saved")


async def add_note(visit: Visit) -> Response:
    """Write a note for colleagues."""
    explanation = visit.field("words", handling.MAX_WORDS_CHARS)
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await handling.add_note(
            session,
            visit.staff,
            case,
            explanation,
            visit.now,
        )
    return await _back(visit, "saved")


async def close(visit: Visit) -> Response:
    """Close the case, with how it ended and a word of explanation."""
    code = visit.field("outcome")
    explanation = visit.field("words", handling.MAX_WORDS_CHARS)
    if code not in list(CaseOutcome):
        raise ConsularError("Choose how the case ended.")
    outcome = CaseOutcome(code)
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await handling.close(
            session,
            visit.staff,
            case,
            outcome,
            explanation,
            visit.now,
        )
    return await _back(visit, "case_closed")


async def undo(visit: Visit) -> Response:
    """Take back a close of a moment ago."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await handling.undo_close(
            session,
            visit.staff,
            case,
            visit.now,
        )
    return await _back(visit, "close_undone")


async def reopen(visit: Visit) -> Response:
    """Open a closed case again, with the reason."""
    reason = visit.field("reason", handling.MAX_WORDS_CHARS)
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await handling.reopen(
            session,
            visit.staff,
            case,
            reason,
            visit.now,
        )
    return await _back(visit, "reopened")


async def _back(visit: Visit, done: str) -> Response:
    """Tell the open pages, and go back to the case."""
    await bells.announce(visit.runtime.redis, TOPIC)
    number = visit.number("id")
    return go(f"/cases/{number}?done={done}")


ROUTES = [
    Page("/cases/{id:int}", show, may="cases"),
    Page(
        "/cases/{id:int}/take",
        take,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/hand",
        hand,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/kind",
        change_kind,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/notes",
        add_note,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/close",
        close,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/undo",
        undo,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/reopen",
        reopen,
        may="cases",
        methods=("POST",),
    ),
]
