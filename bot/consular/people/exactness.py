"""Exact positions: kept while somebody looks after the person, otherwise to about a kilometre."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.consular.reference import cells
from bot.messages import Location
from bot.models import Case, CaseState, InboundMessage, Person

Json = dict[str, Any]


def is_needed(person_id: Any) -> ColumnElement[bool]:
    """Say in SQL whether a case of a person is open, or kept on hold."""
    case = aliased(Case)
    is_kept = (case.state != CaseState.CLOSED) | case.held_at.is_not(None)
    return exists().where(case.person_id == person_id, is_kept)


async def settle(session: AsyncSession, person: Person, message: InboundMessage) -> None:
    """Round what is known of a position at the end of a turn, unless a case needs it exactly.

    The same message may have opened the case.
    """
    if person.location is None and "location" not in message.content:
        return
    await session.flush()
    if await session.scalar(select(is_needed(person.id))):
        return
    person.location = None
    message.content = coarse_message(message.content)
    person.dialogue = coarse_dialogue(person.dialogue)


def coarse(position: Location) -> Location:
    """Round a position to about a kilometre."""
    return Location(
        round(position.latitude, cells.POSITION_DECIMALS),
        round(position.longitude, cells.POSITION_DECIMALS),
    )


def coarse_message(content: Json) -> Json:
    """Round the position of a stored message."""
    location = content.get("location")
    if not location:
        return content
    rounded = coarse(Location(**location))
    named = {"latitude": rounded.latitude, "longitude": rounded.longitude}
    return {**content, "location": named}


def coarse_dialogue(state: Any) -> Any:
    """Round the positions that a stored conversation holds, wherever they are."""
    match state:
        case {"position": [float() | int() as latitude, float() | int() as longitude]}:
            rounded = coarse(Location(latitude, longitude))
            return {**state, "position": [rounded.latitude, rounded.longitude]}
        case dict():
            return {name: coarse_dialogue(part) for name, part in state.items()}
        case list():
            return [coarse_dialogue(part) for part in state]
        case _:
            return state
