"""Documents for other services, without an account: signed CAP, and Atom and RSS of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import cast

from lxml import etree
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.consular.cap import documents, signing
from bot.consular.cap.documents import Document, Publisher, plain
from bot.messages import Form, Language
from bot.pages import rendering
from bot.runtime.runtime import Runtime
from bot.runtime.settings import Settings
from bot.text import sender
from bot.text.catalogues import say
from bot.text.numbers import dialable
from bot.text.text import language_of

CAP_TYPE = "application/cap+xml"
ATOM_FILE, ATOM_TYPE = "advisories.atom", "application/atom+xml"
RSS_FILE, RSS_TYPE = "advisories.rss", "application/rss+xml"
CACHING = "public, max-age=60"  # long enough for a crowd, short enough for a correction
EMPTY_FEED_AT = datetime(2026, 1, 1, tzinfo=UTC)  # a feed without an entry is the same every day


@dataclass(frozen=True, slots=True)
class Entry:
    """One document in a feed; its id stays the same for ever."""

    id: str
    title: str
    summary: str
    category: str
    address: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed in one language, as its template shows it."""

    id: str
    title: str
    author: str
    address: str
    updated: datetime
    entries: Sequence[Entry]
    verify_title: str
    verify_address: str


def publisher(settings: Settings) -> Publisher:
    """Return the name under which we publish."""
    return Publisher(settings.cap_sender, settings.site)


def signer(settings: Settings) -> signing.Signer:
    """Open the key that signs our documents. Raises SigningError."""
    return signing.open_signer(settings.cap_signing_key, settings.cap_signing_cert, settings.data)


async def document(request: Request) -> Response:
    """Answer with one advisory as signed CAP 1.2."""
    runtime = cast(Runtime, request.app.state.runtime)
    key = request.path_params["key"]
    async with runtime.db.read() as session:
        published = await documents.find(session, key, runtime.clock())
    if published is None:
        raise HTTPException(404)
    alert = documents.xml(published, publisher(runtime.settings))
    etag = _etag(etree.tostring(alert))  # of the alert: its signature may differ each time

    def sign() -> bytes:
        return signer(runtime.settings).sign(alert)

    return _answer(request, etag, CAP_TYPE, sign)


async def listing(
    file_name: str,
    media_type: str,
    request: Request,
) -> Response:
    """Answer with a feed of what holds now and what was withdrawn lately."""
    runtime = cast(Runtime, request.app.state.runtime)
    async with runtime.db.read() as session:
        published = await documents.current(session, runtime.clock())
    language = language_of(request.query_params.get("lang", ""))
    feed = _feed(published, publisher(runtime.settings), language, file_name)
    xml = rendering.render(f"public/{file_name}", language, {"feed": feed}).encode()
    return _answer(request, _etag(xml), media_type, lambda: xml)


def _feed(
    published: Sequence[Document],
    by: Publisher,
    language: Language,
    file_name: str,
) -> Feed:
    entries = [_entry(document, by, language) for document in published]
    times = [entry.sent for entry in entries]
    return Feed(
        id=_tag(by, "advisories"),
        title=say("feed_title", language, Form.TEXT),
        author=sender.name(language),
        address=f"{by.site}/feeds/{file_name}",
        updated=max(times, default=EMPTY_FEED_AT),
        entries=entries,
        verify_title=say("label_verify", language, Form.TEXT),
        verify_address=f"{by.site}/verify",
    )


def _entry(
    document: Document,
    by: Publisher,
    language: Language,
) -> Entry:
    text = document.texts[language]
    return Entry(
        id=_tag(by, document.identifier),
        title=dialable(plain(text.headline), Form.CHAT),
        summary=dialable(plain(text.text), Form.CHAT),
        category=document.advisory.category.value,
        address=documents.address(document, by),
        sent=document.sent,
    )


def _tag(by: Publisher, name: str) -> str:
    """Make an id that never changes, whatever the addresses do (RFC 4151)."""
    authority = by.sender.rpartition("@")[2]
    return f"tag:{authority},2026:{name}"


def _etag(xml: bytes) -> str:
    digest = hashlib.sha256(xml).hexdigest()
    return f'"{digest[:32]}"'


def _answer(
    request: Request,
    etag: str,
    media_type: str,
    body: Callable[[], bytes],
) -> Response:
    """Answer with the body, or 304 to a reader that has it already."""
    headers = {
        "ETag": etag,
        "Cache-Control": CACHING,
        "Access-Control-Allow-Origin": "*",
    }
    if _has_already(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type=f"{media_type}; charset=utf-8", headers=headers)


def _has_already(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names this version (RFC 9110, 13.1.2)."""
    header = request.headers.get("if-none-match", "")
    for candidate in header.split(","):
        if candidate.strip().removeprefix("W/") in (etag, "*"):
            return True
    return False


ROUTES = [
    Route(f"/feeds/{ATOM_FILE}", partial(listing, ATOM_FILE, ATOM_TYPE), methods=["GET"]),
    Route(f"/feeds/{RSS_FILE}", partial(listing, RSS_FILE, RSS_TYPE), methods=["GET"]),
    Route("/feeds/cap/{key}.xml", document, methods=["GET"]),
]
