"""Tests of wardens: twice a year each is asked whether they are there, by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import quiet
from bot.consular.people import warden_words
from bot.models import Person, Warden, WardenState, WardenTest

PERIOD = timedelta(days=182)
ANSWER_TIME = timedelta(days=7)  # a warden who has not answered by then does not answer
MAX_A_RUN = 20  # wardens who are asked in one transaction


async def ask_due(session: AsyncSession, now: datetime) -> int:
    """Ask the wardens whose last test or agreement is half a year ago; return how many."""
    asked = 0
    for warden, zone in await _due(session, now):
        if quiet.morning(now, zone) != now:
            continue
        if await ask(session, warden, now):
            asked += 1
    return asked


async def ask(session: AsyncSession, warden: Warden, now: datetime) -> bool:
    """Ask one warden whether they are there; False where no message reaches them."""
    test = WardenTest(warden_id=warden.id, sent_at=now)
    session.add(test)
    await session.flush()
    return await warden_words.test(session, warden, test.id, now)


async def _due(session: AsyncSession, now: datetime) -> list[tuple[Warden, str | None]]:
    is_tested = exists().where(
        WardenTest.warden_id == Warden.id,
        WardenTest.sent_at > now - PERIOD,
    )
    query = (
        select(Warden, Person.timezone)
        .join(Person, Person.id == Warden.person_id)
        .where(
            Warden.state == WardenState.ACTIVE,
            Warden.answered_at <= now - PERIOD,
            Person.stopped_at.is_(None),
            ~is_tested,
        )
        .order_by(Warden.id)
        .limit(MAX_A_RUN)
        .with_for_update(of=Warden, skip_locked=True)
    )
    rows = await session.execute(query)
    return [(warden, zone) for warden, zone in rows]


async def answer(session: AsyncSession, person: Person, test_id: int, now: datetime) -> bool:
    """Keep that a warden is there; False where nobody asked them."""
    test = await session.get(WardenTest, test_id)
    if test is None:
        return False
    warden = await session.get(Warden, test.warden_id)
    if warden is None or warden.person_id != person.id or warden.state is not WardenState.ACTIVE:
        return False
    test.answered_at = test.answered_at or now
    await session.flush()
    return True


async def latest(session: AsyncSession, warden_ids: Sequence[int]) -> dict[int, WardenTest]:
    """Return the last test of each warden, by the warden's number."""
    newest = (
        select(func.max(WardenTest.id))
        .where(WardenTest.warden_id.in_(warden_ids))
        .group_by(WardenTest.warden_id)
    )
    tests: dict[int, WardenTest] = {}
    for test in await session.scalars(select(WardenTest).where(WardenTest.id.in_(newest))):
        tests[test.warden_id] = test
    return tests


def is_unanswered(test: WardenTest, now: datetime) -> bool:
    """Tell whether a warden had time to answer and did not."""
    return test.answered_at is None and test.sent_at <= now - ANSWER_TIME
