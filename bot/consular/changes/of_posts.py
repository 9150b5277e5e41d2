"""Changes of posts: what is checked when one is proposed, and what happens when it is approved."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import relocation
from bot.consular.changes.kinds import (
    Accrediting,
    EmergencyNumbers,
    PostChange,
    PostClosing,
    PostMove,
    PostOpening,
)
from bot.consular.errors import ConsularError
from bot.consular.reference import accreditation, emergency, posts
from bot.consular.staff import roles
from bot.models import Staff

OfPost = PostChange | PostMove | PostClosing | PostOpening | Accrediting


async def check(
    session: AsyncSession,
    staff: Staff,
    change: OfPost,
    now: datetime,
) -> tuple[str, str]:
    """Return the post that a change is about, as in the audit trail, and its country.

    Raises ConsularError unless it can be done.
    """
    post = await posts.get(
        session,
        change.post_id,
    )
    roles.require(
        staff,
        "posts",
        post.country,
    )
    match change:
        case PostChange(_, fields):
            if not posts.changed(
                post,
                fields,
            ):
                raise ConsularError("Nothing would change.")
        case PostMove():
            await relocation.check_move(
                session,
                change,
            )
        case PostClosing():
            await relocation.check_closing(
                session,
                change,
            )
        case PostOpening():
            await relocation.check_opening(
                session,
                post.id,
            )
        case Accrediting(_, country, source, since, ends):
            await accreditation.check(
                session,
                post,
                country,
                source,
                since,
                ends,
                now.date(),
            )
        case _:
            assert_never(change)
    return f"post:{post.id}", post.country


def check_numbers(
    staff: Staff,
    change: EmergencyNumbers,
    now: datetime,
) -> str:
    """Return what a change of the numbers to call is about. Raises ConsularError."""
    roles.require(staff, "posts", change.country)
    emergency.checked(change.country, change.numbers, now.date())
    return f"emergency:{change.country}"


async def apply_numbers(
    session: AsyncSession,
    change: EmergencyNumbers,
    actor: str,
    now: datetime,
) -> None:
    """Set the numbers to call that a second person approved. Raises ConsularError."""
    numbers = emergency.checked(change.country, change.numbers, now.date())
    await emergency.save(session, change.country, numbers, actor, now)


async def apply(
    session: AsyncSession,
    staff: Staff,
    change: OfPost,
    now: datetime,
) -> None:
    """Do what a second person approved. Raises ConsularError."""
    actor = roles.actor(staff)
    match change:
        case PostChange(post_id, fields):
            post = await posts.get(
                session,
                post_id,
            )
            await posts.save(
                session,
                post,
                fields,
                actor,
                now,
            )
        case PostMove():
            await relocation.move(
                session,
                staff,
                change,
                now,
            )
        case PostClosing():
            await relocation.close(
                session,
                staff,
                change,
                now,
            )
        case PostOpening(post_id):
            await relocation.open_again(
                session,
                staff,
                post_id,
                now,
            )
        case Accrediting():
            await _accredit(session, change, actor, now)
        case _:
            assert_never(change)


async def _accredit(
    session: AsyncSession,
    change: Accrediting,
    actor: str,
    now: datetime,
) -> None:
    post = await posts.get(session, change.post_id)
    if change.ends:
        await accreditation.end(session, post, change.country, actor, now)
        return
    await accreditation.begin(
        session,
        post,
        change.country,
        change.source,
        change.since,
        actor,
        now,
    )
