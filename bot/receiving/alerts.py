"""Feeds of other people's CAP alerts: fetched when they are due, and from the public net only.

A feed that fails does not stop the others; an alert that is refused does not stop the other alerts of its feed.
"""

from __future__ import annotations

import asyncio

import aiohttp
import structlog

from bot.consular.cap import drafts, reading, subscriptions, trust
from bot.consular.cap.drawing import CapError
from bot.consular.cap.reading import Alert, Element, NotForUsError
from bot.consular.errors import N_, ConsularError
from bot.models import CapFeed
from bot.runtime import outside
from bot.runtime.runtime import Runtime

TIMEOUT = 20.0  # seconds for one document
REDIRECTS = 3
LONGEST_LOOK = 120.0  # seconds for a feed with all it refers to
LINKS = 50  # alerts that are fetched by their own address, a look
AT_ONCE = 20  # feeds, before the loop rests

log = structlog.get_logger(__name__)


async def look(runtime: Runtime, *, private: bool = False) -> int:
    """Looks at every feed that is due; how many. `private`: also at addresses inside our own net."""
    seen = 0
    while seen < AT_ONCE and (feed := await _next(runtime)):
        seen += 1
        async with outside.open_outside(TIMEOUT, private=private) as http:
            await _look_at(runtime, http, feed)
    return seen


async def _next(runtime: Runtime) -> CapFeed | None:
    async with runtime.db.begin() as session:
        return await subscriptions.take_due(session, runtime.clock())


async def _look_at(runtime: Runtime, http: aiohttp.ClientSession, feed: CapFeed) -> None:
    """One look; what is wrong is written down beside the feed."""
    refusal: ConsularError | None = None
    etag = feed.etag
    try:
        async with asyncio.timeout(LONGEST_LOOK):
            data, etag = await fetch(http, feed.url, feed.etag)
            if data is not None:
                refusal = await _take_all(runtime, http, feed.url, data)
    except TimeoutError:
        refusal = CapError(N_("Its server took too long."))
    except ConsularError as error:
        refusal = error
    if refusal is not None:
        log.warning("feed_refused", feed=feed.id, why=refusal.words)
    async with runtime.db.begin() as session:
        await subscriptions.note(session, feed.id, runtime.clock(), etag, refusal)


async def _take_all(
    runtime: Runtime, http: aiohttp.ClientSession, url: str, data: bytes
) -> ConsularError | None:
    """Drafts of what is new; the first refusal."""
    found = await asyncio.to_thread(reading.root, data)
    refusals = [await _take(runtime, one) for one in reading.alerts_in(found)]
    refusals += [
        await _follow(runtime, http, link) for link in reading.links_in(found, url)[:LINKS]
    ]
    return next(filter(None, refusals), None)


async def _follow(runtime: Runtime, http: aiohttp.ClientSession, link: str) -> ConsularError | None:
    try:
        data, _ = await fetch(http, link)
        found = await asyncio.to_thread(reading.root, data or b"")
        refusals = [await _take(runtime, one) for one in reading.alerts_in(found)]
    except ConsularError as error:
        return error
    return next(filter(None, refusals), None)


async def _take(runtime: Runtime, element: Element) -> ConsularError | None:
    """A draft of one alert, in a transaction of its own. What is right but not for people is no mistake."""
    trusted = trust.trusted(runtime.settings.cap_trusted_certs)
    try:
        alert: Alert = await asyncio.to_thread(reading.alert_of, element, runtime.clock(), trusted)
        async with runtime.db.begin() as session:
            await drafts.take(session, None, alert, runtime.clock())
    except NotForUsError:
        return None
    except ConsularError as error:
        return error
    return None


async def fetch(
    http: aiohttp.ClientSession, url: str, etag: str | None = None
) -> tuple[bytes | None, str | None]:
    """The document and its version; None where it is still the version we know. Raises CapError."""
    headers = {"If-None-Match": etag} if etag else {}
    try:
        async with http.get(url, headers=headers, max_redirects=REDIRECTS) as answer:
            if answer.status == 304:
                return None, etag
            if answer.status != 200:
                raise CapError(N_("Its server answered {status}."), status=answer.status)
            return await _body(answer), answer.headers.get("ETag")
    except TimeoutError:
        raise CapError(N_("Its server took too long.")) from None
    except (aiohttp.ClientError, ValueError) as error:
        is_inside = isinstance(getattr(error, "os_error", None), outside.PrivateAddressError)
        words = (
            N_("Its address is inside of a private net.")
            if is_inside
            else N_("Its server cannot be reached.")
        )
        raise CapError(words) from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The body, as long as it is not too long, whatever its length says and however it is packed."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > reading.LARGEST:
            raise CapError(N_("It is larger than {most} MB."), most=reading.LARGEST // 1_000_000)
    return bytes(body)
