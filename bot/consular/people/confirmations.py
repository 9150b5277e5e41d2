"""Confirmations of a place: somebody says that a person is still where our record has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import search
from bot.consular.people.facts import subject
from bot.consular.staff import roles
from bot.models import (
    Confirmer,
    Person,
    PlaceAnswer,
    PlaceConfirmation,
    PlaceQuestion,
    PlaceQuestionKind,
    Staff,
)

MAX_PAYLOAD_BYTES = 64  # Telegram's limit


@dataclass(frozen=True, slots=True)
class Confirmation:
    """When a place was last confirmed, and by whom. `staff_id` is that of an officer."""

    at: datetime
    confirmer: Confirmer
    staff_id: int | None = None


def code_of(person: Person) -> str | None:
    """Return the place on record as a code: `CC/English name`, or `CC`."""
    return person.city or person.country


def payload(command: str, code: str | None) -> str:
    """Write the payload of a button that means a place; by its country where it is too long."""
    if code is None:
        return f"/{command}"
    written = f"/{command} {code}"
    if len(written.encode()) > MAX_PAYLOAD_BYTES:
        written = f"/{command} {code[:2]}"
    return written


async def latest(session: AsyncSession, person: Person) -> Confirmation | None:
    """Return the last confirmation of the person's place; None where no place was told.

    A place that they told themselves since is their own word.
    """
    if person.placed_at is None:
        return None
    stored = await session.get(PlaceConfirmation, person.id)
    if stored is None or stored.at < person.placed_at:
        return Confirmation(person.placed_at, Confirmer.PERSON)
    return Confirmation(stored.at, stored.confirmer, stored.staff_id)


async def by_person(session: AsyncSession, person: Person, now: datetime, at: datetime) -> None:
    """Record that the person said that they are still there; `at` is when they wrote it."""
    await _confirm(session, person, Confirmer.PERSON, None, at)
    await answer(session, person, PlaceAnswer.STILL_THERE, now)
    await trail.note(session, subject(person), "person.confirmed_place", subject(person), now)


async def by_officer(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    now: datetime,
) -> None:
    """Record that an officer heard today that the person is still there. Raises ConsularError."""
    person = await search.mine(session, staff, person_id)
    await session.refresh(person, with_for_update=True)
    if person.country is None:
        raise ConsularError("No place is known of this person: ask where they are.")
    await _confirm(session, person, Confirmer.OFFICER, staff.id, now)
    actor = roles.actor(staff)
    await trail.note(session, actor, "person.confirmed_place", subject(person), now)


async def _confirm(
    session: AsyncSession,
    person: Person,
    confirmer: Confirmer,
    staff_id: int | None,
    at: datetime,
) -> None:
    """Let a confirmation count, unless a newer word about the place is there."""
    if person.placed_at is not None and person.placed_at > at:
        return
    stored = await session.get(PlaceConfirmation, person.id)
    if stored is None:
        stored = PlaceConfirmation(person_id=person.id)
        session.add(stored)
    stored.confirmer = confirmer
    stored.staff_id = staff_id
    stored.at = at
    person.placed_at = at
    person.changed_at = at
    await session.flush()


async def waiting_question(
    session: AsyncSession,
    person: Person,
    before: datetime,
) -> PlaceQuestion | None:
    """Return the question about the place that waits for an answer since before a moment.

    Whoever told or confirmed a place since has answered it.
    """
    question = await session.get(PlaceQuestion, person.id)
    if question is None or question.answered_at is not None or question.asked_at > before:
        return None
    if person.placed_at is not None and person.placed_at > question.asked_at:
        return None
    return question


async def count_questions(session: AsyncSession, since: datetime) -> dict[str, int]:
    """Count the questions since a moment: `asked`, and of them `still_there`, `moved`, `silent`.

    `after_crisis` of all of them were asked because a crisis had ended.
    """
    columns = (PlaceQuestion.kind, PlaceQuestion.answer)
    query = select(*columns, func.count()).where(PlaceQuestion.asked_at > since)
    counts = {"asked": 0, "still_there": 0, "moved": 0, "silent": 0, "after_crisis": 0}
    for kind, place_answer, people in await session.execute(query.group_by(*columns)):
        counts["asked"] += people
        counts[place_answer.value if place_answer is not None else "silent"] += people
        if kind is PlaceQuestionKind.CRISIS_OVER:
            counts["after_crisis"] += people
    return counts


async def answer(
    session: AsyncSession,
    person: Person,
    place_answer: PlaceAnswer,
    now: datetime,
) -> None:
    """Note what the person answered to the question about their place, if we asked."""
    question = await session.get(PlaceQuestion, person.id)
    if question is None or question.answered_at is not None:
        return
    question.answered_at = now
    question.answer = place_answer
    await session.flush()
