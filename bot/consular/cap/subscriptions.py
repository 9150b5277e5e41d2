"""Feeds of other people's alerts that the worker reads regularly, making drafts of new alerts."""

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

MAX_URL_LETTERS = 500
MAX_ETAG_LETTERS = 200  # a longer one is not kept
MIN_MINUTES = 5  # between two readings of a feed
MAX_MINUTES = 1440
MAX_FEEDS = 50


async def everything(session: AsyncSession) -> list[CapFeed]:
    """List all feeds by address."""
    feeds = await session.scalars(select(CapFeed).order_by(CapFeed.url))
    return list(feeds)


async def add(
    session: AsyncSession,
    staff: Staff,
    url: str,
    minutes: int,
    now: datetime,
) -> CapFeed:
    """Add a feed that the worker reads from now on. Raises ConsularError."""
    roles.require(staff, "feeds")
    _check_address(url)
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise ConsularError(
            "Look again after {least} to {most} minutes.", least=MIN_MINUTES, most=MAX_MINUTES
        )
    feeds = await everything(session)
    if url in [feed.url for feed in feeds]:
        raise ConsularError("This feed is there already.")
    if len(feeds) >= MAX_FEEDS:
        raise ConsularError("There are {most} feeds already: remove one first.", most=MAX_FEEDS)
    feed = CapFeed(url=url, minutes=minutes, due_at=now)
    session.add(feed)
    await session.flush()
    await _note_change(
        session,
        staff,
        "feed.added",
        feed,
        now,
    )
    return feed


def _check_address(url: str) -> None:
    if len(url) > MAX_URL_LETTERS or not _is_address(url):
        raise ConsularError(
            "Write the whole address of the feed, such as https://example.org/alerts.atom"
        )


def _is_address(url: str) -> bool:
    """Tell whether a text is a whole web address, without blanks or a user's name in it."""
    if any(letter.isspace() for letter in url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and port != 0 and parts.username is None


async def remove(
    session: AsyncSession,
    staff: Staff,
    feed_id: int,
    now: datetime,
) -> None:
    """Remove a feed, but none of the drafts that came from it. Raises ConsularError."""
    roles.require(staff, "feeds")
    feed = await session.get(CapFeed, feed_id)
    if feed is None:
        raise ConsularError("There is no such feed.")
    await session.delete(feed)
    await _note_change(
        session,
        staff,
        "feed.removed",
        feed,
        now,
    )


async def _note_change(
    session: AsyncSession,
    staff: Staff,
    action: str,
    feed: CapFeed,
    now: datetime,
) -> None:
    """Write a change of the list of feeds into the audit trail."""
    actor = roles.actor(staff)
    await trail.note(
        session,
        actor,
        action,
        f"feed:{feed.id}",
        now,
        host=_host(feed.url),
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


async def take_due(session: AsyncSession, now: datetime) -> CapFeed | None:
    """Take the feed that is due longest, and let it be due again later; None when none is due.

    No other worker takes it meanwhile.
    """
    longest_due = select(CapFeed).where(CapFeed.due_at <= now).order_by(CapFeed.due_at).limit(1)
    feed = await session.scalar(longest_due.with_for_update(skip_locked=True))
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
    """Save what came of reading a feed: the version, which is not fetched again, or a refusal."""
    feed = await session.get(CapFeed, feed_id)
    if feed is None:  # staff removed it meanwhile
        return
    feed.looked_at = now
    feed.etag = None
    feed.problem = None
    if refusal is not None:
        feed.problem = errors.to_json(refusal)
    elif etag is not None and len(etag) <= MAX_ETAG_LETTERS:
        feed.etag = etag


def problem(feed: CapFeed) -> ConsularError | None:
    """Return what was wrong when the worker last read a feed."""
    if not feed.problem:
        return None
    return errors.from_json(feed.problem)
