"""How updates of Telegram come in: asked for, or by a webhook that is set at the start."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import select

from bot.models import InboundMessage
from bot.receiving import polling
from bot.runtime.runtime import Runtime
from tests.channels_on import PUBLIC, SECRET, with_channels
from tests.servers.telegram import DOWN, Telegram, button, message
from tests.waiting import until


@asynccontextmanager
async def polled(runtime: Runtime, bot_api: Telegram) -> AsyncIterator[Runtime]:
    """A runtime with a token and no public address, asking for updates."""
    live = with_channels(runtime, bot_api, public_url=None)
    task = asyncio.create_task(polling.run(live))
    yield live
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def stored(runtime: Runtime) -> list[str]:
    async with runtime.db.read() as session:
        rows = await session.scalars(select(InboundMessage).order_by(InboundMessage.id))
        return [row.content.get("text", "") for row in rows]


async def test_without_a_public_address_updates_are_asked_for_and_confirmed(
    runtime: Runtime, bot_api: Telegram
) -> None:
    bot_api.push(message(7, 501, "أنا بخير"))
    bot_api.push(button(8, 501, "/safe"))
    async with polled(runtime, bot_api) as live:
        await until(lambda: any(call.fields.get("offset") == "9" for call in bot_api.calls))
        assert await stored(live) == ["أنا بخير", "/safe"]
        await until(lambda: any(call.name == "answerCallbackQuery" for call in bot_api.calls))
    asked = [call.fields for call in bot_api.calls if call.name == "getUpdates"]
    assert "message_reaction" in json.loads(asked[0]["allowed_updates"])


async def test_half_a_character_does_not_stop_the_updates_behind_it(
    runtime: Runtime, bot_api: Telegram
) -> None:
    bot_api.push(message(7, 501, "نجدة\ud800"))
    bot_api.push(message(8, 501, "أنا بخير"))
    async with polled(runtime, bot_api) as live:
        await until(lambda: any(call.fields.get("offset") == "9" for call in bot_api.calls))
        assert await stored(live) == ["نجدة\ufffd", "أنا بخير"]


async def test_a_group_is_told_once_by_whoever_polls(runtime: Runtime, bot_api: Telegram) -> None:
    for number in (7, 8):
        update = message(number, 501, "سلام")
        update["message"]["chat"] = {"id": -100, "type": "group", "title": "جماعة"}
        bot_api.push(update)
    async with polled(runtime, bot_api) as live:
        await until(lambda: bool(bot_api.to("-100")))
        await until(lambda: any(call.fields.get("offset") == "9" for call in bot_api.calls))
        assert await stored(live) == []
    assert len(bot_api.to("-100")) == 1


async def test_with_a_public_address_the_webhook_is_set_with_its_secret(
    runtime: Runtime, bot_api: Telegram
) -> None:
    await polling.run(with_channels(runtime, bot_api))
    assert bot_api.webhook["url"] == f"{PUBLIC}/hooks/telegram"
    assert bot_api.webhook["secret_token"] == SECRET
    assert "message_reaction" in json.loads(bot_api.webhook["allowed_updates"])


async def test_the_menu_of_commands_is_there_in_both_languages(
    runtime: Runtime, bot_api: Telegram
) -> None:
    await polling.run(with_channels(runtime, bot_api))
    menus = [call.fields for call in bot_api.calls if call.name == "setMyCommands"]
    said = {menu.get("language_code"): json.loads(menu["commands"])[0] for menu in menus}
    arabic = {"command": "safe", "description": "أنا بخير"}
    assert said == {
        None: arabic,
        "ar": arabic,
        "en": {"command": "safe", "description": "I'm safe"},
    }


async def test_a_menu_that_cannot_be_set_stops_nothing(runtime: Runtime, bot_api: Telegram) -> None:
    bot_api.troubles.append(DOWN)
    await polling.run(with_channels(runtime, bot_api))
    assert bot_api.webhook["url"] == f"{PUBLIC}/hooks/telegram"
