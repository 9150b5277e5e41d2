"""The household of a person on their record, and the fields by which officers put it right."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import consents, emergency_contact, household, household_needs
from bot.consular.people.household_edits import MemberFields
from bot.pages.visit import Visit

MAX_NAME_CHARS = 80
MAX_PHONE_CHARS = 40


async def look_up(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Look up who is with a person, whom to call, and which words they agreed to."""
    return {
        "household": await household.of(session, person_id),
        "contact_on_record": await emergency_contact.of(session, person_id),
        "consent": await consents.newest(session, person_id),
        "relations_of_household": household_needs.RELATIONS,
        "ages": household_needs.AGES,
        "needs": household_needs.NEEDS,
        "parted": household_needs.parted,
    }


def member_fields(visit: Visit) -> MemberFields:
    """Read the fields of a member, as an officer filled them in."""
    return MemberFields(
        visit.field("relation"),
        visit.field("name", MAX_NAME_CHARS),
        visit.field("age"),
        tuple(visit.fields("need")),
    )
