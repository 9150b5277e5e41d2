"""Updates of Telegram: by webhook where we have a public address, else by asking for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.channels import telegram
from bot.inbox.intake import Intake
from bot.messages import Inbound
from bot.receiving.groups import Groups
from bot.runtime.runtime import Runtime

POLL_SECONDS = 25  # Telegram holds a question open
MAX_CONNECTIONS = 40  # at the same time, for the webhook

log = structlog.get_logger(__name__)


async def run(runtime: Runtime) -> None:
    """Set the webhook and return, or ask for updates until cancelled.

    Raises TelegramError, UnavailableError.
    """
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
    """Set the menu of commands; without it people still write and press buttons."""
    try:
        await telegram.set_menu(runtime.http, credentials)
    except TelegramError as error:
        log.warning("telegram_menu_not_set", why=type(error).__name__)


async def _set_webhook(
    runtime: Runtime,
    credentials: telegram.Credentials,
    url: str,
) -> None:
    bot = telegram.bot(runtime.http, credentials)
    await bot.set_webhook(
        url,
        secret_token=runtime.settings.telegram_secret,
        allowed_updates=telegram.UPDATE_KINDS,
        max_connections=MAX_CONNECTIONS,
    )
    log.info("telegram_webhook_set")


async def _poll(runtime: Runtime, credentials: telegram.Credentials) -> None:
    bot = telegram.bot(runtime.http, credentials)
    await bot.delete_webhook()
    log.info("telegram_polling")
    intake, groups = Intake(runtime), Groups(runtime)
    answers: set[asyncio.Task[bool]] = set()
    next_id = 0
    while True:
        updates = await telegram.updates(runtime.http, credentials, next_id, POLL_SECONDS)
        for inbound in await _store(intake, updates):
            if inbound.callback_id:
                answer = telegram.answer(runtime.http, credentials, inbound.callback_id)
                task = asyncio.create_task(answer)
                answers.add(task)
                task.add_done_callback(answers.discard)
        for group in filter(None, map(telegram.group, updates)):
            await groups.note(group)
        for update in updates:
            next_id = max(next_id, update["update_id"] + 1)


async def _store(intake: Intake, updates: Sequence[dict[str, Any]]) -> list[Inbound]:
    """Store updates in their order; only then may they be confirmed."""
    messages = []
    for update in updates:
        inbound = telegram.parse(update)
        if inbound is not None:
            messages.append(inbound)
    await asyncio.gather(*(intake.put(inbound) for inbound in messages))
    return messages
