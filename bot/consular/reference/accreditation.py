"""Countries that a post is accredited to: entered with their source, and ended."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference.places import COUNTRIES
from bot.consular.staff import scopes
from bot.models import Post, PostAccreditation
from bot.text.text import ascii_digits, clean

MAX_SOURCE_CHARS = 200


async def of_post(
    session: AsyncSession,
    post: Post,
) -> list[PostAccreditation]:
    """Return the accreditations of a post, by country."""
    query = select(PostAccreditation).where(PostAccreditation.post_id == post.id)
    return list(await session.scalars(query.order_by(PostAccreditation.country)))


async def check(
    session: AsyncSession,
    post: Post,
    country: str,
    source: str,
    since: str,
    ends: bool,
    today: date,
) -> None:
    """Refuse an accreditation that cannot begin, or end. Raises ConsularError."""
    if country not in COUNTRIES:
        raise ConsularError(
            "Not a country code: {code}.",
            code=Quote(country[:20]),
        )
    existing = await _of(
        session,
        post,
        country,
    )
    if ends:
        if existing is None:
            raise ConsularError("The post is not accredited there.")
        return
    if post.closed_at is not None:
        raise ConsularError("The post is closed.")
    if country == post.country or existing is not None:
        raise ConsularError("The post looks after this country already.")
    if not clean(
        source,
        MAX_SOURCE_CHARS,
    ):
        raise ConsularError("Write who says so: the source of the accreditation.")
    read_day(
        since,
        today,
    )


def read_day(
    typed: str,
    today: date,
) -> str:
    """Read a day that has come, written as 2026-11-30. Raises ConsularError."""
    try:
        day = date.fromisoformat(ascii_digits(typed).strip())
    except ValueError as error:
        raise ConsularError("Write the day as 2026-11-30.") from error
    if day > today:
        raise ConsularError("The day is still to come.")
    return day.isoformat()


async def begin(
    session: AsyncSession,
    post: Post,
    country: str,
    source: str,
    since: str,
    actor: str,
    now: datetime,
) -> None:
    """Accredit a post to a country; a second person approved it. Raises ConsularError."""
    await check(
        session,
        post,
        country,
        source,
        since,
        ends=False,
        today=now.date(),
    )
    accreditation = PostAccreditation(
        post_id=post.id,
        country=country,
        source=clean(
            source,
            MAX_SOURCE_CHARS,
        ),
        since=read_day(
            since,
            now.date(),
        ),
    )
    session.add(accreditation)
    await session.flush()
    await scopes.renew(
        session,
        post.country,
    )
    subject = f"post:{post.id}"
    await trail.note(
        session,
        actor,
        "post.accredited",
        subject,
        now,
        country=country,
    )


async def end(
    session: AsyncSession,
    post: Post,
    country: str,
    actor: str,
    now: datetime,
) -> None:
    """End the accreditation of a post to a country; a second person approved it.

    Raises ConsularError.
    """
    existing = await _of(
        session,
        post,
        country,
    )
    if existing is None:
        raise ConsularError("The post is not accredited there.")
    await session.delete(existing)
    await session.flush()
    await scopes.renew(
        session,
        post.country,
    )
    subject = f"post:{post.id}"
    await trail.note(
        session,
        actor,
        "post.accreditation_ended",
        subject,
        now,
        country=country,
    )


async def _of(
    session: AsyncSession,
    post: Post,
    country: str,
) -> PostAccreditation | None:
    query = select(PostAccreditation).where(
        PostAccreditation.post_id == post.id,
        PostAccreditation.country == country,
    )
    return await session.scalar(query)
