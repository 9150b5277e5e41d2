"""Requests of python-telegram-bot on our own HTTP session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp
from telegram.error import (
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData

TIMEOUT_SECONDS = 15.0  # for one request


# Encoded here: aiohttp's own forms take twice as long.
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


TIMEOUT = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)


class TooFastError(TelegramError):
    """429. The library's own RetryAfter is about to change the type of its seconds."""

    def __init__(self, body: bytes) -> None:
        super().__init__("too fast")
        try:
            self.seconds = float(json.loads(body)["parameters"]["retry_after"])
        except (ValueError, LookupError, TypeError):
            self.seconds = 10.0  # a proxy's 429, without Telegram's words


@dataclass(frozen=True, slots=True)
class TextFields:
    """Fields of a form that are text already.

    It has what `do_request` reads of the library's RequestData.
    """

    json_parameters: dict[str, str]


def _body(
    fields: RequestData | None,
) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    """Encode the fields of a request, as a form of parts where a file is among them."""
    if not fields:
        return None, FORM_HEADERS
    files = getattr(fields, "multipart_data", None)
    if not files:
        return urlencode(fields.json_parameters).encode(), FORM_HEADERS
    form = aiohttp.FormData(quote_fields=False)  # names of files may be Arabic
    for name, text in fields.json_parameters.items():
        form.add_field(name, text)
    for name, (file_name, content, media_type) in files.items():
        form.add_field(name, content, filename=file_name, content_type=media_type)
    return form, None


class SessionRequest(BaseRequest):
    """The library's requests on our session: ten times as fast as its own transport."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return TIMEOUT_SECONDS

    async def initialize(self) -> None:
        """Nothing to open: the session is there."""

    async def shutdown(self) -> None:
        """Nothing to close: the session belongs to the runtime."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        """Send a request; return status and body.

        Raises TimedOut (it may have been delivered) or NetworkError (it was not).
        """
        data, headers = _body(request_data)
        timeout = (
            aiohttp.ClientTimeout(total=read_timeout + 5)
            if isinstance(read_timeout, int | float)
            else TIMEOUT
        )
        try:
            async with self._http.request(
                method, url, data=data, headers=headers, timeout=timeout
            ) as answer:
                status, body = answer.status, await answer.read()
        except aiohttp.ClientConnectorError:
            # never their words: the token is in the address
            raise NetworkError("not connected") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise TimedOut("no answer") from None
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TooFastError(body)
        return status, body
