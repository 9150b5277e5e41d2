"""`kill -9` of a worker: what it had in hand is handled once, and nobody is missed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import func, select

from bot.consular.broadcasts import fan_out
from bot.messages import Button, Content
from bot.models import (
    Broadcast,
    BroadcastKind,
    CheckIn,
    InboundMessage,
    InboundState,
    Lane,
    OutboundMessage,
    OutboundState,
)
from tests.faults.house import House, texts_to
from tests.servers.telegram import Telegram

PENDING, SENDING = (
    InboundMessage.state == InboundState.PENDING,
    OutboundMessage.state == OutboundState.SENDING,
)
SOON = 1000  # a chat's number begins here


async def test_a_worker_killed_while_it_asks_rasa_leaves_no_half_turn(house: House) -> None:
    house.nlu.hangs = True
    await house.web()
    await house.worker()
    chats = range(SOON, SOON + 12)
    for chat in chats:
        await house.says(chat, "الحمد لله نحن كلنا كويسين توا")
    await house.until(lambda: house.nlu.asked > 0)
    await house.kill("worker")
    unfinished = await house.count(PENDING)
    house.nlu.hangs = False
    await house.worker()
    await house.until(house.is_settled)
    assert unfinished > 0
    assert await house.states(InboundMessage) == {"done": len(chats)}
    assert texts_to(house.telegram, chats) == {str(chat): 1 for chat in chats}


async def test_every_check_in_is_recorded_once_however_often_workers_are_killed(
    house: House,
) -> None:
    """Three workers die in mid-work.

    A reply goes out again only if it stood in `sending` at that moment.
    """
    await house.web()
    chats = await house.seeded(120)
    may_repeat = 0
    for round_, part in enumerate((chats[:40], chats[40:80], chats[80:]), 1):
        for chat in part:
            await house.presses(chat, "/safe")
        await house.worker()
        # awaited at once
        await house.until(lambda: len(house.telegram.sent()) > 40 * round_ - 30)  # noqa: B023
        await house.kill("worker")
        may_repeat += await house.count(SENDING, of=OutboundMessage)
    await house.time_passes()
    await house.worker()
    await house.until(house.is_settled)
    assert await house.states(InboundMessage) == {"done": len(chats)}
    assert await _most_per_person(house, CheckIn) == (len(chats), 1)
    assert await _most_per_person(house, OutboundMessage) == (len(chats), 1)
    copies = _copies(house.telegram)
    assert len(copies) == len(chats)
    assert copies.total() - len(chats) <= may_repeat


async def test_a_worker_killed_in_mid_broadcast_misses_nobody(house: House) -> None:
    """Killed while it fans out, and again while it sends."""
    await house.web()
    chats = await house.seeded(3000)
    await _broadcast(house)
    await house.worker()
    await house.until(lambda: house.count(of=OutboundMessage))
    await house.kill("worker")
    may_repeat = await house.count(SENDING, of=OutboundMessage)
    await house.time_passes()
    await house.worker()
    await house.until(lambda: len(house.telegram.delivered) > 500)
    await house.kill("worker")
    may_repeat += await house.count(SENDING, of=OutboundMessage)
    await house.time_passes()
    await house.worker()
    await house.until(house.is_settled)
    await house.until(lambda: _is_fanned_out(house))
    copies = _copies(house.telegram)
    assert set(copies) == {str(chat) for chat in chats}
    assert copies.total() - len(chats) <= may_repeat
    assert await house.states() == {"sent": len(chats)}


def _copies(telegram: Telegram) -> Counter[str]:
    """Messages that reached each chat."""
    return Counter(
        str(call.fields["chat_id"]) for call in telegram.delivered if call.name == "sendMessage"
    )


async def _most_per_person(house: House, of: type[CheckIn | OutboundMessage]) -> tuple[int, int]:
    """How many people have rows, and the most that one has."""
    rows = select(func.count().label("rows")).select_from(of).group_by(of.person_id).subquery()
    async with house.db.read() as session:
        people, most = (
            await session.execute(select(func.count(), func.max(rows.c.rows)).select_from(rows))
        ).one()
        return people, most


async def _broadcast(house: House) -> None:
    said = Content("هل أنت بخير؟", (Button("بخير", "/safe"),)).to_json()
    contents = {language: dict.fromkeys(("chat", "text"), said) for language in ("ar", "en")}
    now = datetime.now(UTC)
    async with house.db.begin() as session:
        await fan_out.create(
            session,
            BroadcastKind.ROLL_CALL,
            Lane.CRISIS,
            contents,
            {"countries": ["TR"]},
            False,
            now,
        )


async def _is_fanned_out(house: House) -> bool:
    return await house.count(Broadcast.fanned_out_at.is_not(None), of=Broadcast) == 1
