"""What became of an advisory: figures that add up, and "sent" that is never "delivered"."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, progress, results, unreached
from bot.consular.advisories import course as advisories_course
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError
from bot.consular.reference import prices
from bot.consular.staff import roles
from bot.messages import Channel
from bot.models import Advisory, AdvisoryState, Broadcast, OutboundMessage, Person, Staff
from bot.models import OutboundState as State
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.clock import SetClock


async def sent(session: AsyncSession, made: Team, now: datetime, **changes: Any) -> Advisory:
    """An advisory for Turkey that is fanned out."""
    advisory, broadcast = await builders.approved(session, made, now, **changes)
    await builders.fan_out(session, broadcast.id, now)
    return advisory


async def became(session: AsyncSession, person: Person, state: State, **columns: Any) -> None:
    """What a person was sent is now so."""
    mine = OutboundMessage.person_id == person.id
    await session.execute(update(OutboundMessage).where(mine).values(state=state, **columns))


@pytest.fixture
async def mixed(runtime: Runtime, clock: SetClock) -> tuple[Advisory, Team]:
    """Seven recipients, each with another end; one with a Libyan number, moved over from
    Telegram.
    """
    now = clock()
    late = now + timedelta(seconds=40)
    async with runtime.db.begin() as session:
        made = await builders.team(session, now)
        people = [await builders.person(session, now, f"telegram:{n}") for n in range(4)]
        libyan = await builders.person(session, now, language="en")
        await builders.address(session, libyan, "sms:+218912345678", now, region="LY")
        egypt = await builders.person(
            session, now, "sms:+201001234567", country="EG", name="مريم الزوي"
        )
        await builders.person(session, now, country="EG", phone="+218925556677")
        advisory = await sent(session, made, now, audience={"countries": ["TR", "EG"]})
        await became(session, people[0], State.SENT, sent_at=now + timedelta(seconds=1.5))
        await became(session, people[1], State.QUEUED)
        await became(session, people[2], State.FAILED, reason="blocked", finished_at=now)
        await became(session, people[3], State.DROPPED, reason="cancelled", finished_at=now)
        over = {"parts": 3, "moved_from": Channel.TELEGRAM, "sent_at": now, "finished_at": late}
        await became(session, libyan, State.DELIVERED, **over)
        await became(
            session,
            egypt,
            State.FAILED,
            reason="unreachable",
            parts=2,
            sent_at=now,
            finished_at=late,
        )
    return advisory, made


async def of(runtime: Runtime, advisory: Advisory) -> results.Results:
    async with runtime.db.read() as session:
        return await results.of(session, advisory)


async def test_every_recipient_is_counted_once_everywhere(
    runtime: Runtime, mixed: tuple[Advisory, Team]
) -> None:
    found = await of(runtime, mixed[0])
    assert found.recipients == 7
    for groups in (found.by_channel, found.by_country):
        assert sum(sum(counts.values()) for counts in groups.values()) == 7
    async with runtime.db.read() as session:
        assert found.counts == await lifecycle.counts(session, mixed[0])
    assert {name: sum(counts.values()) for name, counts in found.by_channel.items()} == {
        "telegram": 4,
        "sms": 2,
        "none": 1,
    }
    assert {name: sum(counts.values()) for name, counts in found.by_country.items()} == {
        "TR": 5,
        "EG": 2,
    }


async def test_handed_to_the_network_is_not_delivered(
    runtime: Runtime, mixed: tuple[Advisory, Team]
) -> None:
    found = await of(runtime, mixed[0])
    assert (found.counts["sent"], found.delivered, found.delivered_share) == (1, 1, 0.1429)
    assert found.by_channel["telegram"]["delivered"] == 0


async def test_reasons_parts_and_cost(runtime: Runtime, mixed: tuple[Advisory, Team]) -> None:
    async with runtime.db.begin() as session:
        await prices.set_price(session, "LY", 250_000, roles.actor(mixed[1].admin), runtime.clock())
    found = await of(runtime, mixed[0])
    assert found.why == {
        "failed": {"blocked": 1, "unreachable": 1},
        "expired": {},
        "dropped": {"cancelled": 1},
        "no_channel": {"no_address": 1},
    }
    assert found.moved == {"telegram>sms": 1}
    assert found.parts == {"LY": 3, "": 2}
    assert found.cost == {"LY": 750_000, "": 200_000}
    assert set().union(*found.why.values()) <= set(results.REASONS)


async def test_a_closed_address_says_why_there_is_no_channel(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        made = await builders.team(session, clock())
        gone = await builders.person(session, clock())
        await builders.address(
            session, gone, "telegram:1", clock(), stopped_at=clock(), stop_reason="gone"
        )
        advisory = await sent(session, made, clock())
    assert (await of(runtime, advisory)).why["no_channel"] == {"gone": 1}


async def test_an_advisory_that_has_not_gone_out_has_noughts(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        made = await builders.team(session, clock())
        advisory = await builders.draft(session, made.officer, clock())
    found = await of(runtime, advisory)
    assert (found.recipients, found.delivered_share, found.course.points) == (0, None, ())


async def test_the_erased_are_counted_without_a_name(
    runtime: Runtime, mixed: tuple[Advisory, Team]
) -> None:
    async with runtime.db.begin() as session:
        someone = (
            await session.scalars(
                select(OutboundMessage).where(OutboundMessage.state == State.SENT)
            )
        ).one()
        nobody = {"person_id": None, "address_id": None, "state": State.DROPPED, "reason": None}
        await session.execute(
            update(OutboundMessage).where(OutboundMessage.id == someone.id).values(nobody)
        )
    found = await of(runtime, mixed[0])
    assert found.recipients == 7
    assert found.why["dropped"] == {"cancelled": 1, "erased": 1}
    assert sum(found.by_country["unknown"].values()) == 1


# --- in time --------------------------------------------------------------------------------------


async def timed(
    runtime: Runtime, clock: SetClock, sent_after: list[float], got_after: list[float]
) -> Advisory:
    """An advisory whose messages left and arrived after so many seconds."""
    now = clock()
    async with runtime.db.begin() as session:
        made = await builders.team(session, now)
        people = [
            await builders.person(session, now, f"sms:+9053000000{n:02}")
            for n in range(len(sent_after))
        ]
        advisory = await sent(session, made, now)
        for person, seconds in zip(people, sent_after, strict=True):
            await became(session, person, State.SENT, sent_at=now + timedelta(seconds=seconds))
        for person, seconds in zip(people, got_after, strict=False):
            await became(
                session, person, State.DELIVERED, finished_at=now + timedelta(seconds=seconds)
            )
    return advisory


async def test_half_and_nearly_all_are_told_by_second(runtime: Runtime, clock: SetClock) -> None:
    advisory = await timed(runtime, clock, [0.2 + n for n in range(20)], [30.7] * 12)
    course = (await of(runtime, advisory)).course
    assert (course.sent_50, course.sent_95) == (10, 19)
    assert (course.delivered_50, course.delivered_95) == (31, None)
    assert course.points[0] == (0, 0, 0, 0)
    assert course.points[-1][1:] == (20, 12, 0)


async def test_the_first_message_is_timed_once_all_are_sent(
    runtime: Runtime, clock: SetClock
) -> None:
    advisory = await timed(runtime, clock, [4.5, 9], [])
    async with runtime.db.begin() as session:
        moved = await progress.settle(session, clock()) + await progress.settle(session, clock())
        assert await advisories_course.firsts(session, moved) == [4.5]
        await session.execute(update(Advisory).values(state=AdvisoryState.SENDING))
        assert await advisories_course.firsts(session, [advisory.id]) == []


async def test_who_cannot_be_reached_does_not_hold_up_the_time_to_all_others(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        await builders.person(session, clock())
    course = (await of(runtime, await timed(runtime, clock, [1, 2], []))).course
    assert course.sent_95 == 3


async def test_before_the_fan_out_is_whole_nobody_knows_what_half_is(
    runtime: Runtime, clock: SetClock
) -> None:
    advisory = await timed(runtime, clock, [1, 2], [])
    async with runtime.db.begin() as session:
        await session.execute(update(Broadcast).values(fanned_out_at=None))
    course = (await of(runtime, advisory)).course
    assert course.sent_50 is None
    assert course.points[-1].sent == 2


async def test_who_joins_later_is_counted_and_does_not_slow_the_clock(
    runtime: Runtime, clock: SetClock
) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        made = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        advisory = await sent(session, made, now, valid_until=now + timedelta(days=3))
        await session.execute(update(OutboundMessage).values(state=State.SENT, sent_at=now))
    clock.advance(days=2)
    async with runtime.db.begin() as session:
        joiner = await builders.person(session, clock(), "telegram:2", changed_at=clock())
        broadcast = await session.get_one(Broadcast, advisory.broadcast_id)
        assert await fan_out.add_joiners(session, broadcast, clock()) == 1
        await became(session, joiner, State.SENT, sent_at=clock())
    found = await of(runtime, advisory)
    assert (found.joined, found.counts["sent"]) == (1, 2)
    assert (found.course.sent_95, found.course.points[-1].sent) == (1, 1)


async def test_a_curve_has_at_most_120_points_and_a_late_receipt_does_not_flatten_it(
    runtime: Runtime, clock: SetClock
) -> None:
    after = [float(n * 7) for n in range(200)]
    advisory = await timed(runtime, clock, after, [86_400.0])
    course = (await of(runtime, advisory)).course
    assert len(course.points) <= advisories_course.MAX_POINTS
    assert course.most < 1_450
    assert course.points[-1].seconds >= 86_400
    assert course.points[-1][1:] == (200, 1, 0)
    assert [point.sent for point in course.points] == sorted(point.sent for point in course.points)
    assert sum(point.seconds <= course.most for point in course.points) > 60


# --- corrections ----------------------------------------------------------------------------------


async def test_who_got_which_version(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        made = await builders.team(session, clock())
        people = [await builders.person(session, clock(), f"telegram:{n}") for n in range(4)]
        wrong = await sent(session, made, clock())
        for person in people[:3]:
            await became(session, person, State.SENT)
        right = await corrections.begin(session, made.officer, wrong, clock())
        await lifecycle.submit(session, made.officer, right, clock())
        broadcast = await lifecycle.approve(session, made.approver, right, clock())
        await builders.fan_out(session, broadcast.id, clock())
        for person, state in zip(people, (State.DELIVERED, State.FAILED), strict=False):
            mine = (
                OutboundMessage.person_id == person.id,
                OutboundMessage.broadcast_id == broadcast.id,
            )
            await session.execute(update(OutboundMessage).where(*mine).values(state=state))
    for advisory in (wrong, right):
        first, second = (await of(runtime, advisory)).versions
        assert (first.advisory.id, first.counts["sent"], first.hold) == (wrong.id, 3, 2)
        assert (second.advisory.id, second.counts["delivered"], second.hold) == (right.id, 1, 1)


# --- whom to call ---------------------------------------------------------------------------------


async def listed(
    runtime: Runtime, staff: Staff, advisory: Advisory, page: int = 1
) -> list[unreached.Unreached]:
    async with runtime.db.read() as session:
        return await unreached.page(session, staff, advisory, page)


async def test_the_call_list_says_whom_to_call_and_why(
    runtime: Runtime, mixed: tuple[Advisory, Team]
) -> None:
    advisory, made = mixed
    found = await listed(runtime, made.officer, advisory)
    assert [(one.name, one.phone, one.country, one.why) for one in found] == [
        ("مريم الزوي", "+201001234567", "EG", "unreachable"),
        (None, "+218925556677", "EG", "no_address"),
        (None, None, "TR", "blocked"),
    ]
    async with runtime.db.read() as session:
        assert await unreached.count(session, made.officer, advisory) == 3
        assert {
            one.person_id for one in await unreached.after(session, made.officer, advisory, 0)
        } == {one.person_id for one in found}
        assert (
            await unreached.after(
                session, made.officer, advisory, max(one.person_id for one in found)
            )
            == []
        )


async def test_who_wants_no_messages_and_what_was_withdrawn_is_not_on_it(
    runtime: Runtime, mixed: tuple[Advisory, Team], clock: SetClock
) -> None:
    advisory, made = mixed
    async with runtime.db.begin() as session:
        await session.execute(
            update(Person).where(Person.country == "EG").values(stopped_at=clock())
        )
    assert [one.why for one in await listed(runtime, made.officer, advisory)] == ["blocked"]


async def test_whose_address_was_closed_before_the_turn_came_is_called(
    runtime: Runtime, mixed: tuple[Advisory, Team]
) -> None:
    advisory, made = mixed
    async with runtime.db.begin() as session:
        closed = update(OutboundMessage).where(OutboundMessage.reason == "cancelled")
        await session.execute(closed.values(reason="gone"))
    assert "gone" in [one.why for one in await listed(runtime, made.officer, advisory)]


async def test_a_post_officer_calls_the_people_of_the_post(
    runtime: Runtime, mixed: tuple[Advisory, Team]
) -> None:
    advisory, made = mixed
    assert [one.country for one in await listed(runtime, made.post, advisory)] == ["TR"]
    with pytest.raises(ConsularError):
        await listed(runtime, made.auditor, advisory)


async def test_the_list_has_pages_of_fifty(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        made = await builders.team(session, clock())
        for _ in range(53):
            await builders.person(session, clock())
        advisory = await sent(session, made, clock())
    pages = [await listed(runtime, made.officer, advisory, number) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 3, 0]
    assert len({one.person_id for page in pages for one in page}) == 53
