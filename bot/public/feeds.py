"""What other services read without an account: a signed CAP document of each advisory, and Atom and RSS of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any, cast

from lxml import etree
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.consular.cap import documents as cap_documents
from bot.consular.cap import signing
from bot.consular.cap.documents import Document, Publisher, plain
from bot.messages import Form, Language
from bot.runtime.runtime import Runtime
from bot.runtime.settings import Settings
from bot.text.catalogues import say
from bot.text.text import LANGUAGES, language_of

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE, RSS_TYPE, CAP_TYPE = "application/atom+xml", "application/rss+xml", "application/cap+xml"
FRESH = "public, max-age=60"  # long enough for a crowd, short enough for a correction
_SPACE: Any = {None: ATOM}  # lxml's stubs know no namespace without a prefix
BORN = datetime(2026, 1, 1, tzinfo=UTC)  # of a feed without an entry; the same on every day

Write = Callable[[Sequence[Document], Publisher, Language], Any]


def publisher(settings: Settings) -> Publisher:
    """Who we are for other services."""
    return Publisher(settings.cap_sender, settings.site)


def signer(settings: Settings) -> signing.Signer:
    """What signs for us. Raises SigningError."""
    return signing.open_signer(settings.cap_signing_key, settings.cap_signing_cert, settings.data)


async def document(request: Request) -> Response:
    """One advisory as CAP 1.2, signed."""
    runtime = cast(Runtime, request.app.state.runtime)
    async with runtime.db.read() as session:
        found = await cap_documents.find(session, request.path_params["key"], runtime.clock())
    if found is None:
        raise HTTPException(404)
    alert = cap_documents.xml(found, publisher(runtime.settings))
    same = _etag(etree.tostring(alert))  # of what is said: a signature may differ each time
    return _answer(request, same, CAP_TYPE, lambda: signer(runtime.settings).sign(alert))


async def listing(write: Write, kind: str, request: Request) -> Response:
    """What holds now and what was taken back lately."""
    runtime = cast(Runtime, request.app.state.runtime)
    async with runtime.db.read() as session:
        documents = await cap_documents.current(session, runtime.clock())
    language = language_of(request.query_params.get("lang", ""))
    feed = write(documents, publisher(runtime.settings), language)
    data = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return _answer(request, _etag(data), kind, lambda: data)


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _answer(request: Request, etag: str, kind: str, body: Callable[[], bytes]) -> Response:
    headers = {"ETag": etag, "Cache-Control": FRESH, "Access-Control-Allow-Origin": "*"}
    known = [
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    ]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type=f"{kind}; charset=utf-8", headers=headers)


# --- Atom (RFC 4287) --------------------------------------------------------------------------------------------------


def atom(documents: Sequence[Document], by: Publisher, language: Language) -> Any:
    """An entry for each document; its id stays the same for ever."""
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap=_SPACE)
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    here = f"{by.site}/feeds/advisories.atom"
    _add(feed, "id", _tag(by, "advisories"))
    _add(feed, "title", say("feed_title", language, Form.TEXT))
    _add(feed, "updated", _iso(max((one.sent for one in documents), default=BORN)))
    _author(feed, language)
    _link(feed, "self", f"{here}?lang={language}", ATOM_TYPE, language)
    for other in LANGUAGES:
        if other != language:
            _link(feed, "alternate", f"{here}?lang={other}", ATOM_TYPE, other)
    for one in documents:
        _entry(feed, one, by, language)
    return feed


def _author(feed: Any, language: Language) -> None:
    author = _add(feed, "author")
    _add(author, "name", say("cap_sender_name", language, Form.TEXT))


def _entry(feed: Any, one: Document, by: Publisher, language: Language) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", _tag(by, one.identifier))
    _add(entry, "title", getattr(one.words, f"headline_{language}"))
    _add(entry, "updated", _iso(one.sent))
    _add(entry, "published", _iso(one.sent))
    _link(entry, "alternate", cap_documents.address(one, by), CAP_TYPE)
    _add(entry, "category").set("term", one.advisory.category.value)
    _add(entry, "summary", getattr(one.words, f"text_{language}"))


def _tag(by: Publisher, name: str) -> str:
    """RFC 4151: an id that never changes, whatever the addresses do."""
    return f"tag:{by.sender.rpartition('@')[2]},2026:{name}"


def _link(parent: Any, rel: str, href: str, kind: str, language: str = "") -> None:
    link = _add(parent, "link")
    for name, value in {"rel": rel, "type": kind, "href": href, "hreflang": language}.items():
        if value:
            link.set(name, value)


def _add(parent: Any, name: str, words: str | None = None) -> Any:
    space = parent.tag.rpartition("}")[0]
    child = etree.SubElement(parent, f"{space}}}{name}" if space else name)
    if words is not None:
        child.text = plain(words)
    return child


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- RSS 2.0 ----------------------------------------------------------------------------------------------------------


def rss(documents: Sequence[Document], by: Publisher, language: Language) -> Any:
    """The same for readers that know only RSS."""
    feed = etree.Element("rss", version="2.0", nsmap={"atom": ATOM})
    channel = _add(feed, "channel")
    here = f"{by.site}/feeds/advisories.rss?lang={language}"
    _add(channel, "title", say("feed_title", language, Form.TEXT))
    _add(channel, "link", here)
    _add(channel, "description", say("feed_title", language, Form.TEXT))
    _add(channel, "language", language)
    _add(
        channel,
        "lastBuildDate",
        format_datetime(max((one.sent for one in documents), default=BORN)),
    )
    etree.SubElement(channel, f"{{{ATOM}}}link", rel="self", type=RSS_TYPE, href=here)
    for one in documents:
        _item(channel, one, by, language)
    return feed


def _item(channel: Any, one: Document, by: Publisher, language: Language) -> None:
    item = _add(channel, "item")
    _add(item, "title", getattr(one.words, f"headline_{language}"))
    _add(item, "link", cap_documents.address(one, by))
    _add(item, "description", getattr(one.words, f"text_{language}"))
    _add(item, "category", one.advisory.category.value)
    _add(item, "guid", _tag(by, one.identifier)).set("isPermaLink", "false")
    _add(item, "pubDate", format_datetime(one.sent.astimezone(UTC)))


def _route(path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, answer, methods=["GET"])


ROUTES = [
    _route("/feeds/advisories.atom", partial(listing, atom, ATOM_TYPE)),
    _route("/feeds/advisories.rss", partial(listing, rss, RSS_TYPE)),
    _route("/feeds/cap/{key}.xml", document),
]
