"""Saying on the page of a report who its person is, or is not, and taking that back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from bot.consular.crises import cases, matches
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"


async def confirm(visit: Visit) -> Response:
    """Say that a person is the one the report is about; they are asked what we may tell."""
    return await _decide(visit, matches.confirm, "matched")


async def reject(visit: Visit) -> Response:
    """Say that a person is not the one the report is about."""
    return await _decide(visit, matches.reject, "saved")


async def undo(visit: Visit) -> Response:
    """Take back what was decided about a person."""
    return await _decide(visit, matches.undo, "unmatched")


async def _decide(
    visit: Visit,
    act: Callable[..., Awaitable[Any]],
    done: str,
) -> Response:
    """Decide about the person of the form, let what is to be sent leave, and go back."""
    number = visit.number("id")
    person_id = row_number(visit.field("person")) or 0
    async with visit.runtime.db.begin() as session:
        report = await cases.get(session, number)
        await act(session, visit.staff, report, person_id, visit.now)
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, TOPIC)
    return go(f"/cases/{number}?done={done}")


ROUTES = [
    Page("/cases/{id:int}/match", confirm, may="cases", methods=("POST",)),
    Page("/cases/{id:int}/reject", reject, may="cases", methods=("POST",)),
    Page("/cases/{id:int}/unmatch", undo, may="cases", methods=("POST",)),
]
