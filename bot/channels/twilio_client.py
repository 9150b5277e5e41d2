"""Twilio's asynchronous client with a timeout and a base address: it has neither by itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

__all__ = ["Client", "open_client"]

THEIRS = "https://api.twilio.com"


class _Http(AsyncHttpClient):  # type: ignore[misc]  # untyped there
    """Twilio's requests on our session."""

    def __init__(self, http: aiohttp.ClientSession, api: str, timeout: float) -> None:
        super().__init__(logger=None, is_async=True, timeout=timeout)  # nothing is logged
        self._http, self._api = http, api
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # their signature
        allow_redirects: bool = False,
    ) -> Response:
        """Raises aiohttp's errors."""
        limit = aiohttp.ClientTimeout(total=timeout) if timeout else self._timeout
        async with self._http.request(
            method,
            url.replace(THEIRS, self._api, 1),
            params=params,
            data=urlencode(data).encode()
            if data
            else None,  # aiohttp's own forms take twice as long
            headers={**headers, "Authorization": aiohttp.encode_basic_auth(*auth)}
            if auth
            else headers,
            timeout=limit,
            allow_redirects=allow_redirects,
        ) as answer:
            return Response(answer.status, await answer.text(), answer.headers)


def open_client(
    http: aiohttp.ClientSession, account: str, token: str, api: str, timeout: float
) -> Client:
    """A client for an account; `timeout` in seconds covers a whole request."""
    client = Client(account, token, http_client=_Http(http, api, timeout))
    # the library loads the rest of itself here rather than before the first message
    client.messages  # noqa: B018
    return client
