"""Retention: what we no longer need goes. The worker sweeps every hour; each table has one rule.

The periods are settings. While a case is on hold, nothing of its person goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, delete, exists, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import seals
from bot.consular.audit.trail import SYSTEM
from bot.consular.people import exactness, joining, splitting
from bot.consular.staff.sessions import LONGEST_IDLE, LONGEST_LIFE
from bot.consular.trust import rights
from bot.models import (
    Address,
    Case,
    CaseState,
    CheckIn,
    Crisis,
    CrisisState,
    ErasedPerson,
    InboundMessage,
    InboundState,
    JoinRequest,
    JoinTry,
    LinkCode,
    Merge,
    OutboundMessage,
    Outreach,
    Person,
    ReplySpending,
    RetentionRun,
    Seat,
    SignUp,
    StaffLink,
    StaffSession,
    Survey,
    SurveyAnswer,
    SurveyAsk,
    Trip,
)
from bot.runtime.keys import Keyring
from bot.runtime.limits import DEFAULT_PERIODS, Periods

# For the last goodbye to leave.
FAREWELL_LIFE = timedelta(hours=24)
# From the last case's closing to the erasure that its person asked for.
CLOSED_CASE_REST = timedelta(hours=24)
SPENDING_LIFE = timedelta(days=1)  # of what a number got within an hour
# No backup may be kept for longer: what it brings back of the erased is erased again until then.
BACKUP_LIFE = timedelta(days=35)
RUN_LIFE = timedelta(days=365)  # of the record of a run
SWEEP_ROWS = 1000  # of a table a sweep; the next sweep takes the rest


async def sweep(
    session: AsyncSession,
    now: datetime,
    periods: Periods = DEFAULT_PERIODS,
    keyring: Keyring | None = None,
) -> dict[str, int]:
    """Remove what is due, at most 1,000 rows of a table; record and return how many of each.

    Notes of the audit trail go with the keyring alone.
    """
    counts = {
        **await _sweep_people(
            session,
            now,
            periods,
        ),
        **await _sweep_words(session, now, periods),
        **await _sweep_surveys(session, now - periods.surveys),
        **await _sweep_own(session, now),
    }
    if keyring is not None:
        counts["audit"] = await seals.expire(session, keyring, now - periods.audit, now)
    session.add(RetentionRun(at=now, counts=counts))
    await session.flush()
    return counts


async def end_farewells(session: AsyncSession, now: datetime) -> int:
    """Delete what was left of erased people for the goodbye to leave; return how many."""
    return await _erase(session, _forgotten(now), now)


async def _sweep_people(session: AsyncSession, now: datetime, periods: Periods) -> dict[str, int]:
    """Erase people who asked for it, who never agreed, or who have long been silent."""
    typed_before = now - joining.CODE_LIFE
    return {
        "typed": await _erase(session, _typed_only(typed_before), now),
        "forgotten": await _erase(session, _forgotten(now), now),
        "waited": await _erase(session, _waited(now), now),
        "strangers": await _erase(session, _strangers(now - periods.strangers), now),
        "silent": await _erase(session, _silent(now - periods.silent), now),
    }


async def _sweep_words(session: AsyncSession, now: datetime, periods: Periods) -> dict[str, int]:
    """Delete what people said and we answered, where they were, and the cases about them."""
    merged_before = now - splitting.UNDO_LIFE
    old_cases = _old_cases(now - periods.cases)
    old_seats = _old_seats(now - periods.cases)
    old_trips = _old_trips(now - periods.trips)
    return {
        "merges": await _delete(session, Merge, _old_merges(merged_before)),
        "received": await _delete(session, InboundMessage, _old_received(now - periods.received)),
        "sent": await _delete(session, OutboundMessage, _old_replies(now - periods.replies)),
        "positions": await _forget_positions(session),
        "answers": await _delete(session, CheckIn, _old_answers(now - periods.answers)),
        "outreach": await _delete(session, Outreach, _old_outreach(now - periods.answers)),
        "cases": await _delete(session, Case, old_cases),
        "seats": await _delete(session, Seat, old_seats),
        "trips": await _delete(session, Trip, old_trips),
    }


async def _sweep_surveys(session: AsyncSession, before: datetime) -> dict[str, int]:
    """Delete who was asked by surveys that closed long ago, and what they said; counts stay."""
    return {
        "survey_answers": await _delete(
            session, SurveyAnswer, _of_old_survey(SurveyAnswer, before)
        ),
        "sign_ups": await _delete(session, SignUp, _of_old_survey(SignUp, before)),
        "survey_asks": await _delete(session, SurveyAsk, _of_old_survey(SurveyAsk, before)),
    }


async def _sweep_own(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Delete what the house keeps for itself for a while."""
    has_ended = ReplySpending.began_at <= now - SPENDING_LIFE
    is_old_run = RetentionRun.at <= now - RUN_LIFE
    is_old_try = JoinTry.at <= now - joining.DAY
    is_in_no_backup = ErasedPerson.erased_at <= now - BACKUP_LIFE
    return {
        "codes": await _delete_codes(session, now),
        "tries": await _delete(session, JoinTry, is_old_try),
        "links": await _delete(session, StaffLink, StaffLink.expires_at <= now),
        "sessions": await _delete(session, StaffSession, _ended_sessions(now)),
        "spendings": await _delete(session, ReplySpending, has_ended),
        "runs": await _delete(session, RetentionRun, is_old_run),
        "erasures": await _delete(session, ErasedPerson, is_in_no_backup),
    }


