"""Passages of broadcasts: three words in a row as hashes, by which a copy is found among all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Content
from bot.models import Broadcast, Passage
from bot.models.upserts import insert_into
from bot.text import tokens
from bot.text.tokens import Token

EMPTY_SHINGLE = 0  # of every broadcast: it says that its passages were read
MAX_LOOKED_UP = 1_500  # hashes of a text that somebody shows us: 4,000 letters have 1,000 words
CANDIDATES = 5
BATCH_BROADCASTS = 200
LINK_GAP = "{link}"


async def keep(session: AsyncSession, broadcast: Broadcast) -> None:
    """Keep the passages of a broadcast, so that copies of it are recognised."""
    hashes = {EMPTY_SHINGLE}
    for text in texts_of(broadcast):
        hashes |= tokens.shingles(tokens.tokens(text))
    rows = [{"shingle": shingle, "broadcast_id": broadcast.id} for shingle in sorted(hashes)]
    await session.execute(insert_into(session, Passage).on_conflict_do_nothing(), rows)


async def keep_missing(session: AsyncSession, limit: int = BATCH_BROADCASTS) -> int:
    """Keep the passages of broadcasts from before there were any; return how many."""
    is_read = select(Passage.broadcast_id).where(
        Passage.broadcast_id == Broadcast.id,
        Passage.shingle == EMPTY_SHINGLE,
    )
    missing = select(Broadcast).where(~is_read.exists()).order_by(Broadcast.id.desc()).limit(limit)
    broadcasts = list(await session.scalars(missing))
    for broadcast in broadcasts:
        await keep(session, broadcast)
    return len(broadcasts)


def texts_of(broadcast: Broadcast) -> Iterator[str]:
    """Yield what people got of a broadcast, in each language and form, its choices numbered."""
    seen: set[str] = set()
    for forms in broadcast.contents.values():
        for stored in forms.values():
            text = text_of(Content.from_json(stored))
            if text not in seen:
                seen.add(text)
                yield text


def text_of(content: Content) -> str:
    """Write a content as it may be copied, without the gap for everybody's own link."""
    lines = [content.text.replace(LINK_GAP, "")]
    for number, button in enumerate(content.buttons, 1):
        lines.append(f"{number}. {button.label}")
    return "\n".join(lines)


async def candidates(
    session: AsyncSession,
    shown: Sequence[Token],
    now: datetime,
) -> list[Broadcast]:
    """List the broadcasts that share most with a text, of those that have begun."""
    hashes = sorted(tokens.shingles(shown))[:MAX_LOOKED_UP]
    shared = func.count().label("shared")
    likely = (
        select(Passage.broadcast_id, shared)
        .where(Passage.shingle.in_(hashes), Passage.shingle != EMPTY_SHINGLE)
        .group_by(Passage.broadcast_id)
        .order_by(shared.desc(), Passage.broadcast_id.desc())
        .limit(CANDIDATES)
        .subquery()
    )
    query = (
        select(Broadcast)
        .join(likely, likely.c.broadcast_id == Broadcast.id)
        .where(Broadcast.starts_at <= now)
        .order_by(likely.c.shared.desc(), Broadcast.id.desc())
    )
    return list(await session.scalars(query))
