"""What stands before every page: security headers, a limit to what may be posted, and only forms of our own."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 1_000_000  # bytes of a body
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}
YEAR = 31_536_000  # seconds


class Headers:
    """Adds the security headers; pages are never kept by caches, assets with their hash for ever."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.fixed = SECURITY | (
            {"Strict-Transport-Security": f"max-age={YEAR}"} if is_https else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
    return f"public, max-age={YEAR}, immutable" if scope["query_string"] else "public, max-age=3600"


class BodyLimit:
    """Bodies over 1 MB: 413, whether or not the sender said how long they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = RequestHeaders(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > LARGEST:
            await PlainTextResponse("Too large.", 413)(scope, receive, send)
            return
        await self.app(scope, _counted(receive), send)


def _counted(receive: Receive) -> Receive:
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST:
            raise HTTPException(413)
        return message

    return counting


class SameOrigin:
    """Refuses forms that another site sends. Webhooks have signatures; a reply link is its own proof."""

    def __init__(self, app: ASGIApp, *, public_url: str | None) -> None:
        self.app = app
        self.public_host = urlsplit(public_url or "").netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_foreign(scope):
            await PlainTextResponse("This form was sent by another site.", 403)(
                scope, receive, send
            )
            return
        await self.app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        if scope["method"] in SAFE or scope["path"].startswith(("/hooks/", "/r/")):
            return False
        headers = RequestHeaders(scope=scope)
        if site := headers.get("sec-fetch-site"):
            return site not in {"same-origin", "none"}
        return urlsplit(headers.get("origin", "")).netloc not in {
            headers.get("host"),
            self.public_host or None,
        }