async def _delete_codes(session: AsyncSession, now: datetime) -> int:
    """Delete codes that nobody wrote in time; what waits for staff stays."""
    unwritten = delete(JoinRequest).where(
        JoinRequest.confirmed_at.is_(None),
        JoinRequest.asked_at <= now - joining.CODE_LIFE,
    )
    has_ended = LinkCode.asked_at <= now - joining.LINK_CODE_LIFE
    unused = delete(LinkCode).where(has_ended)
    count = 0
    for statement in (unwritten, unused):
        deletion = await session.execute(statement)
        result = cast("Any", deletion)
        count += result.rowcount
    return count


async def _erase(session: AsyncSession, due: Select[Person], now: datetime) -> int:
    locked = due.limit(SWEEP_ROWS).with_for_update(skip_locked=True, of=Person)
    people = list(await session.scalars(locked))
    erased_count = 0
    for person in people:
        if await rights.is_on_hold(session, person.id):  # since a moment
            continue
        await rights.erase(session, person, SYSTEM, now)
        erased_count += 1
    return erased_count


async def _delete(session: AsyncSession, table: Any, is_due: ColumnElement[bool]) -> int:
    key = inspect(table).primary_key[0]
    due = select(key).where(is_due).limit(SWEEP_ROWS)
    ids = list(await session.scalars(due))
    await session.execute(delete(table).where(key.in_(ids)))
    return len(ids)


async def _forget_positions(session: AsyncSession) -> int:
    """Forget exact positions whose cases are closed; the town and the square kilometre stay."""
    due = select(Person).where(
        Person.location.is_not(None),
        ~exactness.is_needed(Person.id),
    )
    locked = due.limit(SWEEP_ROWS).with_for_update(skip_locked=True, of=Person)
    people = list(await session.scalars(locked))
    for person in people:
        person.location = None
        person.dialogue = exactness.coarse_dialogue(person.dialogue)
    ids = [person.id for person in people]
    await _round_messages(session, ids)
    return len(people)


async def _round_messages(session: AsyncSession, people: list[int]) -> None:
    """Round the positions in the messages that these people sent."""
    query = select(InboundMessage).where(InboundMessage.person_id.in_(people))
    for message in await session.scalars(query):
        message.content = exactness.coarse_message(message.content)
    await session.flush()


def _forgotten(now: datetime) -> Select[Person]:
    """Select erased people whose goodbye has left, or whose goodbye waited a day."""
    unsent = exists().where(
        OutboundMessage.person_id == Person.id,
        OutboundMessage.state.in_(rights.UNSENT_STATES),
    )
    unread = exists().where(
        InboundMessage.person_id == Person.id,
        InboundMessage.state == InboundState.PENDING,
    )
    is_old = Person.forgotten_at <= now - FAREWELL_LIFE
    return select(Person).where(
        Person.forgotten_at.is_not(None),
        or_(is_old, ~unsent & ~unread),
    )


def _waited(now: datetime) -> Select[Person]:
    """Select people who asked to be forgotten, a day after their last case was closed.

    Until then whoever closed it by mistake opens another, and nothing is lost.
    """
    is_looked_after = exists().where(
        Case.person_id == Person.id,
        or_(Case.closed_at.is_(None), Case.closed_at > now - CLOSED_CASE_REST),
    )
    return select(Person).where(
        Person.erasure_asked_at.is_not(None),
        Person.forgotten_at.is_(None),
        ~is_looked_after,
        ~rights.has_hold(Person.id),
    )


def _strangers(before: datetime) -> Select[Person]:
    """Select people who never agreed to our keeping them and whom nobody looks after."""
    checked_in = exists().where(CheckIn.person_id == Person.id)
    return select(Person).where(
        Person.consented_at.is_(None),
        Person.created_at <= before,
        ~_wrote_after(before),
        ~checked_in,
        ~_has_open_case(Person.id),
        ~rights.has_hold(Person.id),
    )


