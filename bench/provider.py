"""A Telegram that takes everything at once, a process of its own: measures Tammen, not a provider.

    python -m bench.provider PORT

Each `sendMessage` is answered and noted: `GET /taken` tells when (the machine's monotonic clock) and for which chat,
one per line, and forgets them. Every other method is answered with `true`.
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
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self._transport.write(head.encode() + answer)
        self._url, self._body = b"", b""


def _answer(url: bytes, body: bytes) -> bytes:
    if url.endswith(b"/sendMessage"):
        return _take(body)
    if url == b"/taken":
        return _tell()
    return b'{"ok":true,"result":true}'


def _take(body: bytes) -> bytes:
    found = CHAT.search(body)
    chat = int(found[1]) if found else 0
    taken.append((time.monotonic(), chat))
    message = {"message_id": next(numbers), "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
    return json.dumps({"ok": True, "result": {**message, "text": "."}}).encode()


def _tell() -> bytes:
    lines = [f"{at} {chat}" for at, chat in taken]
    taken.clear()
    return "\n".join(lines).encode()


async def serve(port: int) -> None:
    """Serves until it is ended."""
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
