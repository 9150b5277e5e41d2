"""Former answers of a person: encrypted, as soon as no count needs them any more.

An answer counts when it is the newest of its person, or was when a crisis closed: boards are
questions to the database, so these stay in the clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import (
    CheckIn,
    CheckInStatus,
    Crisis,
)


@dataclass(frozen=True, slots=True)
class Span:
    """The time from the opening of a crisis to its closing."""

    opened_at: datetime
    closed_at: datetime

    def holds(self, answer: CheckIn) -> bool:
        """Tell whether an answer was given in it."""
        return self.opened_at <= answer.at <= self.closed_at


async def seal(
    session: AsyncSession,
    person_id: int,
) -> None:
    """Encrypt the answers of a person that no longer count."""
    query = _answers(person_id)
    clear = query.where(CheckIn.status.is_not(None))
    answers = list(await session.scalars(clear))
    counting = await _counting(session, answers)
    for answer in answers:
        if answer not in counting:
            _seal(answer)
    await session.flush()


def _seal(answer: CheckIn) -> None:
    answer.former_status = answer.answer.value
    answer.status = None


async def recount(session: AsyncSession, person_id: int) -> None:
    """Let the right answers of a person count after one of them was taken back."""
    await seal(session, person_id)
    query = _answers(person_id)
    answers = list(await session.scalars(query))
    for answer in await _counting(session, answers):
        _restore(answer)
    await session.flush()


async def restore(
    session: AsyncSession,
    crisis: Crisis,
) -> None:
    """Let the answers count that were the newest when a crisis closed, although newer ones came."""
    is_newer = CheckIn.at > crisis.closed_at
    people = select(CheckIn.person_id).where(is_newer).distinct()
    person_ids = list(await session.scalars(people))
    for person_id in person_ids:
        query = _answers(person_id)
        answers = list(await session.scalars(query))
        for answer in await _counting(session, answers):
            _restore(answer)
    await session.flush()


def _restore(answer: CheckIn) -> None:
    if answer.former_status is None:
        return
    answer.status = CheckInStatus(answer.former_status)
    answer.former_status = None


def _answers(person_id: int) -> Select[CheckIn]:
    """Select the answers of a person, the newest last."""
    answers = select(CheckIn)
    of_person = answers.where(CheckIn.person_id == person_id)
    return of_person.order_by(
        CheckIn.at,
        CheckIn.id,
    )


async def _counting(
    session: AsyncSession,
    answers: Sequence[CheckIn],
) -> list[CheckIn]:
    """Return those of a person's answers, the newest last, that a board may count."""
    newest = list(answers[-1:])
    if len(answers) <= len(newest):
        return newest
    counting = newest
    for span in await _spans(session, answers):
        during = [answer for answer in answers if span.holds(answer)]
        counting += during[-1:]
    return counting


async def _spans(
    session: AsyncSession,
    answers: Sequence[CheckIn],
) -> list[Span]:
    """Look up the crises that closed since the oldest answer and opened before the newest."""
    oldest = answers[0]
    newest = answers[-1]
    times = select(
        Crisis.opened_at,
        Crisis.closed_at,
    )
    closed = times.where(
        Crisis.closed_at >= oldest.at,
        Crisis.opened_at <= newest.at,
    )
    spans: list[Span] = []
    for opened_at, closed_at in await session.execute(closed):
        if closed_at is not None:
            spans.append(Span(opened_at, closed_at))
    return spans
