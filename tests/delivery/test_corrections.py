"""Corrections as they leave: the wrong messages are edited, the right one is sent.

Headlines stand out.
"""

from __future__ import annotations

import json

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.channels import telegram
from bot.channels.errors import SendError
from bot.messages import Button, Content, Form, Outbound
from bot.models import Lane, OutboundMessage, OutboundState
from bot.runtime.runtime import Runtime
from tests import builders
from tests.sending import all_are, sending
from tests.servers.telegram import DOWN, TOKEN, Telegram, flood

State = OutboundState
HEADLINE = "📢 *ابقوا* في _بيوتكم_ <b>الليلة</b>"


HEADLINES = [
    HEADLINE,
    "**عاجل** [رابط](https://example.org) `كود`",
    "_Leave_ <a href='https://example.org'>now</a> &amp; \\*stay\\*",
    "👨‍👩‍👧‍👦 🇱🇾 العائلات أولاً",
    "نحن معكم ❤️",
]


@pytest.mark.parametrize("headline", HEADLINES)
async def test_a_headline_is_bold_and_its_signs_are_only_signs(
    bot_api: Telegram, headline: str
) -> None:
    content = Content(f"{headline}\n\nالطرق مقفلة *جداً*.", heading=len(headline))
    async with aiohttp.ClientSession() as http:
        bot = telegram.Credentials(TOKEN, bot_api.url)
        await telegram.send(http, bot, Outbound(1, "1001", Form.CHAT, content))
    (call,) = bot_api.to("1001")
    (bold,) = json.loads(call.fields["entities"])
    assert (bold["type"], bold["offset"]) == ("bold", 0)
    shown = (
        call.fields["text"].encode("utf-16-le")[: 2 * bold["length"]].decode("utf-16-le")
    )  # as Telegram counts
    assert shown == headline
    assert "parse_mode" not in call.fields
    assert call.fields["text"] == content.text


async def test_a_message_without_a_headline_has_nothing_bold(bot_api: Telegram) -> None:
    async with aiohttp.ClientSession() as http:
        bot = telegram.Credentials(TOKEN, bot_api.url)
        await telegram.send(http, bot, Outbound(1, "1001", Form.CHAT, Content("*وصلتنا* رسالتك")))
    assert "entities" not in bot_api.to("1001")[0].fields


async def edit(bot_api: Telegram, *replaces: str) -> None:
    content = Content(
        f"{HEADLINE}\n\nالطريق مفتوح.", (Button("أنا بخير", "/safe"),), heading=len(HEADLINE)
    )
    async with aiohttp.ClientSession() as http:
        bot = telegram.Credentials(TOKEN, bot_api.url)
        await telegram.send(http, bot, Outbound(1, "1001", Form.CHAT, content, replaces))


async def test_an_edit_keeps_the_buttons_and_the_headline(bot_api: Telegram) -> None:
    await edit(bot_api, "77", "80")
    first, second, sent = bot_api.calls
    assert [call.fields.get("message_id") for call in (first, second, sent)] == ["77", "80", None]
    for name in ("text", "entities", "reply_markup"):
        assert first.fields[name] == second.fields[name] == sent.fields[name]
    assert "/safe" in first.fields["reply_markup"]


async def test_an_edit_that_is_too_fast_waits_and_nothing_is_sent_before_it(
    bot_api: Telegram,
) -> None:
    bot_api.troubles.append(flood(7))
    with pytest.raises(SendError) as refused:
        await edit(bot_api, "77")
    assert (refused.value.reason, refused.value.retry, bot_api.to("1001")) == ("flood", 7, [])


async def test_an_edit_that_fails_otherwise_does_not_stop_the_message(bot_api: Telegram) -> None:
    bot_api.troubles.append(DOWN)
    await edit(bot_api, "77")
    assert len(bot_api.to("1001")) == 1


@pytest.fixture
async def right(live: Runtime) -> int:
    """A correction for a chat that has the wrong message (number 77), and one that never got it."""
    wrong = await builders.broadcast(live, "telegram:1001")
    async with live.db.begin() as session:
        await session.execute(update(OutboundMessage).values(state=State.SENT, provider_id="77"))
    made = await builders.broadcast(live, "telegram:1002", corrects_id=wrong)
    async with live.db.begin() as session:
        first = (
            await session.scalars(select(OutboundMessage).order_by(OutboundMessage.id).limit(1))
        ).one()
        same = {
            name: getattr(first, name)
            for name in ("person_id", "address_id", "channel", "form", "language")
        }
        now = live.clock()
        session.add(
            OutboundMessage(
                **same, lane=Lane.ADVISORY, broadcast_id=made, created_at=now, due_at=now
            )
        )
    return made


async def test_a_correction_edits_the_wrong_message_and_sends_the_right_one(
    live: Runtime, bot_api: Telegram, right: int
) -> None:
    async with sending(live):
        await all_are(live, State.SENT, 3)
    edits = [call.fields for call in bot_api.calls if call.name == "editMessageText"]
    assert [(call["chat_id"], call["message_id"]) for call in edits] == [("1001", "77")]
    assert edits[0]["text"] == bot_api.to("1001")[-1].fields["text"]
    assert (len(bot_api.to("1001")), len(bot_api.to("1002"))) == (1, 1)


async def test_a_message_that_cannot_be_edited_any_more_does_not_stop_the_correction(
    live: Runtime, bot_api: Telegram, right: int
) -> None:
    bot_api.stubborn.add("77")
    async with sending(live):
        await all_are(live, State.SENT, 3)
    assert len(bot_api.to("1001")) == 1


async def test_a_correction_of_a_correction_edits_both_wrong_messages(
    live: Runtime, bot_api: Telegram, right: int
) -> None:
    async with sending(live):
        await all_are(live, State.SENT, 3)
    final = await builders.broadcast(live, corrects_id=right)
    async with live.db.begin() as session:
        got = (
            await session.scalars(
                select(OutboundMessage).where(OutboundMessage.provider_id == "77")
            )
        ).one()
        same = {
            name: getattr(got, name)
            for name in ("person_id", "address_id", "channel", "form", "language")
        }
        now = live.clock()
        session.add(
            OutboundMessage(
                **same, lane=Lane.ADVISORY, broadcast_id=final, created_at=now, due_at=now
            )
        )
        mine = (OutboundMessage.broadcast_id == right, OutboundMessage.person_id == got.person_id)
        second = await session.scalar(select(OutboundMessage.provider_id).where(*mine))
    bot_api.calls.clear()
    async with sending(live):
        await all_are(live, State.SENT, 4)
    edits = [call.fields["message_id"] for call in bot_api.calls if call.name == "editMessageText"]
    assert edits == ["77", second]
