"""Other libraries that send to many chats, in a process of their own: same text, same provider.

    python -m bench.others LIBRARY PORT MESSAGES

LIBRARY is `apprise` (its Telegram plug-in, with the chats spread over as many addresses as it sends
to side by side), `telegram-loop` or `telegram-gathered` (python-telegram-bot's own transport: one
message after the other, or 32 at a time). None of them stores anything on a disk. The process
prints the seconds from the first message to the last.
"""

from __future__ import annotations

import asyncio
import sys
import time

import apprise
from apprise.plugins.telegram import NotifyTelegram
from telegram import Bot
from telegram.request import HTTPXRequest

from bench.advising import ARABIC
from bench.crowd import chat

TOKEN = "123456789:abcdefghijklmnopqrstuvwxyz_12345"  # apprise checks the form
CONCURRENCY = 32


def by_apprise(port: int, messages: int) -> None:
    """Send with apprise: addresses side by side, the chats of one address one after the other."""

    class Plugin(NotifyTelegram):  # type: ignore[no-untyped-call]  # apprise has no types
        """Send to our provider, without apprise's pause after each message."""

        notify_url = f"http://127.0.0.1:{port}/bot"
        request_rate_per_sec = 0.0

    sender = apprise.Apprise()
    for first in range(1, 1 + CONCURRENCY):
        numbers = range(first, 1 + messages, CONCURRENCY)
        chats = list(map(chat, numbers))
        address = Plugin(bot_token=TOKEN, targets=chats)  # type: ignore[no-untyped-call]
        sender.add(address)
    if not sender.notify(body=ARABIC):
        raise RuntimeError("apprise did not send everything")


async def by_telegram(port: int, messages: int, concurrency: int) -> None:
    """Send as python-telegram-bot's documentation shows: a Bot, and `send_message` to each chat."""
    request = HTTPXRequest(connection_pool_size=concurrency, pool_timeout=60.0)
    slots = asyncio.Semaphore(concurrency)
    bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request)

    async def send(number: int) -> None:
        async with slots:
            await bot.send_message(chat(number), ARABIC)

    async with bot:
        sends = map(send, range(1, 1 + messages))
        await asyncio.gather(*sends)


def main() -> None:
    """Send with the library that the command line names."""
    _, library, port_text, messages_text = sys.argv
    port = int(port_text)
    messages = int(messages_text)
    began = time.monotonic()
    if library == "apprise":
        by_apprise(port, messages)
    elif library == "telegram-loop":
        asyncio.run(by_telegram(port, messages, 1))
    else:
        asyncio.run(by_telegram(port, messages, CONCURRENCY))
    print(time.monotonic() - began)


if __name__ == "__main__":
    main()
