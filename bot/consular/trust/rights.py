"""The right to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.trust import erasures
from bot.models import (
    Address,
    Call,
    Case,
    CheckIn,
    ConsentGiven,
    DistinctPeople,
    EmergencyContact,
    Household,
    HouseholdMember,
    HouseholdNeed,
    InboundMessage,
    InboundState,
    JoinRequest,
    JoinTry,
    LinkCode,
    Merge,
    NameWord,
    NumberEnding,
    OutboundMessage,
    OutboundState,
    Outreach,
    Person,
    PersonPost,
    PersonTag,
    PlaceConfirmation,
    PlaceQuestion,
    Profile,
    ReportMatch,
    Residence,
    Seat,
    SignUp,
    SurveyAnswer,
    SurveyAsk,
    Trip,
    TypedEnding,
    Warden,
    WardenNumber,
    WardenReport,
    WardenSharing,
)

UNSENT_STATES = (OutboundState.QUEUED, OutboundState.SENDING)
_FACTS: tuple[Any, ...] = (
    Call,
    Outreach,
    CheckIn,
    Case,
    DistinctPeople,
    JoinRequest,
    JoinTry,
    LinkCode,
    Merge,
    NameWord,
    NumberEnding,
    TypedEnding,
    PersonTag,
    Profile,
    PersonPost,
    PlaceConfirmation,
    PlaceQuestion,
    ReportMatch,
    Residence,
    Seat,
    SignUp,
    SurveyAnswer,
    SurveyAsk,
    Warden,
    WardenNumber,
    WardenReport,
    WardenSharing,
    Trip,
    Household,
    HouseholdMember,
    HouseholdNeed,
    EmergencyContact,
    ConsentGiven,
)
_LASTING_COLUMNS = frozenset(
    {"id", "created_at", "language", "language_chosen", "row_key", "synthetic", "search_version"}
)


def has_hold(person_id: Any) -> ColumnElement[bool]:
    """Say in SQL whether a case of a person is on hold: then nothing of theirs may go."""
    held = aliased(Case)
    return exists().where(held.person_id == person_id, held.held_at.is_not(None))


async def is_on_hold(session: AsyncSession, person_id: int) -> bool:
    """Tell whether a case of a person is on hold."""
    return await session.scalar(select(has_hold(person_id))) or False


async def postpone(session: AsyncSession, person: Person, now: datetime) -> None:
    """Note that the person wants to be forgotten, while a case of theirs is open or on hold."""
    if person.erasure_asked_at is not None:
        return
    person.erasure_asked_at = now
    await session.flush()
    subject = f"person:{person.id}"
    await trail.note(session, subject, "person.erasure_asked", subject, now)


async def erase(
    session: AsyncSession,
    person: Person,
    actor: str,
    now: datetime,
    farewell: Address | None = None,
) -> None:
    """Erase everything about the person.

    What stays names nobody: audit notes, and the counts of broadcasts. The address `farewell` stays
    until the goodbye to it has left; `retention.sweep` removes it then. The messages that still
    wait to be handled stay as long. Raises ConsularError while a case of theirs is on hold.
    """
    if await is_on_hold(session, person.id):
        raise ConsularError("A case of this person is on hold: nothing of it may be deleted.")
    await erasures.remember(session, person.id, now)
    await _delete_replies(session, person.id)
    await _release_broadcasts(session, person.id, now)
    if farewell is None:
        session.expunge(person)
        await session.execute(delete(Person).where(Person.id == person.id))
    else:
        await _delete_received(session, person, farewell)
        await _delete_addresses(session, person, farewell)
        await _delete_facts(session, person)
        await _empty(session, person, now)
    await trail.note(session, actor, "person.erased", f"person:{person.id}", now)


async def _delete_replies(session: AsyncSession, person_id: int) -> None:
    statement = delete(OutboundMessage).where(
        OutboundMessage.person_id == person_id,
        OutboundMessage.broadcast_id.is_(None),
    )
    await session.execute(statement)


async def _release_broadcasts(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Keep a broadcast's message as one recipient without a person; what is unsent is dropped."""
    is_unsent = OutboundMessage.state.in_(UNSENT_STATES)
    statement = (
        update(OutboundMessage)
        .where(OutboundMessage.person_id == person_id)
        .values(
            person_id=None,
            address_id=None,
            content=None,
            provider_id=None,
            inbound_id=None,
            state=case(
                (is_unsent, OutboundState.DROPPED),
                else_=OutboundMessage.state,
            ),
            finished_at=case(
                (is_unsent, now),
                else_=OutboundMessage.finished_at,
            ),
        )
    )
    await session.execute(statement)


async def _delete_received(
    session: AsyncSession,
    person: Person,
    farewell: Address,
) -> None:
    """Delete handled messages; those that wait belong to the farewell address from now on."""
    handled = delete(InboundMessage).where(
        InboundMessage.person_id == person.id,
        InboundMessage.state != InboundState.PENDING,
    )
    await session.execute(handled)
    waiting = update(InboundMessage).where(
        InboundMessage.person_id == person.id,
        InboundMessage.address_id != farewell.id,
    )
    await session.execute(waiting.values(address_id=farewell.id))


async def _delete_addresses(
    session: AsyncSession,
    person: Person,
    farewell: Address,
) -> None:
    statement = delete(Address).where(
        Address.person_id == person.id,
        Address.id != farewell.id,
    )
    await session.execute(statement)


async def _delete_facts(session: AsyncSession, person: Person) -> None:
    for table in _FACTS:
        await session.execute(delete(table).where(table.person_id == person.id))
    as_warden = delete(WardenNumber).where(WardenNumber.keeper_id == person.id)
    await session.execute(as_warden)


async def _empty(session: AsyncSession, person: Person, now: datetime) -> None:
    """Empty every column that says something about the person."""
    for column in inspect(Person).columns:
        if column.key not in _LASTING_COLUMNS:
            setattr(person, column.key, None)
    person.forgotten_at = now
    await session.flush()
