"""Counts of SMS by day and country: what left, and the replies that a budget refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, SmsTally, SmsTallyKind
from bot.models.upserts import insert_into
from bot.outbox.rows import Claimed, Result

SENT_KINDS = (SmsTallyKind.REPLY, SmsTallyKind.BROADCAST)
REFUSED_KINDS = tuple(kind for kind in SmsTallyKind if kind not in SENT_KINDS)

Key = tuple[str, SmsTallyKind]  # country, kind


@dataclass(frozen=True, slots=True)
class Tally:
    """SMS of a kind in a country over some days."""

    country: str
    kind: SmsTallyKind
    messages: int
    parts: int


@dataclass(slots=True)
class _Sum:
    messages: int = 0
    parts: int = 0


async def count_sent(
    session: AsyncSession,
    batch: Sequence[tuple[Claimed, Result]],
    now: datetime,
) -> None:
    """Count the rows of a batch of SMS that left for their provider."""
    sent = [(message, result) for message, result in batch if result.parts]
    if not sent:
        return
    regions = await _regions(session, {message.address_id for message, _ in sent})
    sums: dict[Key, _Sum] = {}
    for message, result in sent:
        kind = SmsTallyKind.BROADCAST if message.broadcast_id else SmsTallyKind.REPLY
        total = sums.setdefault((regions.get(message.address_id, ""), kind), _Sum())
        total.messages += 1
        total.parts += result.parts or 0
    await _add(session, sums, now)


async def count_refused(
    session: AsyncSession,
    country: str | None,
    reason: SmsTallyKind,
    parts: int,
    now: datetime,
) -> None:
    """Count the replies of a turn that a budget refused, and what they would have cost."""
    await _add(session, {(country or "", reason): _Sum(1, parts)}, now)


async def since(session: AsyncSession, day: date) -> list[Tally]:
    """Return what was counted from a day (UTC) on, by country and kind."""
    columns = (SmsTally.country, SmsTally.kind)
    query = (
        select(*columns, func.sum(SmsTally.messages), func.sum(SmsTally.parts))
        .where(SmsTally.day >= day)
        .group_by(*columns)
        .order_by(*columns)
    )
    tallies = []
    for country, kind, messages, parts in await session.execute(query):
        tallies.append(Tally(country, kind, int(messages), int(parts)))
    return tallies


async def _regions(session: AsyncSession, address_ids: Collection[int]) -> dict[int, str]:
    """Look up the countries of the numbers of addresses."""
    query = select(Address.id, Address.region).where(Address.id.in_(address_ids))
    regions = {}
    for address_id, region in await session.execute(query):
        regions[address_id] = region or ""
    return regions


async def _add(session: AsyncSession, sums: Mapping[Key, _Sum], now: datetime) -> None:
    """Add to the counts of a day, in one order of locks for all workers."""
    day = now.astimezone(UTC).date()
    for country, kind in sorted(sums):
        total = sums[country, kind]
        adding = insert_into(session, SmsTally).values(
            day=day,
            country=country,
            kind=kind,
            messages=total.messages,
            parts=total.parts,
        )
        counting = adding.on_conflict_do_update(
            index_elements=["day", "country", "kind"],
            set_={
                "messages": SmsTally.messages + adding.excluded.messages,
                "parts": SmsTally.parts + adding.excluded.parts,
            },
        )
        await session.execute(counting)
