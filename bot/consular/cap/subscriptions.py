"""Feeds of other people's alerts that are looked at now and then; what is new in them becomes
drafts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular import errors
from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import CapFeed, Staff

LONGEST_URL = 500
QUICKEST, SLOWEST = 5, 1440  # minutes between two looks
MOST = 50  # feeds


async def everything(session: AsyncSession) -> list[CapFeed]:
    """All feeds, by address."""
    return list(await session.scalars(select(CapFeed).order_by(CapFeed.url)))


async def add(
    session: AsyncSession, staff: Staff, url: str, minutes: int, now: datetime
) -> CapFeed:
    """A feed to look at from now on. Raises ConsularError."""
    roles.require(staff, "advisories")
    _check_address(url)
    if not QUICKEST <= minutes <= SLOWEST:
        raise ConsularError(
            "Look again after {least} to {most} minutes.", least=QUICKEST, most=SLOWEST
        )
    known = await everything(session)
    if url in [feed.url for feed in known]:
        raise ConsularError("This feed is there already.")
    if len(known) >= MOST:
        raise ConsularError("There are {most} feeds already: remove one first.", most=MOST)
    feed = CapFeed(url=url, minutes=minutes, due_at=now)
    session.add(feed)
    await session.flush()
    await trail.note(
        session, roles.actor(staff), "feed.added", f"feed:{feed.id}", now, host=_host(url)
    )
    return feed


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if (
        not is_right
        or len(url) > LONGEST_URL
        or parts.username is not None
        or any(c.isspace() for c in url)
    ):
        raise ConsularError(
            "Write the whole address of the feed, such as https://example.org/alerts.atom"
        )


async def remove(session: AsyncSession, staff: Staff, feed_id: int, now: datetime) -> None:
    """Looked at no more; drafts that came of it stay. Raises ConsularError."""
    roles.require(staff, "advisories")
    feed = await session.get(CapFeed, feed_id)
    if feed is None:
        raise ConsularError("There is no such feed.")
    await session.delete(feed)
    await trail.note(
        session, roles.actor(staff), "feed.removed", f"feed:{feed_id}", now, host=_host(feed.url)
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


async def take_due(session: AsyncSession, now: datetime) -> CapFeed | None:
    """The feed that waited longest, if its time has come; it is due again later, so that no other
    worker takes it.
    """
    query = select(CapFeed).where(CapFeed.due_at <= now).order_by(CapFeed.due_at).limit(1)
    feed = await session.scalar(query.with_for_update(skip_locked=True))
    if feed is not None:
        feed.due_at = now + timedelta(minutes=feed.minutes)
    return feed


async def note(
    session: AsyncSession,
    feed_id: int,
    now: datetime,
    etag: str | None,
    refusal: ConsularError | None,
) -> None:
    """What came of a look: the version seen, so that the same is not sent again, or what was
    wrong.
    """
    feed = await session.get(CapFeed, feed_id)
    if feed is not None:  # else it was removed meanwhile
        feed.looked_at = now
        feed.etag = etag if etag is not None and len(etag) <= 200 and refusal is None else None
        feed.problem = errors.to_json(refusal) if refusal else None


def problem(feed: CapFeed) -> ConsularError | None:
    """Return what was wrong at the last look."""
    return errors.from_json(feed.problem) if feed.problem else None
