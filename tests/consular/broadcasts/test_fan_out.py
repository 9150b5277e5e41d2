from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.consular.advisories import lifecycle
from bot.consular.audiences import reach
from bot.consular.broadcasts import fan_out
from bot.consular.crises import crises
from bot.messages import Channel
from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders

RATES = {Channel.TELEGRAM: 30.0, Channel.SMS: 10.0}
CONTENTS: dict[str, dict[str, Any]] = {
    "ar": {"chat": {"text": "ابقوا في بيوتكم"}, "text": {"text": "ابقوا في بيوتكم " * 10}},
    "en": {"chat": {"text": "Stay at home"}, "text": {"text": "Stay at home"}},
}


async def test_those_who_said_stop_are_no_recipients_and_those_out_of_reach_are_counted(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1", stopped_at=now)
        await builders.person(session, now)
        blocked = await builders.person(session, now, "telegram:2")
        await session.execute(
            update(Address).where(Address.person_id == blocked.id).values(stopped_at=now)
        )
        await builders.person(session, now, "sms:+905550000001")
        advisory, broadcast = await builders.approved(session, team, now)
        assert await builders.fan_out(session, broadcast.id, now) == 3
        counts = await lifecycle.counts(session, advisory)
        assert (counts["queued"], counts["no_channel"], sum(counts.values())) == (1, 2, 3)


PREFERENCES = [
    (["sms:+901", "telegram:1", "phone:chat:+9991"], "telegram:1"),
    (["phone:chat:+9991", "sms:+901"], "sms:+901"),
    (["phone:chat:+9991"], "phone:chat:+9991"),
    (["telegram:1 old", "telegram:2"], "telegram:2"),
    (["telegram:1", "telegram:2 old"], "telegram:1"),
    (["telegram:1 never", "telegram:2 old"], "telegram:2"),
    (["telegram:1 stopped", "sms:+901 old"], "sms:+901"),
]


@pytest.mark.parametrize(("wheres", "chosen"), PREFERENCES)
async def test_the_address_is_telegram_then_sms_then_the_page_the_last_heard_from(
    runtime: Runtime, wheres: list[str], chosen: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        for where in wheres:
            place, _, mark = where.partition(" ")
            heard = {"old": now - timedelta(days=9), "never": None}.get(mark, now)
            stopped = now if mark == "stopped" else None
            await builders.address(session, person, place, now, heard_at=heard, stopped_at=stopped)
        _, broadcast = await builders.approved(session, team, now)
        await builders.fan_out(session, broadcast.id, now)
        row = (
            await session.execute(select(OutboundMessage.channel, Address.address).join(Address))
        ).one()
        assert f"{row.channel.value}:{row.address}" == chosen


async def test_a_fan_out_goes_on_from_its_cursor_and_reaches_nobody_twice(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for n in range(10):
            await builders.person(session, now, f"telegram:{n}")
        _, broadcast = await builders.approved(session, team, now)
        assert [await fan_out.fan_out(session, broadcast, 4, now) for _ in range(4)] == [4, 4, 2, 0]
        broadcast.cursor, broadcast.fanned_out_at = (
            0,
            None,
        )  # as after a crash before the cursor was kept
        await session.flush()
        await builders.fan_out(session, broadcast.id, now, limit=3)
        assert await session.scalar(select(func.count()).select_from(OutboundMessage)) == 10
        assert await fan_out.open_ones(session, now) == []


async def test_two_workers_share_a_fan_out(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for n in range(40):
            await builders.person(session, now, f"telegram:{n}")
        _, broadcast = await builders.approved(session, team, now)

    async def work() -> int:
        walked = 0
        while True:
            async with runtime.db.begin() as session:
                mine = await session.get_one(Broadcast, broadcast.id)
                people = await fan_out.fan_out(session, mine, 5, now)
            if not people:
                return walked
            walked += people

    assert sum(await asyncio.gather(work(), work())) == 40
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(OutboundMessage)) == 40


async def test_the_most_urgent_broadcast_is_open_first(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for kind, lane in (
            (BroadcastKind.ADVISORY, Lane.ADVISORY),
            (BroadcastKind.ROLL_CALL, Lane.CRISIS),
        ):
            await fan_out.create(
                session, kind, lane, CONTENTS, builders.TURKEY, drill=False, now=now
            )
        assert [one.lane for one in await fan_out.open_ones(session, now)] == [
            Lane.CRISIS,
            Lane.ADVISORY,
        ]


async def test_an_estimate_counts_people_parts_and_time(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for n in range(61):
            await builders.person(session, now, f"telegram:{n}")
        for n in range(20):
            await builders.person(
                session, now, f"sms:+9055500000{n:02d}", language="ar" if n < 15 else "en"
            )
        await builders.person(session, now)
        await builders.person(session, now, "telegram:99", stopped_at=now)
        told = await reach.estimate(session, builders.TURKEY, CONTENTS, RATES, now)
    assert (told.people, told.no_channel) == (82, 1)
    assert told.by_channel == {Channel.TELEGRAM: 61, Channel.SMS: 20}
    assert told.parts == {"ar": 3, "en": 1}
    assert told.last == 5.0  # 15 × 3 + 5 parts at 10 a second; Telegram is done after 2.03
    assert told.seconds == pytest.approx(
        3.99, abs=0.01
    )  # 77 of 81: all of Telegram's 61 and 16 of the 20
    assert (told.stopped, told.unreachable) == (1, {"no_address": 1})


async def test_an_estimate_says_what_the_fan_out_then_does(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.population(session, 200, ["TR", "SD"], Channel.PHONE, now)
        await session.execute(update(Person).where(Person.id % 5 == 0).values(stopped_at=now))
        await session.execute(
            update(Address).where(Address.person_id % 7 == 0).values(stopped_at=now)
        )
        told = await reach.estimate(session, builders.TURKEY, CONTENTS, RATES, now)
        advisory, broadcast = await builders.approved(session, team, now)
        await builders.fan_out(session, broadcast.id, now)
        counts = await lifecycle.counts(session, advisory)
    assert (told.people, told.no_channel) == (sum(counts.values()), counts["no_channel"])
    assert told.by_channel[Channel.PHONE] == counts["queued"]


async def test_a_drill_says_so_in_both_languages_in_every_text(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        kind, lane = BroadcastKind.ADVISORY, Lane.ADVISORY
        drill = await fan_out.create(
            session, kind, lane, CONTENTS, builders.TURKEY, drill=True, now=now
        )
        real = await fan_out.create(
            session, kind, lane, CONTENTS, builders.TURKEY, drill=False, now=now
        )
    for language, forms in CONTENTS.items():
        for form, said in forms.items():
            text = drill.contents[language][form]["text"]
            assert "تمرين" in text
            assert "exercise" in text.lower()
            assert text.endswith(said["text"].rstrip())
            assert real.contents[language][form] == said


async def test_a_queued_roll_call_is_dropped_when_the_crisis_ends(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "sms:+905550000001")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await crises.close(session, team.officer, crisis, now)
        assert (await session.scalars(select(OutboundMessage.state))).all() == [
            OutboundState.DROPPED
        ]
