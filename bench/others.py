"""Others that send to many, a process of their own: the same text to as many chats, at the same provider.

    python -m bench.others WHICH PORT MESSAGES

WHICH is `apprise` (its Telegram plug-in, chats shared out among as many addresses as it sends to side by side) or
`telegram-loop` and `telegram-gathered` (python-telegram-bot's own transport: one message after the other, or 32 at a
time). Neither keeps anything on a disk. Prints the seconds from the first message to the last.
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

TOKEN = "123456789:abcdefghijklmnopqrstuvwxyz_12345"  # of the form apprise asks for; the provider is ours
SIDE_BY_SIDE = 32


def by_apprise(port: int, messages: int) -> None:
    """Apprise sends to its addresses side by side and to the chats of one address after one another."""

    class Here(NotifyTelegram):  # type: ignore[no-untyped-call]  # untyped there
        """Its plug-in, sending to our provider, without its pause after each message."""

        notify_url = f"http://127.0.0.1:{port}/bot"
        request_rate_per_sec = 0.0

    everybody = apprise.Apprise()
    for first in range(SIDE_BY_SIDE):
        chats = [chat(number) for number in range(1 + first, 1 + messages, SIDE_BY_SIDE)]
        everybody.add(Here(bot_token=TOKEN, targets=chats))  # type: ignore[no-untyped-call]
    if not everybody.notify(body=ARABIC):
        raise RuntimeError("apprise did not send everything")


async def by_telegram(port: int, messages: int, at_once: int) -> None:
    """What its documentation shows: a Bot, and `send_message` for each chat."""
    request = HTTPXRequest(connection_pool_size=at_once, pool_timeout=60.0)
    async with Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request) as bot:
        room = asyncio.Semaphore(at_once)

        async def send(number: int) -> None:
            async with room:
                await bot.send_message(chat(number), ARABIC)

        await asyncio.gather(*(send(number) for number in range(1, 1 + messages)))


def main() -> None:
    """Sends."""
    which, port, messages = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    began = time.monotonic()
    if which == "apprise":
        by_apprise(port, messages)
    else:
        asyncio.run(by_telegram(port, messages, 1 if which == "telegram-loop" else SIDE_BY_SIDE))
    print(time.monotonic() - began)


if __name__ == "__main__":
    main()
