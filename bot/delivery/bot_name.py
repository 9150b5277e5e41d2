"""The name of our bot on Telegram, as Telegram tells it."""

from __future__ import annotations

import structlog
from telegram.error import TelegramError

from bot.channels import telegram
from bot.runtime.runtime import Runtime

log = structlog.get_logger(__name__)


async def look_up(runtime: Runtime) -> str | None:
    """Ask Telegram for the name of our bot; None without a bot, and when there is no answer."""
    settings = runtime.settings
    if settings.telegram_token is None:
        return None
    credentials = telegram.Credentials(settings.telegram_token, settings.telegram_api)
    try:
        user = await telegram.bot(runtime.http, credentials).get_me()
    except TelegramError as error:
        log.warning("bot_name_unknown", why=type(error).__name__)
        return None
    return user.username
