"""Meeting points and routes of a post, which staff enter for its contingency plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Ground, GroundKind, Post, Staff
from bot.text.text import LANGUAGES, clean

MAX_CHARS = 500
MAX_ENTRIES = 50  # of one post


async def enter(
    session: AsyncSession,
    staff: Staff,
    post: Post,
    kind: GroundKind,
    descriptions: Mapping[str, str],
    now: datetime,
) -> Ground:
    """Add a meeting point or a route in every language. Raises ConsularError."""
    roles.require(staff, "posts", post.country)
    await session.refresh(post, with_for_update=True)
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        texts[language] = clean(descriptions.get(language, ""), MAX_CHARS)
    if not all(texts.values()):
        raise ConsularError("Describe it in both languages.")
    count = select(func.count()).where(Ground.post_id == post.id)
    if (await session.scalar(count) or 0) >= MAX_ENTRIES:
        raise ConsularError("A post has at most {most} of them.", most=MAX_ENTRIES)
    ground = Ground(
        post_id=post.id,
        kind=kind,
        descriptions=texts,
        at=now,
        entered_by=staff.id,
    )
    session.add(ground)
    await session.flush()
    await _note(session, staff, "post.ground_entered", post, now)
    return ground


async def remove(
    session: AsyncSession,
    staff: Staff,
    post: Post,
    ground_id: int,
    now: datetime,
) -> None:
    """Remove an entry of the post, when it is there. Raises ConsularError."""
    roles.require(staff, "posts", post.country)
    ground = await session.get(Ground, ground_id, with_for_update=True)
    if ground is None or ground.post_id != post.id:
        raise ConsularError("There is no such meeting point or route.")
    await session.delete(ground)
    await session.flush()
    await _note(session, staff, "post.ground_removed", post, now)


async def of_post(session: AsyncSession, post: Post) -> list[Ground]:
    """Return the entries of a post, meeting points first."""
    query = select(Ground).where(Ground.post_id == post.id)
    return list(await session.scalars(query.order_by(Ground.kind, Ground.id)))


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    post: Post,
    now: datetime,
) -> None:
    await trail.note(session, roles.actor(staff), action, f"post:{post.id}", now)
