"""Files of cases, fetched from Telegram: no transaction is open while we wait for them."""

from __future__ import annotations

from bot.channels import telegram, telegram_files
from bot.channels.telegram_files import FileError
from bot.consular.crises import files
from bot.consular.crises.files import Waiting
from bot.runtime.runtime import Runtime
from bot.signals import bells


async def fetch_due(runtime: Runtime) -> int:
    """Fetch the files that are due; return how many there were. Raises what the database raises."""
    token = runtime.settings.telegram_token
    if not token:
        return 0
    credentials = telegram.Credentials(token, runtime.settings.telegram_api)
    async with runtime.db.begin() as session:
        claimed = await files.claim(session, runtime.clock())
    for waiting in claimed:
        await _fetch(runtime, credentials, waiting)
    if claimed:
        await bells.announce(runtime.redis, "board")
    return len(claimed)


async def _fetch(
    runtime: Runtime,
    credentials: telegram.Credentials,
    waiting: Waiting,
) -> None:
    try:
        content = await telegram_files.fetch(
            runtime.http,
            credentials,
            waiting.source,
            files.MAX_FILE_BYTES,
        )
    except FileError as error:
        async with runtime.db.begin() as session:
            await files.give_up(session, waiting.id, is_final=error.is_final)
        return
    async with runtime.db.begin() as session:
        await files.store(session, waiting.id, content)
