"""Whose an advisory is: the post that wrote it, and what it corrects."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Advisory, Role, Staff


async def corrected(session: AsyncSession, advisory: Advisory) -> list[Advisory]:
    """List what it corrects, and what that corrected itself: the first wrong one is the last."""
    chain: list[Advisory] = []
    while advisory.corrects_id is not None:
        advisory = await session.get_one(Advisory, advisory.corrects_id)
        chain.append(advisory)
    return chain


async def is_of_post(session: AsyncSession, staff: Staff, advisory: Advisory) -> bool:
    """Tell whether an advisory is this account's business whomever it is for.

    That is so for everybody at headquarters, and for the post whose officer wrote it.
    """
    if staff.role is not Role.POST_OFFICER:
        return True
    if advisory.created_by is None:
        return False
    author = await session.get_one(Staff, advisory.created_by)
    return author.post_country == staff.post_country
