"""Export of everything that we keep about a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.people import profile, sharing, tags
from bot.consular.trust import survey_copies
from bot.messages import Form
from bot.models import (
    Address,
    AuditNote,
    Broadcast,
    Case,
    CaseFile,
    CaseLetter,
    CheckIn,
    ConsentGiven,
    EmergencyContact,
    Household,
    HouseholdMember,
    InboundMessage,
    Merge,
    OutboundMessage,
    Person,
    PersonPost,
    PlaceConfirmation,
    PlaceQuestion,
    Post,
    ReportMatch,
    Residence,
    Seat,
    SoughtPerson,
    Trip,
    Warden,
    WardenReport,
)

MAX_NOTES = 10_000
ASKED_COLUMNS = ("asked_at", "answered_at", "may_tell", "told_at")
_INTERNAL_COLUMNS = frozenset(
    {
        "phone_index",
        "city_index",
        "cell",
        "cell_tenth",
        "cell_degree",
        "former_status",
        "row_key",
        "search_version",
        "index",
        "is_passing",
        "dialogue",
        "person_id",
        "address_id",
        "inbound_id",
        "changed_by",
        "outbound_id",
        "staff_id",
        "source",  # the provider's id of a file
        "due_at",
        "attempts",
        "closed_by",
        "ended_by",
        "held_by",
        "hold_reason",  # it may be a secret of an investigation
        "record_index",
        "invited_by",
        "warden_id",
        "check_in_id",
        "actor",
        "undone_by",
    }
)


async def export(session: AsyncSession, person: Person) -> dict[str, Any]:
    """Return everything that we keep about the person, as JSON.

    What they said, what we sent them, and who looked at it.
    """
    notes = await trail.of(session, f"person:{person.id}", limit=MAX_NOTES)
    return {
        "person": _columns(person),
        "addresses": await _rows(session, Address, person.id),
        "tags": await tags.of(session, person.id),
        **await _whereabouts(session, person.id),
        **await _company(session, person.id),
        "check_ins": await _check_ins(session, person.id),
        **await _of_community(session, person),
        "came_by_poster": await _by_poster(session, person.id),
        **await _of_crises(session, person.id),
        "surveys": await survey_copies.of(session, person.id),
        **await _of_place(session, person.id),
        "received": await _rows(session, InboundMessage, person.id),
        "sent": await _sent(session, person.id),
        "merged": await _merged(session, person.id),
        "handled": [_note(note) for note in notes],
    }


def _note(note: AuditNote) -> dict[str, str]:
    """Show what happened without naming the account that did it."""
    actor_kind = note.actor.partition(":")[0]
    return {
        "at": note.at.isoformat(),
        "by": actor_kind,
        "what": note.action,
    }


async def _of_crises(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Show the cases, with letters and files; seats; and who was sought and asked."""
    return {
        "cases": await _rows(session, Case, person_id),
        "seats": await _rows(session, Seat, person_id),
        "letters": await _of_cases(session, CaseLetter, person_id),
        "files": await _of_cases(session, CaseFile, person_id),
        "sought": await _sought(session, person_id),
        "asked": await _asked(session, person_id),
    }


