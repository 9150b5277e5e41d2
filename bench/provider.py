"""A Telegram and a Twilio that take everything at once, a process of their own: measures Tammen, not a provider.

    python -m bench.provider PORT

Each `sendMessage` and each SMS is answered and noted: `GET /taken` tells when (the machine's monotonic clock) and for
which chat or number, one per line, and forgets them. `GET /count` tells how many there are to take. Every other method
but `getMe` is answered with `true`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from itertools import count
from typing import cast

import httptools
import uvloop

CHAT = re.compile(rb"chat_id\"?(?:=|:\s*\"?|\"\r\n\r\n)(-?\d+)")  # in a form, in JSON, in multipart
NUMBER = re.compile(rb"(?:^|&)To=(?:%2B|\+)(\d+)")

taken: list[tuple[float, int]] = []
numbers = count(1)


class Provider(asyncio.Protocol):
    """One connection of the gateway."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._body = b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody calls."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """`/bot<token>/<method>`."""
        self._url += url

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """The request is whole."""
        answer = _answer(self._url, self._body)
        status = "201 Created" if self._url.endswith(b"/Messages.json") else "200 OK"
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self._transport.write(head.encode() + answer)
        self._url, self._body = b"", b""


def _answer(url: bytes, body: bytes) -> bytes:
    if url.endswith(b"/sendMessage"):
        return _take(body)
    if url.endswith(b"/Messages.json"):
        return _take_sms(body)
    if url.endswith(b"/getMe"):
        return b'{"ok":true,"result":{"id":1000,"is_bot":true,"first_name":"bench","username":"bench_bot"}}'
    if url == b"/taken":
        return _tell()
    if url == b"/count":
        return str(len(taken)).encode()
    return b'{"ok":true,"result":true}'


def _take(body: bytes) -> bytes:
    found = CHAT.search(body)
    chat = int(found[1]) if found else 0
    taken.append((time.monotonic(), chat))
    message = {
        "message_id": next(numbers),
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private"},
    }
    return json.dumps({"ok": True, "result": {**message, "text": "."}}).encode()


def _take_sms(body: bytes) -> bytes:
    found = NUMBER.search(body)
    number = int(found[1]) if found else 0
    taken.append((time.monotonic(), number))
    return json.dumps(
        {"sid": f"SM{next(numbers):032x}", "status": "queued", "to": f"+{number}"}
    ).encode()


def _tell() -> bytes:
    lines = [f"{at} {chat}" for at, chat in taken]
    taken.clear()
    return "\n".join(lines).encode()


async def serve(port: int) -> None:
    """Serves until it is ended."""
    server = await asyncio.get_running_loop().create_server(
        Provider, "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
