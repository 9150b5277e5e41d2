"""A Telegram and a Twilio in a process of their own that take every message at once.

    python -m bench.provider PORT

The provider answers and notes each `sendMessage` and each SMS. `GET /taken` lists the moments (of
the machine's monotonic clock) and the chats or numbers, one message a line, and forgets them.
`GET /count` counts them. The provider answers every other method but `getMe` with `true`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Mapping
from itertools import count
from typing import cast

import httptools
import uvloop

CHAT = re.compile(rb"chat_id\"?(?:=|:\s*\"?|\"\r\n\r\n)(-?\d+)")  # in a form, in JSON, in multipart
NUMBER = re.compile(rb"(?:^|&)To=(?:%2B|\+)(\d+)")

taken: list[tuple[float, int]] = []
numbers = count(1)

BOT = {
    "id": 1000,
    "is_bot": True,
    "first_name": "bench",
    "username": "bench_bot",
}


class Provider(asyncio.Protocol):
    """Answer the requests of one connection of the gateway."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the answers."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read bytes of a request."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Add a piece to the address, `/bot<token>/<method>`."""
        self._url += url

    def on_body(self, body: bytes) -> None:
        """Add a piece to the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """Answer the whole request."""
        answer = _answer(self._url, self._body)
        status = "200 OK"
        if self._url.endswith(b"/Messages.json"):
            status = "201 Created"
        head = (
            f"HTTP/1.1 {status}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        )
        self._transport.write(head.encode() + answer)
        self._url = b""
        self._body = b""


def _answer(url: bytes, body: bytes) -> bytes:
    if url.endswith(b"/sendMessage"):
        return _take(body)
    if url.endswith(b"/Messages.json"):
        return _take_sms(body)
    if url.endswith(b"/getMe"):
        return _result(BOT)
    if url == b"/taken":
        return _tell()
    if url == b"/count":
        return str(len(taken)).encode()
    return b'{"ok": true, "result": true}'


def _result(result: Mapping[str, object]) -> bytes:
    answer = {"ok": True, "result": result}
    return json.dumps(answer).encode()


def _note(pattern: re.Pattern[bytes], body: bytes) -> int:
    """Note a message now; return its chat or number, 0 when the body has none."""
    match = pattern.search(body)
    recipient = 0
    if match:
        recipient = int(match[1])
    taken.append((time.monotonic(), recipient))
    return recipient


def _take(body: bytes) -> bytes:
    chat = _note(CHAT, body)
    message = {
        "message_id": next(numbers),
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private"},
        "text": ".",
    }
    return _result(message)


def _take_sms(body: bytes) -> bytes:
    number = _note(NUMBER, body)
    message = {
        "sid": f"SM{next(numbers):032x}",
        "status": "queued",
        "to": f"+{number}",
    }
    return json.dumps(message).encode()


def _tell() -> bytes:
    lines = [f"{moment} {recipient}" for moment, recipient in taken]
    taken.clear()
    return "\n".join(lines).encode()


async def serve(port: int) -> None:
    """Serve until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Provider, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
