"""Late joiners: who registers or moves into the audience of an advisory that
holds, gets it once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, progress
from bot.consular.broadcasts import fan_out
from bot.consular.crises import checkins, crises
from bot.consular.people import facts
from bot.consular.reference import places
from bot.models import Broadcast, CheckInStatus, OutboundMessage, OutboundState, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

State = OutboundState


async def out(
    session: AsyncSession, now: datetime, **changes: Any
) -> tuple[builders.Team, Broadcast]:
    """An advisory for Turkey that has gone out to everybody there was."""
    team = await builders.team(session, now)
    _, sent = await builders.approved(session, team, now, **changes)
    await builders.fan_out(session, sent.id, now)
    await progress.settle(session, now)
    return team, sent


async def moves(
    session: AsyncSession, person: Person, now: datetime, city: str = "TR/Istanbul"
) -> None:
    await facts.set_place(session, person, places.place_of(city), now)


async def recipients(session: AsyncSession, broadcast: Broadcast) -> list[int | None]:
    mine = OutboundMessage.broadcast_id == broadcast.id
    return list(
        await session.scalars(
            select(OutboundMessage.person_id).where(mine).order_by(OutboundMessage.person_id)
        )
    )


async def test_who_moves_in_gets_it_once_however_often_they_move(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        there = await builders.person(session, clock(), "telegram:1")
        traveller = await builders.person(session, clock(), "telegram:2", country="EG")
        _, sent = await out(session, clock())
        for city in ("TR/Istanbul", "EG/Cairo", "TR/Ankara"):
            await moves(session, traveller, clock.advance(minutes=10), city)
            await moves(session, there, clock(), "TR/Ankara")
            await fan_out.add_joiners(session, sent, clock())
        assert await recipients(session, sent) == [there.id, traveller.id]


async def test_who_registers_gets_it(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        _, sent = await out(session, clock())
        new = await builders.person(session, clock.advance(hours=1), "sms:+905550000001")
        await facts.register(session, new, clock())
        assert await fan_out.add_joiners(session, sent, clock()) == 1
        row = (await session.scalars(select(OutboundMessage))).one()
        assert (row.person_id, row.channel, row.state, row.due_at) == (
            new.id,
            "sms",
            State.QUEUED,
            clock(),
        )


async def test_who_left_or_said_stop_does_not(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        passing, silent = [
            await builders.person(session, clock(), f"telegram:{number}", country="EG")
            for number in range(2)
        ]
        _, sent = await out(session, clock())
        for person in (passing, silent):
            await moves(session, person, clock.advance(minutes=1))
        await moves(session, passing, clock(), "EG/Cairo")
        await facts.stop(session, silent, clock())
        assert await fan_out.add_joiners(session, sent, clock.advance(seconds=5)) == 0
        await facts.start(session, silent, clock.advance(minutes=1))
        assert await fan_out.add_joiners(session, sent, clock()) == 1
        assert await recipients(session, sent) == [silent.id]


async def test_what_people_answer_may_bring_them_in(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(
            session, clock(), "telegram:1", registered_at=clock(), consented_at=clock()
        )
        other = await builders.person(
            session, clock(), "telegram:2", registered_at=clock(), consented_at=clock()
        )
        officer = (await builders.team(session, clock())).officer
        crisis = await builders.earthquake(session, officer, clock())
        rule = {"status": {"crisis": crisis.id, "is": ["help"]}}
        advisory = await lifecycle.draft(session, officer, builders.wording(audience=rule), clock())
        await lifecycle.submit(session, officer, advisory, clock())
        sent = await lifecycle.override(session, officer, advisory, "لا وقت للانتظار الآن", clock())
        await builders.fan_out(session, sent.id, clock())
        await checkins.record(
            session, person, CheckInStatus.HELP, "telegram", clock.advance(minutes=5)
        )
        await checkins.record(session, other, CheckInStatus.SAFE, "telegram", clock())
        assert await fan_out.add_joiners(session, sent, clock()) == 1
        assert await recipients(session, sent) == [person.id]


async def test_a_change_that_was_committed_late_is_found(runtime: Runtime, clock: SetClock) -> None:
    """The turn began before the last look and committed after it."""
    async with runtime.db.begin() as session:
        slow = await builders.person(session, clock(), "telegram:1", country="EG")
        _, sent = await out(session, clock())
        began = clock.advance(minutes=10)
        await fan_out.add_joiners(session, sent, clock.advance(seconds=30))
        await moves(session, slow, began)
        assert await fan_out.add_joiners(session, sent, clock.advance(seconds=5)) == 1


@pytest.mark.parametrize("how", ["cancelled", "over", "corrected"])
async def test_nobody_gets_what_does_not_hold_any_more(
    runtime: Runtime, clock: SetClock, how: str
) -> None:
    async with runtime.db.begin() as session:
        there = await builders.person(session, clock(), "telegram:1")
        traveller = await builders.person(session, clock(), "telegram:2", country="EG")
        team, sent = await out(session, clock(), valid_until=clock() + timedelta(hours=1))
        await builders.set_state(session, State.SENT)
        await progress.settle(session, clock())
        [advisory] = await lifecycle.recent(session)
        assert [one.id for one in await _looked_for(session, clock.advance(minutes=10))] == [
            sent.id
        ]
        await moves(session, traveller, clock())
        if how == "cancelled":
            await corrections.withdraw(session, team.officer, advisory, clock())
        elif how == "corrected":
            await corrections.begin(session, team.officer, advisory, clock())
        else:
            clock.advance(hours=1)
        assert await _looked_for(session, clock()) == []
        assert await fan_out.add_joiners(session, sent, clock()) == 0
        assert there.id in await recipients(session, sent)


async def _looked_for(session: AsyncSession, now: datetime) -> list[Broadcast]:
    return await fan_out.awaiting_joiners(session, now - timedelta(seconds=5), now)


async def test_a_roll_call_is_looked_at_until_its_crisis_closes(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        officer = (await builders.team(session, clock())).officer
        crisis = await builders.earthquake(session, officer, clock())
        await builders.fan_out(session, crisis.broadcast_id, clock())
        [roll_call] = await _looked_for(session, clock.advance(hours=1))
        assert roll_call.id == crisis.broadcast_id
        await crises.close(session, officer, crisis, clock())
        assert await _looked_for(session, clock.advance(hours=1)) == []


async def test_who_joins_a_long_fan_out_behind_its_cursor_is_found_afterwards(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        early = await builders.person(session, clock(), "telegram:0", country="EG")
        for number in range(1, 10):
            await builders.person(session, clock(), f"telegram:{number}")
        team = await builders.team(session, clock())
        _, sent = await builders.approved(session, team, clock())
        assert await fan_out.fan_out(session, sent, 4, clock()) == 4
        await moves(session, early, clock.advance(seconds=20))
        await builders.fan_out(session, sent.id, clock())
        assert await fan_out.add_joiners(session, sent, clock()) == 1
        assert await session.scalar(select(func.count()).select_from(OutboundMessage)) == 10
