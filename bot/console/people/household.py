"""Officers put right who is with a person, what they need, and whom to call."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.responses import Response

from bot.console.people import household_fields, people
from bot.console.people.household_fields import MAX_NAME_CHARS, MAX_PHONE_CHARS
from bot.consular.errors import ConsularError
from bot.consular.people import household_edits
from bot.pages.visit import Page, Visit, go
from bot.text.text import row_number


async def save_member(visit: Visit) -> Response:
    """Add somebody, or change what is known of them."""
    person_id = visit.number("id")
    member_id = row_number(visit.field("member"))
    fields = household_fields.member_fields(visit)
    async with visit.runtime.db.begin() as session:
        saving = household_edits.save_member(
            session, visit.staff, person_id, member_id, fields, visit.now
        )
        wrong = await _refused(visit, saving)
    return await _answer(visit, wrong)


async def remove_member(visit: Visit) -> Response:
    """Take somebody out of the household."""
    person_id = visit.number("id")
    member_id = row_number(visit.field("member")) or 0
    async with visit.runtime.db.begin() as session:
        removing = household_edits.remove_member(
            session, visit.staff, person_id, member_id, visit.now
        )
        wrong = await _refused(visit, removing)
    return await _answer(visit, wrong)


async def save_own_needs(visit: Visit) -> Response:
    """Set what the person needs themselves."""
    person_id = visit.number("id")
    needs = visit.fields("need")
    async with visit.runtime.db.begin() as session:
        saving = household_edits.save_own_needs(session, visit.staff, person_id, needs, visit.now)
        wrong = await _refused(visit, saving)
    return await _answer(visit, wrong)


async def save_contact(visit: Visit) -> Response:
    """Set whom to call; without a number nobody is."""
    person_id = visit.number("id")
    async with visit.runtime.db.begin() as session:
        saving = household_edits.save_contact(
            session,
            visit.staff,
            person_id,
            visit.field("name", MAX_NAME_CHARS),
            visit.field("relation"),
            visit.field("phone", MAX_PHONE_CHARS),
            visit.now,
        )
        wrong = await _refused(visit, saving)
    return await _answer(visit, wrong)


async def _refused(visit: Visit, change: Awaitable[None]) -> str:
    """Make a change; return why it was refused, "" where it was not."""
    try:
        await change
    except ConsularError as error:
        return visit.explain(error)
    return ""


async def _answer(visit: Visit, wrong: str) -> Response:
    """Go back to the record, or show it with what is wrong."""
    if wrong:
        return await people.record(visit, wrong)
    return go(f"/people/{visit.number('id')}?done=saved")


ROUTES = [
    Page("/people/{id:int}/household", save_member, may="people", methods=("POST",)),
    Page("/people/{id:int}/household/remove", remove_member, may="people", methods=("POST",)),
    Page("/people/{id:int}/household/own", save_own_needs, may="people", methods=("POST",)),
    Page("/people/{id:int}/contact", save_contact, may="people", methods=("POST",)),
]