async def _company(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Show who is with the person, whom to call, and which words they agreed to."""
    return {
        "consents": await _of_person(session, ConsentGiven, ConsentGiven.version, person_id),
        "household": await _household(session, person_id),
        "emergency_contact": await _of_person(
            session, EmergencyContact, EmergencyContact.told_at, person_id
        ),
    }


async def _household(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Show who is with the person, and what each of them needs."""
    own = await _of_person(session, Household, Household.told_at, person_id)
    return {
        "self": own[0] if own else {},
        "members": await _rows(session, HouseholdMember, person_id),
    }


async def _of_person(
    session: AsyncSession,
    table: Any,
    order: Any,
    person_id: int,
) -> list[dict[str, Any]]:
    """Show rows of a person in a table that has no numbers of its own."""
    query = select(table).where(table.person_id == person_id).order_by(order)
    return [_columns(record) for record in await session.scalars(query)]


async def _rows(
    session: AsyncSession,
    table: Any,
    person_id: int,
) -> list[dict[str, Any]]:
    query = select(table).where(table.person_id == person_id)
    rows = await session.scalars(query.order_by(table.id))
    return [_columns(record) for record in rows]


async def _profile(session: AsyncSession, person: Person) -> dict[str, Any] | None:
    own = await profile.of(session, person)
    return None if own is None else _columns(own)


async def _of_community(session: AsyncSession, person: Person) -> dict[str, Any]:
    """Show what makes the person a part of the community: as a warden, and by their profile."""
    shared = await sharing.of(session, person)
    return {
        "wardens": await _rows(session, Warden, person.id),
        "told_by_wardens": await _rows(session, WardenReport, person.id),
        "shared_with_wardens": "name" if shared is None else shared.value,
        "profile": await _profile(session, person),
    }


async def _of_place(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Show who confirmed the person's place last, and when we asked about it."""
    confirmation = await session.get(PlaceConfirmation, person_id)
    question = await session.get(PlaceQuestion, person_id)
    return {
        "place_confirmed": _columns(confirmation) if confirmation else None,
        "place_asked": _columns(question) if question else None,
    }


async def _whereabouts(session: AsyncSession, person_id: int) -> dict[str, Any]:
    """Show where the person lives, and their trips."""
    return {
        "residence": await _residence(session, person_id),
        "trips": await _rows(session, Trip, person_id),
    }


async def _residence(session: AsyncSession, person_id: int) -> dict[str, Any] | None:
    """Show where the person lives; None where we do not know it."""
    residence = await session.get(Residence, person_id)
    if residence is None:
        return None
    return _columns(residence)


async def _of_cases(
    session: AsyncSession,
    table: Any,
    person_id: int,
) -> list[dict[str, Any]]:
    """Show letters, or which files there are, without naming an account."""
    query = (
        select(table)
        .join(Case, Case.id == table.case_id)
        .where(Case.person_id == person_id)
        .order_by(table.id)
    )
    return [_columns(record) for record in await session.scalars(query)]


async def _by_poster(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """Show the post whose poster brought the person, and since when."""
    query = select(PersonPost, Post.names).join(Post, Post.id == PersonPost.post_id)
    shown: list[dict[str, Any]] = []
    for own, names in await session.execute(query.where(PersonPost.person_id == person_id)):
        shown.append({**_columns(own), "names": names})
    return shown


async def _sought(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """Show what the person told of people they asked about; whether we know them is not theirs."""
    query = (
        select(SoughtPerson)
        .join(Case, Case.id == SoughtPerson.case_id)
        .where(Case.person_id == person_id)
    )
    sought = await session.scalars(query.order_by(SoughtPerson.case_id))
    return [_columns(told) for told in sought]


async def _asked(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """Show when the person was asked what we may tell of them, and their answer: not who asked."""
    query = select(ReportMatch).where(
        ReportMatch.person_id == person_id,
        ReportMatch.asked_at.is_not(None),
    )
    asked: list[dict[str, Any]] = []
    for match in await session.scalars(query.order_by(ReportMatch.asked_at)):
        columns = _columns(match)
        asked.append({name: columns[name] for name in ASKED_COLUMNS if name in columns})
    return asked


async def _check_ins(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """Show every answer alike, whether or not it counts."""
    query = select(CheckIn).where(CheckIn.person_id == person_id)
    check_ins: list[dict[str, Any]] = []
    for check_in in await session.scalars(query.order_by(CheckIn.id)):
        columns = _columns(check_in)
        columns["status"] = check_in.answer
        check_ins.append(columns)
    return check_ins


async def _sent(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    query = (
        select(OutboundMessage, Broadcast)
        .outerjoin(Broadcast, Broadcast.id == OutboundMessage.broadcast_id)
        .where(OutboundMessage.person_id == person_id, OutboundMessage.is_passing.is_(False))
        .order_by(OutboundMessage.id)
    )
    messages: list[dict[str, Any]] = []
    for message, broadcast in await session.execute(query):
        content = _content(message, broadcast)
        messages.append({**_columns(message), "content": content})
    return messages


async def _merged(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """Show which other record of the person became part of this one, and what it said."""
    query = select(Merge).where(Merge.person_id == person_id)
    merges: list[dict[str, Any]] = []
    for merged in await session.scalars(query.order_by(Merge.id)):
        columns = _columns(merged)
        former = columns.pop("parts", {}).get("person", {})
        for name in former:
            is_shown = name not in _INTERNAL_COLUMNS and former[name] is not None
            if is_shown:
                columns.setdefault("former", {})[name] = former[name]
        merges.append(columns)
    return merges


def _content(message: OutboundMessage, broadcast: Broadcast | None) -> Any:
    if message.content is not None or broadcast is None:
        return message.content
    form = message.form or Form.TEXT
    return fan_out.content(broadcast, message.language, form).to_json()


def _columns(record: Any) -> dict[str, Any]:
    """Return the columns of a record that mean something to the person, without empty ones."""
    columns: dict[str, Any] = {}
    for attribute in inspect(type(record)).column_attrs:
        name = attribute.key
        content = getattr(record, name)
        if name in _INTERNAL_COLUMNS or content is None:
            continue
        columns[name] = _as_json(content)
    return columns


def _as_json(content: Any) -> Any:
    if isinstance(content, datetime | date):
        return content.isoformat()
    return content
