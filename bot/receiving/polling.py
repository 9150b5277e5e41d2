"""How updates of Telegram come to us: by webhook where we have a public address, else by asking for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.channels import telegram
from bot.inbox import intake as inbox_intake
from bot.messages import Inbound
from bot.runtime.runtime import Runtime

WAIT = 25  # seconds Telegram holds a question open
CONNECTIONS = 40  # at the same time, for the webhook

log = structlog.get_logger(__name__)


async def run(runtime: Runtime) -> None:
    """Sets the webhook and returns, or asks for updates until cancelled. Raises TelegramError, UnavailableError."""
    settings = runtime.settings
    if settings.telegram_token is None:
        return
    credentials = telegram.Credentials(settings.telegram_token, settings.telegram_api)
    await _set_menu(runtime, credentials)
    if settings.public_url:
        await _set_webhook(runtime, credentials, f"{settings.public_url}/hooks/telegram")
    else:
        await _poll(runtime, credentials)


async def _set_menu(runtime: Runtime, credentials: telegram.Credentials) -> None:
    """A convenience: without it people still write and press buttons."""
    try:
        await telegram.set_menu(runtime.http, credentials)
    except TelegramError as error:
        log.warning("telegram_menu_not_set", why=type(error).__name__)


async def _set_webhook(runtime: Runtime, credentials: telegram.Credentials, url: str) -> None:
    await telegram.bot(runtime.http, credentials).set_webhook(
        url,
        secret_token=runtime.settings.telegram_secret,
        allowed_updates=telegram.UPDATE_KINDS,
        max_connections=CONNECTIONS,
    )
    log.info("telegram_webhook_set")


async def _poll(runtime: Runtime, credentials: telegram.Credentials) -> None:
    await telegram.bot(runtime.http, credentials).delete_webhook()
    log.info("telegram_polling")
    intake, answers, after = inbox_intake.Intake(runtime), set[asyncio.Task[bool]](), 0
    while True:
        updates = await telegram.updates(runtime.http, credentials, after, WAIT)
        for inbound in await _store(intake, updates):
            if inbound.callback_id:
                task = asyncio.create_task(
                    telegram.answer(runtime.http, credentials, inbound.callback_id)
                )
                answers.add(task)
                task.add_done_callback(answers.discard)
        after = max((update["update_id"] + 1 for update in updates), default=after)


async def _store(intake: inbox_intake.Intake, updates: Sequence[dict[str, Any]]) -> list[Inbound]:
    """All of them stored, in their order; only then may they be confirmed."""
    inbounds = [inbound for update in updates if (inbound := telegram.parse(update))]
    await asyncio.gather(*(intake.put(inbound) for inbound in inbounds))
    return inbounds
