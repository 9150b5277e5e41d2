"""Check-ins: answers to "are you safe?"."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import coverage, wishes
from bot.consular.people import former_answers
from bot.models import CheckIn, CheckInStatus, Crisis, Person

# Nearer than this in time, two answers are put in the order in which they reached us.
MOMENT = timedelta(microseconds=1)
# A time so far ahead was written before our clock was set back.
CLOCK_STEP = timedelta(seconds=1)
MAX_CLOCK_STEP = timedelta(days=1)


async def record(
    session: AsyncSession,
    person: Person,
    status: CheckInStatus,
    via: str,
    now: datetime,
    written_at: datetime | None = None,
    received_at: datetime | None = None,
    is_noted: bool = True,
) -> CheckIn:
    """Record the person's answer where it belongs in time: when it was written.

    It is attached to the open crisis where the person is, unless it was written before that opened.
    `via` is how it came: telegram, sms, phone, link or staff. `received_at` is when it came, where
    that was much later. `is_noted` is False where an officer was told it: their own note says so.
    """
    check_in = CheckIn(
        person_id=person.id,
        status=status,
        at=min(written_at or now, now),
        received_at=received_at,
        country=person.country,
        via=via,
    )
    await _put_in_order(session, person, check_in, now)
    session.add(check_in)
    await former_answers.seal(session, person.id)
    await outbox.end_answered(session, person.id, now)
    person.changed_at = now  # an audience may be chosen by what people answered
    await _note_wish(session, person, check_in, now)
    if is_noted:
        await _note(session, check_in, now)
    return check_in


async def _note(session: AsyncSession, check_in: CheckIn, now: datetime) -> None:
    subject = f"person:{check_in.person_id}"
    await trail.note(
        session,
        subject,
        "person.checked_in",
        subject,
        now,
        crisis=check_in.crisis_id,
    )


async def _put_in_order(
    session: AsyncSession,
    person: Person,
    check_in: CheckIn,
    now: datetime,
) -> None:
    """Give an answer a moment of its own, and the crisis that was open then."""
    crisis = await coverage.covering(session, person)
    at = check_in.at
    if check_in.received_at is None:
        at = await _after_earlier_clock(session, person, crisis, at, now)
    if crisis is not None and crisis.opened_at <= at:
        check_in.crisis_id = crisis.id
    check_in.at = await _free_moment(session, person, at)


async def _after_earlier_clock(
    session: AsyncSession,
    person: Person,
    crisis: Crisis | None,
    at: datetime,
    now: datetime,
) -> datetime:
    """Return the time of an answer that follows all before it, where our clock was set back.

    Only such a clock leaves an answer, or the opening of a crisis, in the future.
    """
    if crisis is not None and _is_of_earlier_clock(crisis.opened_at, now):
        at = crisis.opened_at
    newest = await latest(session, person)
    if newest is not None and _is_of_earlier_clock(newest.at, now):
        at = max(at, newest.at + MOMENT)
    return at


def _is_of_earlier_clock(at: datetime, now: datetime) -> bool:
    return CLOCK_STEP < at - now < MAX_CLOCK_STEP


async def _note_wish(
    session: AsyncSession,
    person: Person,
    check_in: CheckIn,
    now: datetime,
) -> None:
    """Put whoever wants to leave on the list of the crisis."""
    if check_in.answer is CheckInStatus.EVACUATE:
        await wishes.note(session, person, check_in.crisis_id, now)


async def _free_moment(session: AsyncSession, person: Person, at: datetime) -> datetime:
    """Return the first moment from `at` on that no other answer of the person has."""
    later = select(CheckIn.at).where(CheckIn.person_id == person.id, CheckIn.at >= at)
    for taken in await session.scalars(later.order_by(CheckIn.at)):
        if taken != at:
            break
        at += MOMENT
    return at


async def attach(session: AsyncSession, person: Person, now: datetime) -> None:
    """Attach answers that came before we knew the person's country to the open crisis there."""
    crisis = await coverage.covering(session, person)
    if crisis is None:
        return
    unattached = (
        CheckIn.person_id == person.id,
        CheckIn.crisis_id.is_(None),
        CheckIn.at >= crisis.opened_at,
    )
    attached = update(CheckIn).where(*unattached)
    attached = attached.values(crisis_id=crisis.id, country=person.country)
    statuses = await session.scalars(attached.returning(CheckIn.status))
    if CheckInStatus.EVACUATE in set(statuses):
        await wishes.note(session, person, crisis.id, now)


async def latest(session: AsyncSession, person: Person) -> CheckIn | None:
    """Return the person's answer that counts."""
    of_person = select(CheckIn).where(CheckIn.person_id == person.id)
    return await session.scalar(of_person.order_by(CheckIn.at.desc()).limit(1))


async def is_outdated(session: AsyncSession, check_in: CheckIn, person: Person) -> str | None:
    """Tell why an answer says nothing about now; None for one that counts.

    "overtaken": a newer answer is there. "before_crisis": it was written before the crisis opened.
    """
    newest = await latest(session, person)
    if newest is not None and newest.at > check_in.at:
        return "overtaken"
    crisis = await coverage.covering(session, person)
    is_older = crisis is not None and check_in.at < crisis.opened_at
    return "before_crisis" if is_older else None
