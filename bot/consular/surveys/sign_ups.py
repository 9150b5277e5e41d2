"""Who comes to an event: places, the waiting list, and the next in line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people import addressing
from bot.consular.staff import roles
from bot.consular.surveys import answers, drafts, messages, wording
from bot.models import Person, SignUp, SignUpAnswer, Staff, Survey, SurveyKind
from bot.text.text import language_of

ALONE = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands after their answer.

    `place_in_line` counts from 1 on the waiting list, else it is 0; `is_refused`: there was no room
    for more companions, and the earlier answer holds.
    """

    sign_up: SignUp
    place_in_line: int = 0
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many answered what; `people` are those who come, their companions among them."""

    coming: int
    people: int
    waiting: int
    not_coming: int


async def sign_up(
    session: AsyncSession,
    person: Person,
    survey: Survey,
    companions: int,
    now: datetime,
) -> Standing:
    """Sign somebody up with so many others, or put them on the waiting list; lock the survey first.

    Whoever has a place already keeps it where there is no room for more companions.
    """
    own = await _own(session, person, survey, now)
    had_place = own.answer is SignUpAnswer.COMING
    free = await free_seats(session, survey, besides=person.id)
    fits = free is None or 1 + companions <= free
    if had_place and not fits:
        return Standing(own, is_refused=True)
    own.companions = companions
    own.answered_at = now
    if fits:
        own.answer = SignUpAnswer.COMING
        own.waits_since = None
    else:
        own.answer = SignUpAnswer.WAITING
        own.waits_since = own.waits_since or now
    await session.flush()
    if had_place:
        await move_up(session, survey, now)  # fewer may come now
    return Standing(own, await _place_in_line(session, own))


async def decline(
    session: AsyncSession,
    person: Person,
    survey: Survey,
    now: datetime,
) -> Standing:
    """Note that somebody does not come; the next in line gets their place. Lock the survey."""
    own = await _own(session, person, survey, now)
    own.answer = SignUpAnswer.NOT_COMING
    own.companions = ALONE
    own.answered_at = now
    own.waits_since = None
    await session.flush()
    await move_up(session, survey, now)
    return Standing(own)


async def _own(
    session: AsyncSession,
    person: Person,
    survey: Survey,
    now: datetime,
) -> SignUp:
    """Return the sign-up of a person, a new one where they have not answered yet."""
    own = await of_person(session, person, survey)
    if own is None:
        await answers.note(session, person, survey, now)
        own = SignUp(
            survey_id=survey.id,
            person_id=person.id,
            companions=ALONE,
        )
        session.add(own)
    return own


async def of_person(session: AsyncSession, person: Person, survey: Survey) -> SignUp | None:
    """Return what a person answered to an invitation."""
    query = select(SignUp).where(
        SignUp.survey_id == survey.id,
        SignUp.person_id == person.id,
    )
    return await session.scalar(query)


async def free_seats(
    session: AsyncSession,
    survey: Survey,
    besides: int | None = None,
) -> int | None:
    """Count the places nobody has, but perhaps the person `besides`; None without a limit."""
    if survey.seats is None:
        return None
    taken = select(func.coalesce(func.sum(SignUp.companions + 1), 0)).where(
        SignUp.survey_id == survey.id,
        SignUp.answer == SignUpAnswer.COMING,
    )
    if besides is not None:
        taken = taken.where(SignUp.person_id != besides)
    with session.no_autoflush:
        count = await session.scalar(taken)
    return max(0, survey.seats - (count or 0))


async def _place_in_line(session: AsyncSession, own: SignUp) -> int:
    if own.answer is not SignUpAnswer.WAITING:
        return 0
    line = await _in_line(session, own.survey_id)
    return 1 + [waiting.id for waiting in line].index(own.id)


async def _in_line(session: AsyncSession, survey_id: int) -> Sequence[SignUp]:
    """Return who waits for a place, the longest first."""
    query = select(SignUp).where(
        SignUp.survey_id == survey_id,
        SignUp.answer == SignUpAnswer.WAITING,
    )
    waiting = await session.scalars(query.order_by(SignUp.waits_since, SignUp.id))
    return waiting.all()


async def move_up(session: AsyncSession, survey: Survey, now: datetime) -> int:
    """Give free places to those who wait longest and fit, and tell them; return to how many.

    Whom we cannot write to stays in line: nobody has a place that they do not know of. Lock the
    survey first.
    """
    if not answers.is_open(survey, now):
        return 0
    free = await free_seats(session, survey)
    moved = 0
    for waiting in await _in_line(session, survey.id):
        seats = 1 + waiting.companions
        if free is not None and seats > free:
            continue
        if not await _tell(session, survey, waiting, now):
            continue
        waiting.answer = SignUpAnswer.COMING
        waiting.waits_since = None
        moved += 1
        if free is not None:
            free -= seats
    await session.flush()
    return moved


async def _tell(
    session: AsyncSession,
    survey: Survey,
    waiting: SignUp,
    now: datetime,
) -> bool:
    """Tell somebody that a place is theirs, by day; False where we may not write to them."""
    person = await session.get_one(Person, waiting.person_id)
    address = await addressing.last_used(session, person)
    if address is None:
        return False
    reply = wording.moved_up(survey, language_of(person.language), address.form)
    await messages.queue(
        session,
        person,
        address,
        reply,
        now,
    )
    return True


async def attendance(session: AsyncSession, survey: Survey) -> Attendance:
    """Count the answers to an invitation."""
    query = select(SignUp.answer, func.count(), func.sum(SignUp.companions + 1))
    query = query.where(SignUp.survey_id == survey.id).group_by(SignUp.answer)
    households: dict[SignUpAnswer, int] = {}
    people: dict[SignUpAnswer, int] = {}
    for answer, count, sum_of_people in await session.execute(query):
        households[answer] = count
        people[answer] = int(sum_of_people)
    return Attendance(
        households.get(SignUpAnswer.COMING, 0),
        people.get(SignUpAnswer.COMING, 0),
        households.get(SignUpAnswer.WAITING, 0),
        households.get(SignUpAnswer.NOT_COMING, 0),
    )


def _guests(survey_id: int) -> Select[SignUp, Person]:
    """Select who comes and who waits, in the order of their answers."""
    query = select(SignUp, Person).join(Person, Person.id == SignUp.person_id)
    guests = query.where(
        SignUp.survey_id == survey_id,
        SignUp.answer != SignUpAnswer.NOT_COMING,
        Person.forgotten_at.is_(None),
    )
    return guests.order_by(
        SignUp.answer,
        SignUp.waits_since,
        SignUp.answered_at,
        SignUp.id,
    )


async def names(
    session: AsyncSession,
    staff: Staff,
    survey: Survey,
    now: datetime,
) -> list[tuple[SignUp, Person]]:
    """List who comes and who waits, in the order of their answers; each look is written down.

    Raises ConsularError.
    """
    roles.require(staff, "people")
    seen = await drafts.get(session, staff, survey.id)
    if seen.kind is not SurveyKind.EVENT:
        return []
    listed: list[tuple[SignUp, Person]] = []
    for own, person in await session.execute(_guests(seen.id)):
        listed.append((own, person))
        await trail.note(
            session,
            roles.actor(staff),
            "sign_up.viewed",
            f"person:{person.id}",
            now,
            survey=seen.id,
        )
    return listed
