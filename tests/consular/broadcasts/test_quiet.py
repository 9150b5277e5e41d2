"""Quiet hours: what is routine waits for eight in the morning where the person is; nothing else
waits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot import outbox
from bot.consular.broadcasts import fan_out, quiet
from bot.consular.people import facts
from bot.consular.reference import places
from bot.messages import Channel
from bot.models import Lane, OutboundMessage, Severity, Urgency
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

ISTANBUL, CHICAGO, TRIPOLI, KATHMANDU = (
    "Europe/Istanbul",
    "America/Chicago",
    "Africa/Tripoli",
    "Asia/Kathmandu",
)


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


MORNINGS = [  # zone, now, when it may leave (UTC)
    (ISTANBUL, "2026-11-23 09:00", "2026-11-23 09:00"),  # noon
    (ISTANBUL, "2026-11-23 04:59", "2026-11-23 05:00"),  # 07:59
    (ISTANBUL, "2026-11-23 05:00", "2026-11-23 05:00"),  # 08:00 is day
    (ISTANBUL, "2026-11-23 17:59", "2026-11-23 17:59"),  # 20:59 is day
    (ISTANBUL, "2026-11-23 18:00", "2026-11-24 05:00"),  # 21:00 is night: the next morning
    (ISTANBUL, "2026-11-23 21:30", "2026-11-24 05:00"),  # half past midnight there, and the 24th
    (ISTANBUL, "2026-12-31 20:00", "2027-01-01 05:00"),
    (CHICAGO, "2026-11-23 18:00", "2026-11-23 18:00"),  # noon there when it is night in Istanbul
    (CHICAGO, "2026-11-24 03:00", "2026-11-24 14:00"),
    (CHICAGO, "2026-11-24 07:00", "2026-11-24 14:00"),  # one in the morning there
    (
        CHICAGO,
        "2027-03-14 04:00",
        "2027-03-14 13:00",
    ),  # the clock goes forward in that night: an hour less
    (CHICAGO, "2026-11-01 04:00", "2026-11-01 14:00"),  # and back: an hour more
    (CHICAGO, "2026-11-01 06:30", "2026-11-01 14:00"),  # half past one, for the first time
    (CHICAGO, "2026-11-01 07:30", "2026-11-01 14:00"),  # half past one, once more
    (KATHMANDU, "2026-11-23 20:00", "2026-11-24 02:15"),  # five hours and three quarters ahead
    (
        None,
        "2026-11-23 23:00",
        "2026-11-24 06:00",
    ),  # nobody told where they are: by the clock at home
    ("Mars/Olympus", "2026-11-23 23:00", "2026-11-24 06:00"),
    ("../../etc/passwd", "2026-11-23 23:00", "2026-11-24 06:00"),
]


@pytest.mark.parametrize(("zone", "now", "due"), MORNINGS)
def test_the_night_ends_at_eight_by_the_clock_of_the_place(
    zone: str | None, now: str, due: str
) -> None:
    assert quiet.morning(at(now), zone) == at(due)
    assert quiet.morning(at(now), zone).utcoffset() == timedelta(0)


async def test_each_person_is_written_to_in_their_own_morning(
    runtime: Runtime, clock: SetClock
) -> None:
    night = clock().replace(
        hour=1, minute=30
    )  # half past four in Istanbul, half past seven in the evening in Chicago
    async with runtime.db.begin() as session:
        team = await builders.team(session, night)
        for number, where in enumerate(("TR/Istanbul", "US/Chicago", None)):
            person = await builders.person(session, night, f"telegram:{number}", country="TR")
            if where:
                await facts.set_place(session, person, places.place_of(where), night)
        chosen = {"countries": ["TR", "US"]}
        _, sent = await builders.approved(session, team, night, audience=chosen, routine=True)
        await builders.fan_out(session, sent.id, night)
        due = list(
            await session.scalars(
                select(OutboundMessage.due_at).order_by(OutboundMessage.person_id)
            )
        )
        assert [moment - night for moment in due] == [
            timedelta(hours=3.5),
            timedelta(0),
            timedelta(hours=4.5),
        ]


async def test_what_waits_for_the_morning_is_claimed_then_and_not_before(
    runtime: Runtime, clock: SetClock
) -> None:
    night = clock.advance(hours=12)
    async with runtime.db.begin() as session:
        team = await builders.team(session, night)
        await builders.person(session, night, "telegram:1", timezone=ISTANBUL)
        _, sent = await builders.approved(session, team, night, routine=True)
        await builders.fan_out(session, sent.id, night)
    assert await _claimed(runtime, clock) == 0
    clock.advance(hours=7, minutes=59)
    assert await _claimed(runtime, clock) == 0
    clock.advance(minutes=1)
    assert await _claimed(runtime, clock) == 1


async def _claimed(runtime: Runtime, clock: SetClock) -> int:
    async with runtime.db.begin() as session:
        return len(await outbox.claim(session, Channel.TELEGRAM, [Lane.ROUTINE], 10, clock()))


@pytest.mark.parametrize(
    "more", [{}, {"urgency": Urgency.IMMEDIATE}, {"severity": Severity.EXTREME}]
)
async def test_nothing_else_waits(
    runtime: Runtime, clock: SetClock, more: dict[str, object]
) -> None:
    night = clock.advance(hours=12)
    async with runtime.db.begin() as session:
        team = await builders.team(session, night)
        for number, zone in enumerate((ISTANBUL, CHICAGO, TRIPOLI)):
            await builders.person(session, night, f"telegram:{number}", timezone=zone)
        _, sent = await builders.approved(session, team, night, **more)
        await builders.fan_out(session, sent.id, night)
        assert await session.scalar(select(func.max(OutboundMessage.due_at))) == night


async def test_who_joins_at_night_waits_for_the_morning_too(
    runtime: Runtime, clock: SetClock
) -> None:
    day = clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, day)
        _, sent = await builders.approved(session, team, day, routine=True)
        await builders.fan_out(session, sent.id, day)
        night = clock.advance(hours=12)
        person = await builders.person(session, night, "telegram:1", country="EG")
        await facts.set_place(session, person, places.place_of("TR/Istanbul"), night)
        assert await fan_out.add_joiners(session, sent, night) == 1
        assert await session.scalar(select(OutboundMessage.due_at)) == at("2026-11-24 05:00")
