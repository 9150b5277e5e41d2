"""Check-ins: answers to "are you safe?"."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import crises
from bot.models import CheckIn, CheckInStatus, Person


async def record(
    session: AsyncSession,
    person: Person,
    status: CheckInStatus,
    via: str,
    now: datetime,
) -> CheckIn:
    """Record the person's answer, attached to the open crisis where the person is.

    `via` is how it came: telegram, sms, phone, link or staff.
    """
    crisis = await crises.covering(session, person.country)
    check_in = CheckIn(
        person_id=person.id,
        crisis_id=crisis.id if crisis else None,
        status=status,
        at=now,
        country=person.country,
        via=via,
    )
    session.add(check_in)
    await outbox.end_answered(session, person.id, now)
    person.changed_at = now  # an audience may be chosen by what people answered
    subject = f"person:{person.id}"
    await trail.note(
        session,
        subject,
        "person.checked_in",
        subject,
        now,
        status=status.value,
        crisis=check_in.crisis_id,
    )
    return check_in


async def attach(session: AsyncSession, person: Person) -> None:
    """Attach answers that came before we knew the person's country to the open crisis there."""
    crisis = await crises.covering(session, person.country)
    if crisis is None:
        return
    unattached = (
        CheckIn.person_id == person.id,
        CheckIn.crisis_id.is_(None),
        CheckIn.at >= crisis.opened_at,
    )
    attached = update(CheckIn).where(*unattached)
    await session.execute(attached.values(crisis_id=crisis.id, country=person.country))


async def latest(session: AsyncSession, person: Person) -> CheckIn | None:
    """Return the person's answer that counts."""
    of_person = select(CheckIn).where(CheckIn.person_id == person.id)
    return await session.scalar(of_person.order_by(CheckIn.id.desc()).limit(1))