def _typed_only(before: datetime) -> Select[Person]:
    """Select records of numbers that somebody typed to join them, and that never wrote to us."""
    wrote = exists().where(Address.person_id == Person.id, Address.heard_at.is_not(None))
    said_anything = exists().where(InboundMessage.person_id == Person.id)
    is_waited_for = exists().where(
        JoinRequest.other_id == Person.id,
        JoinRequest.asked_at > before,
    )
    return select(Person).where(
        Person.consented_at.is_(None),
        Person.registered_at.is_(None),
        Person.name.is_(None),
        Person.country.is_(None),
        Person.dialogue.is_(None),
        Person.created_at <= before,
        ~wrote,
        ~said_anything,
        ~is_waited_for,
        ~_has_open_case(Person.id),
        ~rights.has_hold(Person.id),
    )


def _silent(before: datetime) -> Select[Person]:
    """Select people who told us nothing for a long time, by whatever channel."""
    answered = exists().where(CheckIn.person_id == Person.id, CheckIn.at > before)
    told_place = Person.placed_at > before
    return select(Person).where(
        Person.created_at <= before,
        or_(Person.placed_at.is_(None), ~told_place),
        ~_wrote_after(before),
        ~answered,
        ~_has_open_case(Person.id),
        ~rights.has_hold(Person.id),
    )


def _wrote_after(moment: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a person wrote since then."""
    return exists().where(
        Address.person_id == Person.id,
        Address.heard_at > moment,
    )


def _has_open_case(person_id: Any) -> ColumnElement[bool]:
    """Say in SQL whether somebody looks after a person, or should."""
    return exists().where(
        Case.person_id == person_id,
        Case.state != CaseState.CLOSED,
    )


def _old_received(before: datetime) -> ColumnElement[bool]:
    is_old = InboundMessage.received_at <= before
    is_handled = InboundMessage.state != InboundState.PENDING
    return is_old & is_handled & ~rights.has_hold(InboundMessage.person_id)


def _old_replies(before: datetime) -> ColumnElement[bool]:
    """Choose old replies. Messages of broadcasts stay: they are counts."""
    is_old = OutboundMessage.created_at <= before
    is_reply = OutboundMessage.broadcast_id.is_(None)
    return is_old & is_reply & ~rights.has_hold(OutboundMessage.person_id)


def _old_answers(before: datetime) -> ColumnElement[bool]:
    """Choose old answers to "are you safe?"; those of an open crisis are its board."""
    is_of_open_crisis = exists().where(
        Crisis.id == CheckIn.crisis_id,
        Crisis.state == CrisisState.OPEN,
    )
    is_old = CheckIn.at <= before
    return is_old & ~is_of_open_crisis & ~rights.has_hold(CheckIn.person_id)


def _old_outreach(before: datetime) -> ColumnElement[bool]:
    """Choose what officers did long ago to reach people of a crisis that is closed."""
    is_of_open_crisis = exists().where(
        Crisis.id == Outreach.crisis_id,
        Crisis.state == CrisisState.OPEN,
    )
    is_old = Outreach.recorded_at <= before
    return is_old & ~is_of_open_crisis & ~rights.has_hold(Outreach.person_id)


def _old_cases(before: datetime) -> ColumnElement[bool]:
    """Choose cases that were closed long ago."""
    is_old = Case.closed_at <= before
    return is_old & ~rights.has_hold(Case.person_id)


def _old_seats(before: datetime) -> ColumnElement[bool]:
    """Choose the seats and wishes of crises that were closed as long ago as cases are kept."""
    is_of_old_crisis = exists().where(
        Crisis.id == Seat.crisis_id,
        Crisis.closed_at <= before,
    )
    return is_of_old_crisis & ~rights.has_hold(Seat.person_id)


def _old_merges(before: datetime) -> ColumnElement[bool]:
    """Choose merges that nobody can undo any more."""
    is_old = Merge.at <= before
    return is_old & ~rights.has_hold(Merge.person_id)


def _old_trips(before: datetime) -> ColumnElement[bool]:
    """Choose the trips that ended a while ago; where the person lives stays."""
    is_old = Trip.ended_at <= before
    return is_old & ~rights.has_hold(Trip.person_id)


def _of_old_survey(table: Any, before: datetime) -> ColumnElement[bool]:
    """Choose the rows of people in a survey that closed long ago."""
    is_of_old_survey = exists().where(
        Survey.id == table.survey_id,
        Survey.closed_at <= before,
    )
    return is_of_old_survey & ~rights.has_hold(table.person_id)


def _ended_sessions(now: datetime) -> ColumnElement[bool]:
    return or_(
        StaffSession.seen_at <= now - LONGEST_IDLE,
        StaffSession.created_at <= now - LONGEST_LIFE,
    )
