"""The counts of the board, of its places and its lists, beside a plain count of everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.standings import COUNTS, SILENT
from bot.consular.broadcasts import fan_out
from bot.consular.crises import board, checkins, crises, roster
from bot.consular.crises.roster import Filter
from bot.consular.reference import freshness
from bot.consular.reference.freshness import STALE_AFTER
from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    CheckIn,
    CheckInStatus,
    Crisis,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    RollCallRound,
    Staff,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

PEOPLE = 60
CITIES = ("TR/Istanbul", "TR/Izmir", None)
STANDINGS = {
    CheckInStatus.SAFE: "safe",
    CheckInStatus.HELP: "help",
    CheckInStatus.MEDICAL: "help",
    CheckInStatus.EVACUATE: "evacuate",
    CheckInStatus.STAYING: "staying",
}
LEFT = {
    OutboundState.SENDING,
    OutboundState.SENT,
    OutboundState.DELIVERED,
    OutboundState.READ,
}
FAILED = {OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL}


@dataclass(frozen=True)
class Told:
    """All that the database holds about everybody."""

    people: Sequence[Person]
    addresses: Sequence[Address]
    answers: Sequence[CheckIn]
    questions: Sequence[OutboundMessage]

    def standing(self, person: Person, crisis: Crisis) -> str:
        """Say how a person stands, by looking at everything one after the other."""
        until = crisis.closed_at or datetime.max.replace(tzinfo=crisis.opened_at.tzinfo)
        answers = [answer for answer in self.answers if answer.person_id == person.id]
        during = [answer for answer in answers if crisis.opened_at <= answer.at <= until]
        if during:
            newest = max(during, key=lambda answer: answer.at)
            return STANDINGS[newest.answer]
        own = [question for question in self.questions if question.person_id == person.id]
        is_reached = any(
            address.person_id == person.id and address.stopped_at is None
            for address in self.addresses
        )
        if person.stopped_at is not None or not is_reached:
            return "unreachable"
        if own and all(has_failed(question) for question in own):
            return "unreachable"
        is_asked = any(question.state in LEFT for question in own)
        return "no_answer" if is_asked else "not_asked"


def has_failed(question: OutboundMessage) -> bool:
    """Tell whether a question did not come through, or waits for a phone that is off."""
    waits = question.state is OutboundState.QUEUED and question.reason == "unreachable"
    return question.state in FAILED or waits


async def told(session: AsyncSession, crisis: Crisis) -> Told:
    """Read everything."""
    rounds = select(RollCallRound.broadcast_id).where(RollCallRound.crisis_id == crisis.id)
    own = [crisis.broadcast_id, *await session.scalars(rounds)]
    questions = select(OutboundMessage).where(OutboundMessage.broadcast_id.in_(own))
    return Told(
        (await session.scalars(select(Person))).all(),
        (await session.scalars(select(Address))).all(),
        (await session.scalars(select(CheckIn))).all(),
        (await session.scalars(questions)).all(),
    )


async def add_people(session: AsyncSession, random: Random, now: datetime) -> list[Person]:
    """Add people in the crisis and out of it: some stopped, some are forgotten or made up."""
    people = []
    for number in range(PEOPLE):
        days = random.choice((0, 100, 179, 250, 400, None))
        placed_at = None if days is None else now - timedelta(days=days)
        person = await builders.person(
            session,
            now,
            country=random.choice(("TR", "TR", "SD", "DE", None)),
            city=random.choice(CITIES),
            placed_at=placed_at,
            stopped_at=random.choice((now, None, None, None)),
            forgotten_at=random.choice((now, *[None] * 9)),
            synthetic=random.random() < 0.2,
        )
        for channel in random.choice((("telegram",), ("sms",), ("telegram", "sms"), ())):
            stopped_at = random.choice((now, None, None))
            index = f"{channel}:+9055500{number:05}"
            await builders.address(session, person, index, now, stopped_at=stopped_at)
        people.append(person)
    return people


async def ask(
    session: AsyncSession,
    random: Random,
    crisis: Crisis,
    people: Sequence[Person],
    now: datetime,
) -> None:
    """Ask in up to three rounds, each time some of them, with every outcome there is."""
    broadcast_ids = [crisis.broadcast_id]
    for number in range(2, random.choice((2, 3, 4))):
        broadcast = await fan_out.create(
            session, BroadcastKind.ROLL_CALL, Lane.CRISIS, {}, {"countries": ["TR"]}, False, now
        )
        later = RollCallRound(crisis_id=crisis.id, number=number, broadcast_id=broadcast.id)
        session.add(later)
        broadcast_ids.append(broadcast.id)
    other = await fan_out.create(
        session, BroadcastKind.ADVISORY, Lane.ROUTINE, {}, {"countries": ["TR"]}, False, now
    )
    for broadcast_id in [*broadcast_ids, other.id]:
        for person in random.sample(people, PEOPLE * 2 // 3):
            question = OutboundMessage(
                person_id=person.id,
                language="ar",
                lane=Lane.CRISIS,
                state=random.choice(list(OutboundState)),
                reason=random.choice(("unreachable", None)),
                broadcast_id=broadcast_id,
                created_at=now,
                due_at=now,
            )
            session.add(question)
    await session.flush()


async def answer(
    session: AsyncSession,
    random: Random,
    people: Sequence[Person],
    now: datetime,
) -> None:
    """Let some answer, now or with a message that was long on its way."""
    for person in random.sample(people, PEOPLE // 3):
        status = random.choice(list(CheckInStatus))
        written_at = now - timedelta(hours=random.choice((0, 0, 2, 30)))
        await checkins.record(session, person, status, "sms", now, written_at, None)


async def check(session: AsyncSession, officer: Staff, crisis: Crisis, now: datetime) -> None:
    """Compare the board, the board of a post, the places and each list with the plain count."""
    everything = await told(session, crisis)
    countries = {covered.country for covered in crisis.countries}
    standings: Counter[str] = Counter()
    places: Counter[tuple[str | None, str, str]] = Counter()
    stale = 0
    percents = 0
    moment = crisis.closed_at or now
    for person in everything.people:
        is_counted = person.synthetic is crisis.drill
        if person.country not in countries or person.forgotten_at or not is_counted:
            continue
        standing = everything.standing(person, crisis)
        standings[standing] += 1
        places[person.country, person.city or "", standing] += 1
        is_old = person.placed_at is None or person.placed_at < moment - STALE_AFTER
        stale += is_old and standing in SILENT
        percents += freshness.percent(person.placed_at, moment) if standing in SILENT else 100
    counted = await board.board(session, crisis, now)
    assert Counter(counted.counts) == standings
    assert (counted.people, counted.stale) == (standings.total(), stale)
    assert counted.present == standings.total() - stale
    assert counted.expected == round(percents / 100)
    assert sum(place.stale for place in counted.places) == stale
    assert sum(counted.stale_by_country.values()) == stale
    old = Filter("stale")
    assert await roster.count(session, officer, crisis, old, now) == stale
    by_place: Counter[tuple[str | None, str, str]] = Counter()
    for place in counted.places:
        for standing, people in place.counts.items():
            by_place[place.country, place.city, standing] += people
    assert by_place == places
    in_sudan = await board.board(session, crisis, now, ["SD"])
    assert in_sudan.counts == counted.by_country.get("SD", dict.fromkeys(COUNTS, 0))
    for standing in COUNTS:
        listed = await roster.count(session, officer, crisis, Filter(standing), now)
        assert (standing, listed) == (standing, standings[standing])


@pytest.mark.parametrize("seed", range(8))
async def test_the_board_and_its_lists_count_everybody_as_one_would_by_hand(
    runtime: Runtime, clock: SetClock, seed: int
) -> None:
    random = Random(seed)
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        people = await add_people(session, random, clock())
        is_drill = seed % 4 == 3
        both = ["TR", "SD"]
        crisis = await builders.earthquake(
            session, team.officer, clock(), countries=both, drill=is_drill
        )
        other = await builders.earthquake(session, team.officer, clock(), countries=["DE"])
        await check(session, team.officer, crisis, clock())
        await ask(session, random, crisis, people, clock())
        await check(session, team.officer, crisis, clock())
        for ended in (other, crisis):
            clock.advance(hours=1)
            await answer(session, random, people, clock())
            await check(session, team.officer, crisis, clock())
            clock.advance(hours=1)
            await crises.close(session, team.officer, ended, clock())
            await check(session, team.officer, crisis, clock())
        clock.advance(hours=1)
        await answer(session, random, people, clock())
        await check(session, team.officer, crisis, clock())


async def test_a_crisis_of_nobody_has_a_board_of_zeros(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        counted = await board.board(session, crisis, now)
        broadcasts = (await session.scalars(select(Broadcast))).all()
    assert (counted.people, counted.places, set(counted.counts.values())) == (0, [], {0})
    assert len(broadcasts) == 1
