"""Texts that are ready for letters: headquarters keep them, in every language, with gaps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import posts
from bot.consular.staff import roles
from bot.models import Case, Person, Post, ReadyReply, Staff
from bot.text.text import LANGUAGES, clean, in_language, language_of

SEEDS = Path(__file__).parent / "data" / "ready_replies.json"
MAX_TEXT_CHARS = 500
GAPS = ("name", "post", "phone", "case")
_GAP = re.compile(r"\{([^{}]*)\}")


async def everything(session: AsyncSession) -> list[ReadyReply]:
    """Return all texts, those that are offered first, then the oldest first."""
    is_retired = ReadyReply.retired_at.is_not(None)
    replies = await session.scalars(select(ReadyReply).order_by(is_retired, ReadyReply.id))
    return list(replies)


async def offered(session: AsyncSession) -> list[ReadyReply]:
    """Return the texts that officers may choose from, the oldest first."""
    query = select(ReadyReply).where(ReadyReply.retired_at.is_(None))
    return list(await session.scalars(query.order_by(ReadyReply.id)))


async def get(session: AsyncSession, reply_id: int) -> ReadyReply:
    """Return the text of a number. Raises ConsularError."""
    reply = await session.get(ReadyReply, reply_id)
    if reply is None:
        raise ConsularError("There is no such ready reply.")
    return reply


async def save(
    session: AsyncSession,
    staff: Staff,
    texts: Mapping[str, str],
    now: datetime,
    reply: ReadyReply | None = None,
) -> ReadyReply:
    """Write a text in every language, or a new one; it is offered from now on.

    Raises ConsularError.
    """
    roles.require(staff, "templates")
    checked = _checked(texts)
    reply = reply or ReadyReply()
    reply.texts = checked
    reply.saved_at = now
    reply.saved_by = staff.id
    reply.retired_at = None
    session.add(reply)
    await session.flush()
    await _note(session, staff, "reply.saved", reply, now)
    return reply


async def retire(
    session: AsyncSession,
    staff: Staff,
    reply: ReadyReply,
    now: datetime,
) -> None:
    """Offer a text no more; saving it offers it again. Raises ConsularError."""
    roles.require(staff, "templates")
    await session.refresh(reply, with_for_update=True)
    if reply.retired_at is not None:
        raise ConsularError("It is retired already.")
    reply.retired_at = now
    await _note(session, staff, "reply.retired", reply, now)


async def filled(
    session: AsyncSession,
    staff: Staff,
    reply: ReadyReply,
    case: Case,
) -> str:
    """Return a text in the language of the person of a case, its gaps filled.

    A gap stays where nobody told what belongs there: the officer fills it, or the letter is not
    sent.
    """
    person = await session.get_one(Person, case.person_id)
    post = await _post_for(session, staff, person)
    language = language_of(person.language)
    fillings = {
        "name": person.name,
        "post": in_language(post.names, language) if post else None,
        "phone": (post.emergency_phone or post.phone) if post else None,
        "case": str(case.id),
    }

    def filling(gap: re.Match[str]) -> str:
        return fillings.get(gap[1]) or gap[0]

    return _GAP.sub(filling, reply.texts[language])


async def _post_for(
    session: AsyncSession,
    staff: Staff,
    person: Person,
) -> Post | None:
    """Return the post that writes: the officer's own, else that where the person is."""
    country = staff.post_country or person.country
    covering = await posts.covering(session, country)
    return next(iter(covering), None)


async def seed(session: AsyncSession, now: datetime) -> int:
    """Fill an empty table with the first texts; return how many were added."""
    if await session.scalar(select(func.count()).select_from(ReadyReply)):
        return 0
    seeds = json.loads(SEEDS.read_text(encoding="utf-8"))
    for texts in seeds:
        session.add(ReadyReply(texts=_checked(texts), saved_at=now))
    await session.flush()
    return len(seeds)


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts as they are stored. Raises ConsularError."""
    checked: dict[str, str] = {}
    for language in LANGUAGES:
        checked[language] = clean(texts.get(language, ""), MAX_TEXT_CHARS)
    if not all(checked.values()):
        raise ConsularError("Write the text in both languages.")
    by_language = [set(_GAP.findall(text)) for text in checked.values()]
    everywhere = set[str]().union(*by_language)
    for gap in sorted(everywhere):
        _check_gap(gap, by_language)
    return checked


def _check_gap(gap: str, by_language: list[set[str]]) -> None:
    written = Quote(f"{{{gap}}}")
    if gap not in GAPS:
        raise ConsularError("{gap} is no gap that can be filled.", gap=written)
    if not all(gap in gaps for gaps in by_language):
        raise ConsularError("{names} stands in one language only.", names=written)


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    reply: ReadyReply,
    now: datetime,
) -> None:
    await session.flush()
    await trail.note(session, roles.actor(staff), action, f"reply:{reply.id}", now)
