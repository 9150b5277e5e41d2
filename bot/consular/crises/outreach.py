"""What officers do to reach a person of a crisis: what they were told, calls in vain, taking back.

What somebody told becomes an answer of the person by `staff`. A later answer of the person counts
instead, as any later answer does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases, checkins, crises
from bot.consular.crises.link_answers import CASE_KINDS
from bot.consular.errors import ConsularError
from bot.consular.people import former_answers
from bot.consular.staff import roles
from bot.messages import Form
from bot.models import (
    CheckIn,
    CheckInStatus,
    Crisis,
    CrisisState,
    Outreach,
    OutreachKind,
    OutreachMeans,
    OutreachSource,
    Person,
    Role,
    Staff,
)
from bot.text import catalogues, text

VIA = "staff"
MAX_WORDS_CHARS = 1000
UNDO_TIME = timedelta(minutes=10)  # whoever recorded it may take it back for so long
CLOCK_DIFFERENCE = timedelta(minutes=2)  # between a reader's clock and ours
# Codes of the relations of the glossary of cases.
RELATIONS = (
    "mother",
    "father",
    "brother",
    "sister",
    "son",
    "daughter",
    "wife",
    "husband",
    "family",
    "friend",
    "other",
)
CALLS = frozenset({OutreachKind.NO_ANSWER, OutreachKind.WRONG_NUMBER})


@dataclass(frozen=True, slots=True)
class Word:
    """What an officer was told: how the person is, by whom, how they know, when, in which words.

    `relation` is one of RELATIONS, for a relative. `at` is None for now.
    """

    status: CheckInStatus
    source: OutreachSource
    means: OutreachMeans
    relation: str = ""
    at: datetime | None = None
    words: str = ""


async def tell(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    person_id: int,
    word: Word,
    now: datetime,
) -> Outreach:
    """Record what somebody told of a person, as an answer. Raises ConsularError.

    Who needs help gets a case, as by chat.
    """
    person = await lock(session, staff, crisis, person_id)
    at = _checked_time(crisis, word.at, now)
    relation = _checked_relation(word)
    actor = roles.actor(staff)
    check_in = await checkins.record(
        session,
        person,
        word.status,
        VIA,
        now,
        at,
        is_noted=False,
    )
    words = text.clean(word.words, MAX_WORDS_CHARS)
    outreach = Outreach(
        person_id=person.id,
        crisis_id=crisis.id,
        kind=OutreachKind.TOLD,
        staff_id=staff.id,
        at=check_in.at,
        recorded_at=now,
        check_in_id=check_in.id,
        answer=word.status.value,
        source=word.source,
        relation=relation,
        means=word.means,
        words=words or None,
    )
    session.add(outreach)
    await session.flush()
    await _open_case(session, person, word.status, words, actor, now)
    await _note(session, staff, "outreach.told", outreach, now, status=word.status.value)
    return outreach


async def call(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    person_id: int,
    kind: OutreachKind,
    words: str,
    now: datetime,
) -> Outreach:
    """Record a call in vain: nobody answered, or the number is not theirs. Raises ConsularError."""
    person = await lock(session, staff, crisis, person_id)
    if kind not in CALLS:
        raise ConsularError("Choose what came of the call.")
    outreach = Outreach(
        person_id=person.id,
        crisis_id=crisis.id,
        kind=kind,
        staff_id=staff.id,
        at=now,
        recorded_at=now,
        words=text.clean(words, MAX_WORDS_CHARS) or None,
    )
    session.add(outreach)
    await session.flush()
    await _note(session, staff, "outreach.called", outreach, now)
    return outreach


async def undo(
    session: AsyncSession,
    staff: Staff,
    outreach_id: int,
    now: datetime,
) -> Outreach:
    """Take back what was recorded: the answer no longer counts, the record of it stays.

    A case that was opened stays as well. Raises ConsularError.
    """
    outreach = await session.get(Outreach, outreach_id)
    if outreach is None:
        raise ConsularError("There is no such entry.")
    person = await _lock_person(session, staff, outreach.person_id)
    await session.refresh(outreach, with_for_update=True)
    if not may_undo(staff, outreach, now):
        raise ConsularError("It is too late to take this back: ask headquarters.")
    outreach.undone_at = now
    outreach.undone_by = staff.id
    await session.flush()
    if outreach.check_in_id is not None:
        await session.execute(delete(CheckIn).where(CheckIn.id == outreach.check_in_id))
        await session.refresh(outreach)
        await former_answers.recount(session, person.id)
        person.changed_at = now
    await _note(session, staff, "outreach.undone", outreach, now)
    return outreach


def may_undo(staff: Staff, outreach: Outreach, now: datetime) -> bool:
    """Tell whether the account may take it back: its author for a while, headquarters always."""
    if outreach.undone_at is not None or outreach.kind is OutreachKind.ASKED_AGAIN:
        return False
    if roles.may(staff, "people") and staff.role is not Role.POST_OFFICER:
        return True
    return outreach.staff_id == staff.id and now - outreach.recorded_at <= UNDO_TIME


async def of_person(session: AsyncSession, person_id: int) -> list[Outreach]:
    """Return all that officers did to reach a person, the latest first, also what was undone."""
    query = select(Outreach).where(Outreach.person_id == person_id)
    return list(await session.scalars(query.order_by(Outreach.id.desc())))


async def lock(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    person_id: int,
) -> Person:
    """Lock a person of an open crisis, whom the account looks after. Raises ConsularError."""
    # Nobody closes it until this is done.
    states = select(Crisis.state).where(Crisis.id == crisis.id)
    state = await session.scalar(states.with_for_update(read=True))
    if state is not CrisisState.OPEN:
        raise ConsularError("The crisis is closed: its board does not change any more.")
    person = await _lock_person(session, staff, person_id)
    is_exercise_only = person.synthetic and not crisis.drill
    if person.country not in crises.countries_of(crisis) or is_exercise_only:
        raise ConsularError("This person is not in the crisis.")
    return person


async def _lock_person(session: AsyncSession, staff: Staff, person_id: int) -> Person:
    person = await session.get(Person, person_id, with_for_update=True)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(staff, "people", person.country)
    return person


def _checked_time(crisis: Crisis, at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now
    if at > now + CLOCK_DIFFERENCE:
        raise ConsularError("This time has not come yet.")
    if at < crisis.opened_at:
        raise ConsularError("That was before the crisis began: it says nothing about it.")
    return min(at, now)


def _checked_relation(word: Word) -> str | None:
    if word.source is not OutreachSource.RELATIVE:
        return None
    if word.relation not in RELATIONS:
        raise ConsularError("Choose which relative told it.")
    return word.relation


async def _open_case(
    session: AsyncSession,
    person: Person,
    status: CheckInStatus,
    words: str,
    actor: str,
    now: datetime,
) -> None:
    kind = CASE_KINDS.get(status)
    if kind is None:
        return
    language = text.language_of(person.language)
    note = catalogues.say("staff_mark", language, Form.CHAT, words=words or "–")
    await cases.open_case(session, person, kind, note, now, by=actor)


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    outreach: Outreach,
    now: datetime,
    **detail: str,
) -> None:
    await trail.note(
        session,
        roles.actor(staff),
        action,
        f"person:{outreach.person_id}",
        now,
        crisis=outreach.crisis_id,
        **detail,
    )
