"""Former answers are encrypted, and no board counts anybody otherwise for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import selection
from bot.consular.crises import board, checkins, crises
from bot.consular.people import merging
from bot.models import CheckIn, CheckInStatus, Crisis, Person, Staff
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

STANDINGS = {
    CheckInStatus.SAFE: "safe",
    CheckInStatus.HELP: "help",
    CheckInStatus.MEDICAL: "help",
    CheckInStatus.EVACUATE: "evacuate",
    CheckInStatus.STAYING: "staying",
}
STEPS = 40


class Story:
    """What happened to one person, remembered beside the database."""

    def __init__(self, session: AsyncSession, person: Person, officer: Staff) -> None:
        self.session = session
        self.person = person
        self.officer = officer
        self.answers: list[tuple[datetime, CheckInStatus]] = []
        self.crises: list[Crisis] = []

    async def tell(self, random: Random, now: datetime) -> None:
        """Answer now, or with a message that was long on its way."""
        status = random.choice(list(CheckInStatus))
        written_at = now - timedelta(hours=random.choice((0, 0, 1, 5, 20, 60)))
        check_in = await checkins.record(
            self.session, self.person, status, "sms", now, written_at, None
        )
        self.answers.append((check_in.at, status))

    async def open(self, now: datetime) -> None:
        """Open a crisis where the person is."""
        crisis = await builders.earthquake(self.session, self.officer, now)
        self.crises.append(crisis)

    async def close(self, random: Random, now: datetime) -> None:
        """Close one that is open."""
        open_ones = [crisis for crisis in self.crises if crisis.closed_at is None]
        if open_ones:
            await crises.close(self.session, self.officer, random.choice(open_ones), now)

    async def check(self, now: datetime) -> None:
        """Compare every board, every audience by standing, and what is in the clear."""
        counting = {max(self.answers)[0]} if self.answers else set()
        for crisis in self.crises:
            until = crisis.closed_at or now + timedelta(days=1)
            during = [told for told in self.answers if crisis.opened_at <= told[0] <= until]
            standing = "not_asked"
            if during:
                at, status = max(during)
                standing = STANDINGS[status]
            if during and crisis.closed_at is not None:
                counting.add(at)
            counts = (await board.board(self.session, crisis, now)).counts
            assert {name for name, count in counts.items() if count} == {standing}
            rule = {"status": {"crisis": crisis.id, "is": [standing]}}
            audience = await self.session.scalars(selection.people_in(rule, now))
            assert list(audience) == [self.person.id]
        clear = select(CheckIn.at).where(CheckIn.status.is_not(None))
        assert set(await self.session.scalars(clear)) == counting


@pytest.mark.parametrize("seed", range(6))
async def test_boards_count_as_if_everything_was_in_the_clear(
    runtime: Runtime, clock: SetClock, seed: int
) -> None:
    random = Random(seed)
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        person = await builders.person(session, clock(), "telegram:1")
        story = Story(session, person, team.officer)
        for _ in range(STEPS):
            step = random.choice(("tell", "tell", "tell", "open", "close", "wait", "wait"))
            if step == "tell":
                await story.tell(random, clock())
            elif step == "open":
                clock.advance(hours=1)
                await story.open(clock())
            elif step == "close":
                await story.close(random, clock())
            else:
                clock.advance(hours=random.choice((1, 7, 30)))
            await story.check(clock())
        told = await session.scalars(select(CheckIn).order_by(CheckIn.at))
        assert [row.answer for row in told] == [status for _, status in sorted(story.answers)]


async def test_the_board_of_a_closed_crisis_counts_what_was_said_until_then(
    runtime: Runtime, clock: SetClock
) -> None:
    """Two answers within the moment of the closing: the second is not of the crisis any more."""
    now = clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        await checkins.record(session, person, CheckInStatus.HELP, "telegram", now)
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
        await crises.close(session, team.officer, crisis, now)
        assert (await board.board(session, crisis, now)).counts["help"] == 1


async def test_of_two_records_that_become_one_the_newest_answer_counts(
    runtime: Runtime, clock: SetClock
) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        older = await builders.person(session, now, "sms:+905550000001")
        person = await builders.person(session, now, "telegram:1")
        await checkins.record(session, older, CheckInStatus.HELP, "sms", now)
        later = now + timedelta(minutes=1)
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", later)
        await merging.merge(session, person, older.id, "person:1", later)
    async with runtime.db.read() as session:
        answers = list(await session.scalars(select(CheckIn).order_by(CheckIn.at)))
    assert [row.status for row in answers] == [None, CheckInStatus.SAFE]
    assert [row.answer for row in answers] == [CheckInStatus.HELP, CheckInStatus.SAFE]
