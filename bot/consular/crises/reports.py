"""Reports about others: what a reporter tells of a person who is sought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases
from bot.models import Case, Person, SoughtPerson
from bot.text.text import clean

MAX_WORDS_CHARS = 200
MAX_PHONE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Description:
    """What a message tells of a person who is sought; "" for what it does not tell.

    `phone` is in E.164, or as it was written.
    """

    name: str = ""
    last_place: str = ""
    last_contact: str = ""
    phone: str = ""


async def of(session: AsyncSession, case: Case) -> SoughtPerson | None:
    """Return what the report of a case tells, besides the name; None where it is no report."""
    return await session.get(SoughtPerson, case.id)


async def describe(session: AsyncSession, case: Case, told: Description) -> SoughtPerson:
    """Keep what is told of the person whom a case is about; what was told before gives way."""
    sought = await _sought(session, case)
    if told.name:
        case.about_name = clean(told.name, cases.MAX_NAME_CHARS)
    if told.last_place:
        sought.last_place = clean(told.last_place, MAX_WORDS_CHARS)
    if told.last_contact:
        sought.last_contact = clean(told.last_contact, MAX_WORDS_CHARS)
    if told.phone:
        sought.phone = clean(told.phone, MAX_PHONE_CHARS)
    await session.flush()
    return sought


async def share(session: AsyncSession, case: Case, person: Person, now: datetime) -> None:
    """Note that the reporter lets other organisations read the report."""
    sought = await _sought(session, case)
    sought.shared_at = now
    await session.flush()
    await trail.note(session, f"person:{person.id}", "report.shared", f"case:{case.id}", now)


async def _sought(session: AsyncSession, case: Case) -> SoughtPerson:
    sought = await of(session, case)
    if sought is None:
        sought = SoughtPerson(case_id=case.id)
        session.add(sought)
    return sought
