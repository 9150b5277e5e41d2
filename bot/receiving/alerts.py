"""Feeds of other people's CAP alerts: fetched when they are due, and from the public net only.

A feed that fails does not stop the others; neither does a refused alert stop those of its feed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp
import structlog

from bot.consular.cap import drafts, reading, subscriptions, trust
from bot.consular.cap.drawing import CapError
from bot.consular.cap.reading import Alert, Element, NotForUsError
from bot.consular.errors import N_, ConsularError
from bot.models import CapFeed
from bot.runtime import outside
from bot.runtime.runtime import Runtime

FETCH_SECONDS = 20.0  # for one document
LOOK_SECONDS = 120.0  # for a feed with all that it refers to
MAX_REDIRECTS = 3
MAX_LINKS = 50  # alerts of a feed that are fetched by their own address
MAX_FEEDS = 20  # in one run of the job
CHUNK_BYTES = 65_536

log = structlog.get_logger(__name__)


async def look(runtime: Runtime, *, private: bool = False) -> int:
    """Read every feed that is due; return how many.

    `private`: also at addresses inside our own net.
    """
    count = 0
    while count < MAX_FEEDS:
        feed = await _next(runtime)
        if feed is None:
            return count
        count += 1
        async with outside.open_outside(FETCH_SECONDS, private=private) as http:
            await _read(runtime, http, feed)
    return count


async def _next(runtime: Runtime) -> CapFeed | None:
    async with runtime.db.begin() as session:
        return await subscriptions.take_due(session, runtime.clock())


async def _read(
    runtime: Runtime,
    http: aiohttp.ClientSession,
    feed: CapFeed,
) -> None:
    """Read a feed once; staff see beside it what was wrong."""
    etag = feed.etag
    refusal: ConsularError | None = None
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            document, etag = await fetch(http, feed.url, feed.etag)
            if document is not None:
                refusal = await _take_all(runtime, http, feed.url, document)
    except TimeoutError:
        refusal = CapError(N_("Its server took too long."))
    except ConsularError as error:
        refusal = error
    if refusal is not None:
        log.warning("feed_refused", feed=feed.id, why=refusal.words)
    async with runtime.db.begin() as session:
        await subscriptions.note(
            session,
            feed.id,
            runtime.clock(),
            etag,
            refusal,
        )


async def _take_all(
    runtime: Runtime,
    http: aiohttp.ClientSession,
    url: str,
    document: bytes,
) -> ConsularError | None:
    """Make drafts of what is new; return the first refusal."""
    root = await asyncio.to_thread(reading.root, document)
    async with runtime.db.read() as session:
        await drafts.check_room(session)
    refusals = [await _take(runtime, element) for element in reading.alerts_in(root)]
    for link in reading.links_in(root, url)[:MAX_LINKS]:
        refusals.append(await _follow(runtime, http, link))
    return _first(refusals)


async def _follow(
    runtime: Runtime,
    http: aiohttp.ClientSession,
    link: str,
) -> ConsularError | None:
    """Make drafts of the alerts at a link; return the first refusal."""
    try:
        document, _ = await fetch(http, link)
        root = await asyncio.to_thread(reading.root, document or b"")
        refusals = [await _take(runtime, element) for element in reading.alerts_in(root)]
    except ConsularError as error:
        return error
    return _first(refusals)


def _first(refusals: Sequence[ConsularError | None]) -> ConsularError | None:
    for refusal in refusals:
        if refusal is not None:
            return refusal
    return None


async def _take(runtime: Runtime, element: Element) -> ConsularError | None:
    """Make a draft of one alert, in a transaction of its own.

    An alert that is right but not for people is no mistake.
    """
    trusted = trust.trusted(runtime.settings.cap_trusted_certs)
    now = runtime.clock()
    try:
        alert: Alert = await asyncio.to_thread(reading.alert_of, element, now, trusted)
        async with runtime.db.begin() as session:
            await drafts.take(session, None, alert, now)
    except NotForUsError:
        return None
    except ConsularError as error:
        return error
    return None


async def fetch(
    http: aiohttp.ClientSession,
    url: str,
    etag: str | None = None,
) -> tuple[bytes | None, str | None]:
    """Fetch a document and its version; None where we know that version. Raises CapError."""
    headers = {"If-None-Match": etag} if etag else {}
    try:
        async with http.get(url, headers=headers, max_redirects=MAX_REDIRECTS) as answer:
            if answer.status == 304:
                return None, etag
            if answer.status != 200:
                raise CapError(N_("Its server answered {status}."), status=answer.status)
            document = await _body(answer)
            return document, answer.headers.get("ETag")
    except TimeoutError:
        raise CapError(N_("Its server took too long.")) from None
    except (aiohttp.ClientError, ValueError) as error:
        if _is_private_address(error):
            raise CapError(N_("Its address is inside of a private net.")) from None
        raise CapError(N_("Its server cannot be reached.")) from None


def _is_private_address(error: Exception) -> bool:
    cause = getattr(error, "os_error", None)
    return isinstance(cause, outside.PrivateAddressError)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read a body, unpacked, up to the longest that we take. Raises CapError."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > reading.MAX_DOCUMENT_BYTES:
            megabytes = reading.MAX_DOCUMENT_BYTES // 1_000_000
            raise CapError(N_("It is larger than {most} MB."), most=megabytes)
    return bytes(body)
