"""Conversations for tests: a talk on a real database, with the model's guesses written down where
they matter.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions
from bot.conversation.look import Understand
from bot.dialogue import checking
from bot.messages import Heard, Language
from bot.models import Case, CheckIn, Person, Residence, Trip
from bot.practice import talk
from bot.practice.talk import EXACT, Screen, Talk
from bot.runtime.database import Database
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import load
from tests import builders
from tests.clock import SetClock
from tests.servers import session, sqlite

KEYS = "1:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
FLOWS = checking.load(actions=actions.ACTIONS)
DATABASES: dict[str, Database] = {}  # by address: closed in between, they keep what they compiled


@asynccontextmanager
async def talking(
    folder: Path,
    language: Language = "ar",
    screen: Screen = "telegram",
    understanding: Understand | None = None,
) -> AsyncIterator[Talk]:
    """A conversation on a database of its own, which is a copy of one that was migrated once."""
    kept = await asyncio.to_thread(session.once, "talk", _template)
    shutil.copyfile(kept["path"], folder / "talk.db")
    url = sqlite.at_one_address(folder / "talk.db")
    settings = load(TAMMEN_DATA=folder, TAMMEN_KEYS=KEYS, DATABASE_URL=url)
    async with open_runtime(settings, talk.NO_REDIS, SetClock()) as opened:
        db = DATABASES.setdefault(url, opened.db)
        runtime = replace(opened, db=db)
        try:
            yield Talk(runtime, FLOWS, language, talk.form_of(screen), understanding or Scripted())
        finally:
            await db.close()


def _template(place: Path) -> dict[str, str]:
    asyncio.run(_prepare(place))
    return {"path": str(place / "talk.db")}


async def _prepare(folder: Path) -> None:
    settings = load(TAMMEN_DATA=folder, TAMMEN_KEYS=KEYS, DATABASE_URL=talk.database(folder))
    async with open_runtime(settings, talk.NO_REDIS) as runtime:
        await talk.prepare(runtime)


@dataclass(slots=True)
class Scripted:
    """Understands exact words and places as the gateway does; other texts as `guess` says (intent →
    confidence).
    """

    guess: Mapping[str, float] = field(default_factory=dict)

    async def __call__(self, text: str, home: str | None) -> Heard:
        heard = await EXACT(text, home)
        if not self.guess:
            return heard
        ranking = tuple(sorted(self.guess.items(), key=lambda each: -each[1]))
        return replace(
            heard,
            intent=ranking[0][0],
            confidence=ranking[0][1],
            ranking=ranking,
            clauses=(),
            by="rasa",
        )


async def advised(runtime: Runtime, given: Sequence[Mapping[str, Any]]) -> None:
    """Advisories that were approved a moment ago, the last one the latest."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now) if given else None
        for number, said in enumerate(given):
            assert team is not None
            await builders.approved(
                session, team, now - timedelta(minutes=len(given) - number), **said
            )


async def record(runtime: Runtime) -> dict[str, Any]:
    """What is kept of the one person there is, empty parts left out."""
    async with runtime.db.read() as session:
        person = await session.scalar(select(Person))
        check_ins = await session.scalars(select(CheckIn).order_by(CheckIn.id))
        cases = await session.scalars(select(Case).order_by(Case.id))
        kept = {
            **(_facts(person) if person else {}),
            **await _journeys(session, person),
            "check_ins": [row.answer.value for row in check_ins],
            "cases": {row.kind.value: row.note for row in cases},
        }
    return {name: value for name, value in kept.items() if value}


async def _journeys(session: AsyncSession, person: Person | None) -> dict[str, Any]:
    """Where a person lives, and their trips with how they ended."""
    if person is None:
        return {}
    home = await session.get(Residence, person.id)
    trips = await session.scalars(select(Trip).order_by(Trip.id))
    return {
        "residence": (home.city or home.country) if home else None,
        "trips": [f"{trip.country} {trip.begins_on} {trip.until} {trip.ending}" for trip in trips],
    }


def _facts(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "place": person.city or person.country,
        "location": person.location,
        "party": person.party_size,
        "phone": person.phone,
        "language": person.language if person.language_chosen else None,
        "consented": person.consented_at is not None,
        "registered": person.registered_at is not None,
        "stopped": person.stopped_at is not None,
        "forgotten": person.forgotten_at is not None,
    }
