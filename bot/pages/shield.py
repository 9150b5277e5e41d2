"""Protection of every page: security headers, a limit to bodies, and forms of our own site only."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}
YEAR_SECONDS = 31_536_000


class Headers:
    """Add the security headers.

    Caches never keep pages; they keep assets with their hash for ever.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.fixed = dict(SECURITY_HEADERS)
        if is_https:
            self.fixed["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.fixed)
                headers.setdefault("Cache-Control", _caching(scope))
            await send(message)

        await self.app(scope, receive, sending)


def _caching(scope: Scope) -> str:
    if not scope["path"].startswith("/static/"):
        return "no-store"
    if scope["query_string"]:
        return f"public, max-age={YEAR_SECONDS}, immutable"
    return "public, max-age=3600"


class BodyLimit:
    """Answer 413 to bodies over 1 MB, whether or not the sender said how long they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = RequestHeaders(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY_BYTES:
            await PlainTextResponse("Too large.", 413)(scope, receive, send)
            return
        await self.app(scope, _counted(receive), send)


def _counted(receive: Receive) -> Receive:
    received_bytes = 0

    async def counting() -> Message:
        nonlocal received_bytes
        message = await receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > MAX_BODY_BYTES:
            raise HTTPException(413)
        return message

    return counting


class SameOrigin:
    """Refuse forms of other sites. Webhooks have signatures; a reply link is its own proof."""

    def __init__(self, app: ASGIApp, *, public_url: str | None) -> None:
        self.app = app
        self.public_host = urlsplit(public_url or "").netloc

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["type"] == "http" and self._is_foreign(scope):
            refusal = PlainTextResponse("Another site sent this form.", 403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        if scope["method"] in SAFE_METHODS or scope["path"].startswith(("/hooks/", "/r/")):
            return False
        headers = RequestHeaders(scope=scope)
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site:
            return fetch_site not in {"same-origin", "none"}
        origin = urlsplit(headers.get("origin", "")).netloc
        own_hosts = {headers.get("host"), self.public_host or None}
        return origin not in own_hosts
