"""Questions that a crisis overtakes: no survey, and no "are you still there?", goes out in one.

Such a question asks calmly and can wait. One that was queued before the crisis opened is dropped
when its turn comes, and it counts as never asked: it is asked anew once the crisis is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import (
    Lane,
    OutboundMessage,
    Person,
    PlaceQuestion,
    SurveyAsk,
    closures,
)

OVERTAKEN = "crisis"  # why such a question is not sent


async def overtaken(session: AsyncSession, messages: Iterable[Any]) -> frozenset[int]:
    """Return the rows that ask calmly where a crisis is open."""
    unhurried = [message.id for message in messages if _may_be_question(message)]
    if not unhurried:
        return frozenset()
    query = select(OutboundMessage.id).join(Person, Person.id == OutboundMessage.person_id)
    in_crisis = query.where(
        OutboundMessage.id.in_(unhurried),
        closures.is_in_crisis(),
        _is_of_survey() | _is_about_place(),
    )
    return frozenset(await session.scalars(in_crisis))


def _may_be_question(message: Any) -> bool:
    return message.lane == Lane.ROUTINE and message.broadcast_id is None


def _is_of_survey() -> ColumnElement[bool]:
    """Say in SQL whether a row asks what a survey asks."""
    asked = exists().where(SurveyAsk.message_id == OutboundMessage.id)
    return asked.correlate(OutboundMessage)


def _is_about_place() -> ColumnElement[bool]:
    """Say in SQL whether a row asks about the place: both were written in one moment."""
    asked = exists().where(
        PlaceQuestion.person_id == OutboundMessage.person_id,
        PlaceQuestion.asked_at == OutboundMessage.created_at,
    )
    return asked.correlate(OutboundMessage)


async def forget(session: AsyncSession, message_ids: Collection[int]) -> None:
    """Forget that these rows asked anything: nobody has read them."""
    if not message_ids:
        return
    unread = select(OutboundMessage.person_id).where(
        OutboundMessage.id.in_(message_ids),
        OutboundMessage.created_at == PlaceQuestion.asked_at,
    )
    about_place = PlaceQuestion.person_id.in_(unread.correlate(PlaceQuestion))
    await session.execute(_deleting(PlaceQuestion, about_place))
    of_survey = SurveyAsk.message_id.in_(message_ids)
    await session.execute(_deleting(SurveyAsk, of_survey))


def _deleting(table: Any, chosen: ColumnElement[bool]) -> Any:
    deleting = delete(table).where(chosen)
    return deleting.execution_options(synchronize_session=False)
