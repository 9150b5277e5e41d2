"""Conversations played and compared with the facts expected of them: `tammen dialogues`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import facts
from bot.consular.reference import places
from bot.conversation.look import Understand
from bot.dialogue.state import State
from bot.inbox import senders
from bot.messages import Inbound, Kind
from bot.models import Person
from bot.practice.comparison import Mismatch, compare
from bot.practice.exchanges import Exchange
from bot.practice.scripts import Before, Script
from bot.practice.talk import Stage, Talk

RECORD_AGE = timedelta(days=7)  # how long ago somebody on record registered


@dataclass(frozen=True, slots=True)
class Verdict:
    """A conversation as it went, and what is not as expected."""

    script: Script
    exchanges: tuple[Exchange, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def holds(self) -> bool:
        """Whether everything is as expected."""
        return not self.mismatches

    def to_json(self) -> dict[str, Any]:
        """Return what `dialogues --json` prints for a conversation."""
        mismatches = [asdict(mismatch) for mismatch in self.mismatches]
        lines = [exchange.to_json() for exchange in self.exchanges]
        return {
            "name": self.script.name,
            "held": self.holds,
            "mismatches": mismatches,
            "lines": lines,
        }


async def judge(
    script: Script,
    stage: Stage,
    understand: Understand,
) -> Verdict:
    """Play a conversation and compare it with what is expected of it."""
    exchanges = await play(
        script,
        stage,
        understand,
    )
    mismatches = compare(script, exchanges)
    return Verdict(
        script,
        tuple(exchanges),
        tuple(mismatches),
    )


async def play(
    script: Script,
    stage: Stage,
    understand: Understand,
) -> list[Exchange]:
    """Play a conversation with a new person, on a database of its own."""
    talking = stage.opened(
        script.lang,
        script.channel,
        understand,
    )
    exchanges: list[Exchange] = []
    async with talking as talk:
        if script.before is not None:
            await put_on_record(talk, script.before)
        for line in script.lines:
            exchange = await talk.exchange(line)
            exchanges.append(exchange)
    return exchanges


async def put_on_record(talk: Talk, before: Before) -> None:
    """Make the person somebody who registered a while ago."""
    registered_at = talk.runtime.clock() - RECORD_AGE
    message = talk.inbound(Kind.TEXT)
    async with talk.runtime.db.begin() as session:
        person = await _person(session, message, registered_at)
        await facts.consent(session, person, registered_at)
        await _keep(session, person, before, registered_at)
        await facts.register(session, person, registered_at)
    talk.person_id = person.id


async def _person(
    session: AsyncSession,
    message: Inbound,
    now: datetime,
) -> Person:
    """Make the sender of a message somebody who has talked with us before."""
    known_senders = await senders.find_or_make(session, [message], now)
    sender = known_senders[senders.index(message)]
    person = await session.get_one(Person, sender.person_id)
    person.dialogue = State().to_json()
    return person


async def _keep(
    session: AsyncSession,
    person: Person,
    before: Before,
    now: datetime,
) -> None:
    """Keep name, party and place, where the script tells them."""
    if before.name is not None:
        await facts.set_name(session, person, before.name)
    if before.party is not None:
        await facts.set_party(session, person, before.party)
    if before.place is not None:
        place = places.place_of(before.place)
        await facts.set_place(session, person, place, now)
