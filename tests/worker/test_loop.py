"""The worker: what comes in is answered, whatever was lost on the way, and it stops when told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import outbox
from bot.consular.broadcasts import fan_out
from bot.conversation.look import Understand
from bot.conversation.understanding import Understander, understand
from bot.inbox import intake as inbox_intake
from bot.inbox import rows
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import (
    Broadcast,
    BroadcastKind,
    InboundMessage,
    InboundState,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.redis import open_redis
from bot.runtime.runtime import Runtime
from bot.signals import bells
from bot.worker import broadcasts, loop, supervision, worker
from bot.worker.turns import Turns
from tests import builders
from tests.channels_on import RunningClock, with_channels
from tests.servers.telegram import Telegram, button, message
from tests.waiting import until

EXACT: Understand = partial(understand, Understander())
State = OutboundState


@pytest.fixture
def live(runtime: Runtime, bot_api: Telegram) -> Runtime:
    """Make a runtime with the test's Telegram, hardly a pace, and a clock that runs."""
    return with_channels(runtime, bot_api, clock=RunningClock(), telegram_rate=100_000.0)


@asynccontextmanager
async def working(
    runtime: Runtime, understand: Understand = EXACT
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that runs until the block ends."""
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(runtime, stop, understand))
    try:
        yield task
    finally:
        stop.set()
        await task


def said(number: int, sender: str = "1001", text: str = "أنا بخير") -> Inbound:
    return Inbound(
        Channel.TELEGRAM, str(number), sender, Kind.TEXT, Form.CHAT, text=text, language="ar"
    )


async def store(runtime: Runtime, *messages: Inbound) -> list[int | None]:
    """Rows without a bell."""
    async with runtime.db.begin() as session:
        return await rows.receive(session, messages, runtime.clock())


async def count(runtime: Runtime, column: Any, value: Any) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).where(column == value)) or 0


async def test_a_message_is_answered(live: Runtime, bot_api: Telegram) -> None:
    async with working(live):
        await inbox_intake.Intake(live).put(said(1, text="نجدة"))
        await until(lambda: bot_api.to("1001"))
    assert await count(live, InboundMessage.state, InboundState.DONE) == 1
    assert len({call.fields["text"] for call in bot_api.to("1001")}) == len(bot_api.to("1001"))


async def test_messages_that_came_while_nobody_worked_are_answered(
    live: Runtime, bot_api: Telegram
) -> None:
    for number in range(20):
        await inbox_intake.Intake(live).put(said(number, str(2000 + number)))
    async with working(live):
        await until(lambda: len({call.fields["chat_id"] for call in bot_api.delivered}) == 20)


async def test_a_lost_bell_costs_seconds_and_no_answer(live: Runtime, bot_api: Telegram) -> None:
    await store(live, said(1))
    async with working(live):
        await until(lambda: bot_api.to("1001"))


async def test_without_redis_people_are_answered_all_the_same(
    live: Runtime, bot_api: Telegram, tmp_path: Path
) -> None:
    redis = open_redis(f"unix://{tmp_path}/nobody")
    alone = replace(live, redis=redis)
    async with working(alone):
        await inbox_intake.Intake(alone).put(said(1))
        await until(lambda: bot_api.to("1001"))
    await redis.aclose()


async def test_two_workers_answer_each_message_once(live: Runtime, bot_api: Telegram) -> None:
    intake = inbox_intake.Intake(live)
    async with working(live), working(live):
        await asyncio.gather(*(intake.put(said(n, str(3000 + n % 10))) for n in range(40)))
        await until(lambda: _are_done(live, 40))
        await until(lambda: _nothing_waits(live))
    async with live.db.read() as session:
        answered = (
            await session.execute(select(OutboundMessage.inbound_id, OutboundMessage.content))
        ).all()
    assert len(answered) == len(bot_api.sent())


async def _are_done(runtime: Runtime, number: int) -> bool:
    return await count(runtime, InboundMessage.state, InboundState.DONE) == number


async def _nothing_waits(runtime: Runtime) -> bool:
    return await count(runtime, OutboundMessage.state, State.QUEUED) == 0


async def test_a_turn_that_breaks_is_put_off_and_others_go_on(
    live: Runtime, bot_api: Telegram
) -> None:
    async def moody(text: str, home: str | None = None) -> Any:
        if text == "عطل":
            raise ZeroDivisionError
        return await EXACT(text, home)

    intake = inbox_intake.Intake(live)
    async with working(live, moody):
        await intake.put(said(1, "666", "عطل"))
        await intake.put(said(2, "1001"))
        await until(lambda: bot_api.to("1001"))
        await until(lambda: bot_api.to("666"))  # the apology, once it was tried three times


async def test_a_broadcast_is_fanned_out_and_sent(live: Runtime, bot_api: Telegram) -> None:
    async with live.db.begin() as session:
        for number in range(25):
            await builders.recipient(session, f"telegram:{number}", live.clock())
        await session.execute(
            update(Person).values(registered_at=live.clock(), consented_at=live.clock())
        )
        broadcast = await fan_out.create(
            session,
            BroadcastKind.ROLL_CALL,
            Lane.CRISIS,
            builders.CONTENTS,
            {"countries": ["TR"]},
            False,
            live.clock(),
        )
        broadcast_id = broadcast.id
    async with working(live):
        await bells.ring(live.redis, "out")
        await until(lambda: len(bot_api.delivered) == 25)
        await until(lambda: _is_whole(live, broadcast_id))


async def _is_whole(runtime: Runtime, broadcast_id: int) -> bool:
    async with runtime.db.read() as session:
        return (await session.get_one(Broadcast, broadcast_id)).fanned_out_at is not None


async def test_rows_of_a_worker_that_was_killed_are_sent_after_the_start(
    live: Runtime, bot_api: Telegram
) -> None:
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(4)))
    async with live.db.begin() as session:
        await outbox.claim(session, Channel.TELEGRAM, [Lane.ADVISORY], 2, live.clock())
    if (
        not live.db.is_sqlite
    ):  # there other workers may be alive: their rows are left alone for a minute
        assert isinstance(live.clock, RunningClock)
        live.clock.advance(minutes=2)
    async with working(live):
        await until(lambda: len(bot_api.delivered) == 4)


async def test_a_worker_beats_and_tells_its_queues(live: Runtime, bot_api: Telegram) -> None:
    async with working(live):
        await until(lambda: bells.is_worker_alive(live.redis))


async def test_a_worker_stops_within_seconds_and_writes_down_what_it_sent(
    live: Runtime, bot_api: Telegram
) -> None:
    bot_api.latency = 0.3
    await builders.broadcast(live, *(f"telegram:{n}" for n in range(50)))
    async with working(live):
        await until(lambda: bot_api.calls)
        began = time.monotonic()
    assert time.monotonic() - began < worker.DRAIN_SECONDS + 2
    assert await count(live, OutboundMessage.state, State.SENDING) == 0
    assert await count(live, OutboundMessage.state, State.SENT) == len(bot_api.delivered)


async def test_a_loop_that_fails_is_begun_again() -> None:
    tries = 0

    async def moody() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError

    await asyncio.wait_for(supervision.keep("moody", moody), 10)
    assert tries == 3


async def test_one_person_never_has_two_turns_at_once() -> None:
    running: dict[int, int] = {}
    worst = turns = 0

    async def handle(person_id: int) -> int:
        nonlocal worst, turns
        running[person_id] = running.get(person_id, 0) + 1
        worst = max(worst, running[person_id])
        await asyncio.sleep(0)
        running[person_id] -= 1
        turns += 1
        return 1

    pool = Turns(handle)
    await asyncio.gather(*(pool.begin([1, 2, 1]) for _ in range(50)))
    await pool.drain(1)
    assert worst == 1
    assert turns >= 2


async def test_with_a_public_address_the_webhook_is_set(live: Runtime, bot_api: Telegram) -> None:
    async with working(live):
        await until(lambda: bot_api.webhook)
    assert bot_api.webhook["url"] == "https://tammen.example/hooks/telegram"
    assert bot_api.webhook["secret_token"] == live.settings.telegram_secret
    assert "edited_message" in bot_api.webhook["allowed_updates"]
    assert "message_reaction" in bot_api.webhook["allowed_updates"]


async def test_without_a_public_address_updates_are_asked_for_and_each_counts_once(
    live: Runtime, bot_api: Telegram
) -> None:
    asking = with_channels(live, bot_api, clock=live.clock, public_url=None)
    bot_api.push(message(10, 1001, "نجدة"))
    bot_api.push({"update_id": 11, "telepathy": {}})
    async with working(asking):
        await until(lambda: bot_api.to("1001"))
        bot_api.push(button(12, 1001, "/safe"))
        await until(lambda: [call for call in bot_api.calls if call.name == "answerCallbackQuery"])
        await until(lambda: _are_done(live, 2))
    assert await count(live, InboundMessage.channel, Channel.TELEGRAM) == 2


async def test_the_phone_page_is_answered_too(live: Runtime) -> None:
    where = "chat:+999000000001"
    async with working(live):
        await inbox_intake.Intake(live).put(replace(said(1, where), channel=Channel.PHONE))
        await until(lambda: _delivered(live))


async def _delivered(runtime: Runtime) -> bool:
    return await count(runtime, OutboundMessage.state, State.DELIVERED) > 0


async def test_a_reply_queued_without_a_bell_is_sent(live: Runtime, bot_api: Telegram) -> None:
    async with working(live):
        await builders.reply(live, "telegram:1001", "نحن معك")
        await until(lambda: bot_api.to("1001"))


@pytest.mark.parametrize(
    ("size", "seconds", "wanted"),
    [
        (200, 0.01, 400),
        (2000, 0.3, 2000),
        (4000, 0.6, 2000),
        (5000, 0.001, 5000),
        (300, 60.0, 200),
        (200, 0.0, 400),
    ],
)
def test_a_slice_of_the_fan_out_is_as_large_as_the_database_is_quick(
    size: int, seconds: float, wanted: int
) -> None:
    assert broadcasts.fitting(size, seconds) == wanted
