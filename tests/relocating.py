"""Posts in tests: some missions, people around them, and changes that two people agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.consular.changes import changes, kinds
from bot.consular.reference import emergency, posts
from bot.messages import Form
from bot.models import Broadcast, OutboundMessage, Post, Staff
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team


@dataclass(frozen=True, slots=True)
class Missions:
    """Embassies as the table has them, with the team of accounts."""

    kyiv: Post
    warsaw: Post
    vienna: Post
    bratislava: Post
    team: Team


async def missions(session: AsyncSession, runtime: Runtime) -> Missions:
    """Seed the posts and the numbers to call first, and a team of accounts."""
    await posts.seed(session)
    await emergency.seed(session)
    embassies: dict[str, Post] = {}
    for code in ("UA", "PL", "AT", "SK"):
        (embassies[code],) = await posts.covering(session, code)
    embassies["AT"].emergency_phone = "+43 1 555 0100"
    team = await builders.team(session, runtime.clock())
    return Missions(embassies["UA"], embassies["PL"], embassies["AT"], embassies["SK"], team)


async def agree(
    session: AsyncSession, runtime: Runtime, proposer: Staff, second: Staff, change: kinds.Change
) -> None:
    """Let one account propose a change and a second one approve it."""
    now = runtime.clock()
    proposed = await changes.propose(session, proposer, change, now)
    await changes.approve(session, second, proposed.id, now)


async def told(session: AsyncSession, runtime: Runtime, language: str) -> dict[int, str]:
    """Fan out every open broadcast; return the words each person gets, by the person's number."""
    for broadcast in await fan_out.open_ones(session, runtime.clock()):
        while await fan_out.fan_out(session, broadcast, 5000, runtime.clock()):
            pass
    words: dict[int, str] = {}
    query: Any = select(OutboundMessage, Broadcast).join(
        Broadcast, Broadcast.id == OutboundMessage.broadcast_id
    )
    for message, broadcast in await session.execute(query):
        form = message.form or Form.TEXT
        words[message.person_id] = fan_out.content(broadcast, language, form).text
    return words
