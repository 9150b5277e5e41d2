"""Every reply is queued once and reaches the person once."""

from __future__ import annotations

import asyncio
from functools import partial

from sqlalchemy import func, select

from bot.conversation.understanding import Understander, understand
from bot.inbox.intake import Intake
from bot.messages import Channel, Content, Form, Inbound, Kind
from bot.models import InboundMessage, InboundState, OutboundMessage, OutboundState
from bot.runtime.runtime import Runtime
from bot.worker import loop
from tests import builders
from tests.servers.telegram import Telegram
from tests.waiting import until

CHATS = [str(number) for number in range(5001, 5006)]
MESSAGES = ("/start", "نجدة", "/help")


def _message(number: int, chat: str, text: str) -> Inbound:
    return Inbound(
        Channel.TELEGRAM, str(number), chat, Kind.TEXT, Form.CHAT, text=text, language="ar"
    )


async def _texts(runtime: Runtime) -> list[tuple[int | None, str]]:
    """What was queued: the message that each reply answers, and the reply's text."""
    query = select(OutboundMessage.inbound_id, OutboundMessage.content)
    async with runtime.db.read() as session:
        replies = (await session.execute(query)).all()
    return [(reply.inbound_id, Content.from_json(reply.content).text) for reply in replies]


async def _is_all_answered(runtime: Runtime, messages: int) -> bool:
    answered = select(func.count()).where(InboundMessage.state == InboundState.DONE)
    unsent = select(func.count()).where(OutboundMessage.state != OutboundState.SENT)
    async with runtime.db.read() as session:
        are_answered = await session.scalar(answered) == messages
        return are_answered and await session.scalar(unsent) == 0


async def test_a_reply_is_one_row(runtime: Runtime) -> None:
    await builders.reply(runtime, "telegram:1001", "طمّنتنا عليك")
    assert [text for _, text in await _texts(runtime)] == ["طمّنتنا عليك"]


async def test_no_reply_to_a_message_is_queued_or_sent_twice(
    live: Runtime, bot_api: Telegram
) -> None:
    number = 0
    intake = Intake(live)
    for text in MESSAGES:
        for chat in CHATS:
            number += 1
            await intake.put(_message(number, chat, text))
    stop = asyncio.Event()
    work = asyncio.create_task(loop.run(live, stop, partial(understand, Understander())))
    await until(lambda: _is_all_answered(live, number))
    stop.set()
    await work
    queued = await _texts(live)
    assert len(queued) == len(set(queued)) >= number
    for chat in CHATS:
        sent = [call.fields["text"] for call in bot_api.to(chat)]
        assert len(sent) == len(queued) / len(CHATS)
