"""How a message that answers nothing reaches a person, and how it calls them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, Person

SERVANTS = frozenset(("عبد", "أبو", "ابو", "بو", "abd", "abdul", "abdel", "abu", "abou"))


def first_name(name: str) -> str:
    """Return the first name of a full one; «عبد الله» is one."""
    words = name.split()
    length = 1
    if words and words[0].casefold() in SERVANTS:
        length = 2
    return " ".join(words[:length])


async def last_used(session: AsyncSession, person: Person) -> Address | None:
    """Return the address that a person wrote from last; None where we may not write to any.

    Whoever said stop, or wants to be forgotten, hears nothing that is no reply.
    """
    if person.stopped_at or person.forgotten_at or person.erasure_asked_at:
        return None
    addresses = select(Address).where(
        Address.person_id == person.id,
        Address.stopped_at.is_(None),
    )
    latest_first = addresses.order_by(
        Address.heard_at.desc().nulls_last(),
        Address.id.desc(),
    )
    return await session.scalar(latest_first.limit(1))
