"""Merging of two records that turn out to be one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people import former_answers, placement, search_keys
from bot.models import (
    Address,
    Case,
    CheckIn,
    InboundMessage,
    OutboundMessage,
    Outreach,
    Person,
    PersonPost,
    PersonTag,
    Profile,
    ReportMatch,
    Seat,
    SeatState,
    Warden,
    WardenReport,
    WardenSharing,
    closures,
)

MERGED_COLUMNS = (
    "country",
    "city",
    "position",
    "location",
    "place_words",
    "bound_for",
    "placed_at",
    "party_size",
    "consented_at",
    "registered_at",
    "no_calls_at",  # whoever may not be called on one record may not be called at all
)
_MOVED_TABLES: tuple[Any, ...] = (
    Address,
    CheckIn,
    Case,
    InboundMessage,
    OutboundMessage,
    Outreach,
    Warden,
    WardenReport,
)


_HELD_SEATS = frozenset(
    {SeatState.INVITED, SeatState.CONFIRMED, SeatState.BOARDED, SeatState.ARRIVED}
)


async def merge(
    session: AsyncSession,
    person: Person,
    duplicate_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Move everything of a duplicate record to the person and delete the duplicate.

    What the person says of themselves now wins.
    """
    duplicate = await session.get_one(Person, duplicate_id, with_for_update=True)
    await _stop_addresses(session, duplicate)
    await _release_shared_broadcasts(session, person.id, duplicate.id)
    moves = (_move_rows, _move_tags, _move_seats, _move_matches, _move_single, _move_post)
    for move in moves:
        await move(session, person.id, duplicate.id)
    await former_answers.seal(session, person.id)
    _fill_gaps(person, duplicate)
    await session.flush()
    session.expunge(duplicate)
    await session.execute(delete(Person).where(Person.id == duplicate_id))
    await search_keys.make(session, [person])
    subject = f"person:{person.id}"
    await trail.note(session, actor, "person.merged", subject, now, other=duplicate_id)


async def _stop_addresses(session: AsyncSession, duplicate: Person) -> None:
    """Send no broadcasts to the duplicate's addresses when they said STOP there.

    The person's own address goes on, and START opens all.
    """
    if duplicate.stopped_at is None:
        return
    await session.execute(closures.opting_out(duplicate.id, duplicate.stopped_at))


async def _release_shared_broadcasts(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
) -> None:
    """Let the duplicate's messages of a broadcast that both received belong to nobody.

    Both messages count, and a person has one message of a broadcast.
    """
    received = select(OutboundMessage.broadcast_id).where(
        OutboundMessage.person_id == person_id,
        OutboundMessage.broadcast_id.is_not(None),
    )
    shared = update(OutboundMessage).where(
        OutboundMessage.person_id == duplicate_id,
        OutboundMessage.broadcast_id.in_(received),
    )
    await session.execute(shared.values(person_id=None))


async def _move_rows(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    for table in _MOVED_TABLES:
        rows = update(table).where(table.person_id == duplicate_id)
        await session.execute(rows.values(person_id=person_id))


async def _move_tags(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    """Move the tags that the person does not have, by their words: two keys may be in use."""
    words = select(PersonTag.words).where(PersonTag.person_id == person_id)
    present = set(await session.scalars(words))
    tags = select(PersonTag).where(PersonTag.person_id == duplicate_id)
    for tag in await session.scalars(tags):
        if tag.words not in present:
            tag.person_id = person_id
    await session.flush()


async def _move_seats(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    """Move the wishes to leave a crisis. Where both records have one, a seat is kept before a wish.

    The other goes with the duplicate, and others may have its seats.
    """
    query = select(Seat).where(Seat.person_id.in_([person_id, duplicate_id])).with_for_update()
    locked = await session.scalars(query.order_by(Seat.id))
    seats = list(locked)
    own = {seat.crisis_id: seat for seat in seats if seat.person_id == person_id}
    for seat in seats:
        if seat.person_id == person_id:
            continue
        own_seat = own.get(seat.crisis_id)
        if own_seat is not None:
            if own_seat.state in _HELD_SEATS or seat.state not in _HELD_SEATS:
                continue
            await session.delete(own_seat)
            await session.flush()
        seat.person_id = person_id
    await session.flush()


async def _move_post(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    """Keep the post whose poster brought the duplicate, where the person came by none."""
    own = select(PersonPost.person_id).where(PersonPost.person_id == person_id)
    if await session.scalar(own) is not None:
        return
    of_duplicate = update(PersonPost).where(PersonPost.person_id == duplicate_id)
    await session.execute(of_duplicate.values(person_id=person_id))


async def _move_matches(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    """Move what was decided about the duplicate and reports that the person has no word on."""
    decided = select(ReportMatch.case_id).where(ReportMatch.person_id == person_id)
    of_duplicate = update(ReportMatch).where(
        ReportMatch.person_id == duplicate_id,
        ReportMatch.case_id.not_in(decided),
    )
    await session.execute(of_duplicate.values(person_id=person_id))


async def _move_single(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    """Keep what the duplicate chose and told once, where the person has not."""
    for table in (WardenSharing, Profile):
        if await session.get(table, person_id) is None:
            of_duplicate = update(table).where(table.person_id == duplicate_id)
            await session.execute(of_duplicate.values(person_id=person_id))


def _fill_gaps(person: Person, duplicate: Person) -> None:
    """Fill what the person has not told from the duplicate."""
    for column in MERGED_COLUMNS:
        if getattr(person, column) is None:
            setattr(person, column, getattr(duplicate, column))
    placement.mark(person)
    if person.name is None and duplicate.name is not None:
        person.name = duplicate.name
