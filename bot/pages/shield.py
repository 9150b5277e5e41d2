"""Protection of every page: security headers, a limit to bodies, and forms of our own site only."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
MAX_FORM_BYTES = 256_000  # the longest advisory in two languages, each letter as six characters
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_LENGTH_DIGITS = 18  # of a body; Python refuses to read a number of thousands
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}
CLAIMED_ADDRESSES = frozenset({b"host", b"x-forwarded-host", b"forwarded", b"x-original-url"})
YEAR_SECONDS = 31_536_000
HSTS = f"max-age={YEAR_SECONDS}; includeSubDomains"
JSON_TYPE = "application/json"
# What machines ask for is never shown as a page, whatever is in it.
AS_FILE = 'attachment; filename="api.json"'


class Headers:
    """Add the security headers.

    Caches never keep pages; they keep assets with their hash for ever.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.fixed = dict(SECURITY_HEADERS)
        if is_https:
            self.fixed["Strict-Transport-Security"] = HSTS

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
                for name, policy in self.fixed.items():
                    headers.setdefault(name, policy)  # a file's own policy is stricter
                headers.setdefault("Cache-Control", _caching(scope))
                if headers.get("content-type", "").startswith(JSON_TYPE):
                    headers.setdefault("Content-Disposition", AS_FILE)
            await send(message)

        await self.app(scope, receive, sending)


def _caching(scope: Scope) -> str:
    if not scope["path"].startswith("/static/"):
        return "no-store"
    if scope["query_string"]:
        return f"public, max-age={YEAR_SECONDS}, immutable"
    return "public, max-age=3600"


class BodyLimit:
    """Answer 413 to long bodies, whether or not the sender said how long they are.

    A form without files is shorter than other bodies: to read one of 1 MB holds up everybody.
    """

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
        headers = RequestHeaders(scope=scope)
        limit = MAX_BODY_BYTES
        if headers.get("content-type", "").startswith(FORM_TYPE):
            limit = MAX_FORM_BYTES
        if _is_too_long(headers.get("content-length", ""), limit):
            await PlainTextResponse("Too large.", 413)(scope, receive, send)
            return
        await self.app(scope, _counted(receive, limit), send)


def _is_too_long(length: str, limit: int) -> bool:
    if not length.isdecimal():
        return False
    return len(length) > MAX_LENGTH_DIGITS or int(length) > limit


def _counted(receive: Receive, limit: int) -> Receive:
    received_bytes = 0

    async def counting() -> Message:
        nonlocal received_bytes
        message = await receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > limit:
            raise HTTPException(413)
        return message

    return counting


class OwnAddress:
    """Put our own address in place of the one that a request claims.

    Pages, redirects and links are made from it, and anybody can write another host into a request.
    """

    def __init__(self, app: ASGIApp, *, public_url: str | None) -> None:
        self.app = app
        self.public = urlsplit(public_url or "")

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": self._headers(scope)}
            if self.public.scheme:
                scope["scheme"] = self.public.scheme
        await self.app(scope, receive, send)

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        headers = [header for header in scope["headers"] if header[0] not in CLAIMED_ADDRESSES]
        host = self.public.netloc or _socket_address(scope)
        return [*headers, (b"host", host.encode("ascii", "replace"))]


def _socket_address(scope: Scope) -> str:
    """Return the address on which the request arrived, which its sender cannot choose."""
    host, port = scope.get("server") or ("localhost", None)
    if ":" in host:
        host = f"[{host}]"
    default_ports = {"http": 80, "https": 443}
    if port in (None, default_ports.get(scope["scheme"])):
        return str(host)
    return f"{host}:{port}"


class SameOrigin:
    """Refuse forms of other sites. Webhooks have signatures; a reply link is its own proof."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
        if scope["method"] in SAFE_METHODS or scope["path"].startswith(("/hooks/", "/r/", "/s/")):
            return False
        headers = RequestHeaders(scope=scope)
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site:
            return fetch_site not in {"same-origin", "none"}
        origin = urlsplit(headers.get("origin", "")).netloc
        return origin != headers.get("host")
