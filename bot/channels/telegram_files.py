"""Files that people sent to the bot, fetched from Telegram by their ids."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

import aiohttp

from bot.channels.bot_requests import TIMEOUT
from bot.channels.telegram import Credentials

PIECE_BYTES = 65_536
FINAL_STATUSES = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})


class FileError(Exception):
    """A file that was not fetched. `is_final`: asking again is no use. It quotes no address."""

    def __init__(self, *, is_final: bool) -> None:
        super().__init__("not fetched")
        self.is_final = is_final


async def fetch(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    file_id: str,
    most_bytes: int,
) -> bytes:
    """Return the content of a file of at most so many bytes. Raises FileError."""
    path = await _path(http, credentials, file_id)
    url = f"{credentials.api}/file/bot{credentials.token}/{quote(path)}"
    try:
        async with http.get(url, timeout=TIMEOUT, allow_redirects=False) as answer:
            _check(answer)
            return await _read(answer, most_bytes)
    except (aiohttp.ClientError, TimeoutError, OSError):
        # never their words: the token is in the address
        raise FileError(is_final=False) from None


async def _path(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    file_id: str,
) -> str:
    """Ask where a file is. Raises FileError."""
    url = f"{credentials.api}/bot{credentials.token}/getFile"
    form = {"file_id": file_id}
    try:
        async with http.post(url, data=form, timeout=TIMEOUT) as answer:
            _check(answer)
            body = await answer.json()
            return str(body["result"]["file_path"])
    except (aiohttp.ClientError, TimeoutError, OSError, LookupError, TypeError, ValueError):
        raise FileError(is_final=False) from None


def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status != HTTPStatus.OK:
        raise FileError(is_final=answer.status in FINAL_STATUSES)


async def _read(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """Read a file piece by piece, and no further than its limit. Raises FileError."""
    content = bytearray()
    async for piece in answer.content.iter_chunked(PIECE_BYTES):
        content += piece
        if len(content) > most_bytes:
            raise FileError(is_final=True)
    return bytes(content)
