"""People for tests of lists: some who need something, some whom nobody confirmed for long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import facts, household
from bot.models import Person
from tests import builders

LONG = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person to be made: a name, a country, needs of their own, and how old the place is."""

    name: str
    country: str = "TR"
    needs: Sequence[str] = ()
    age: timedelta = timedelta()
    columns: Mapping[str, Any] | None = None


FIVE = (
    Someone("سالم"),
    Someone("هدى", needs=("pregnant",)),
    Someone("مراد", needs=("detained",)),
    Someone("=نادية", needs=("medical",), age=LONG),
    Someone("خالد", age=LONG),
)
IN_TUNISIA = Someone("فاطمة", "TN", needs=("infant",))


async def add(session: AsyncSession, now: datetime, someone: Someone) -> Person:
    """Add a person."""
    person = await builders.person(
        session,
        now,
        country=someone.country,
        placed_at=now - someone.age,
        **(someone.columns or {}),
    )
    await facts.set_name(session, person, someone.name)
    if someone.needs:
        await household.tell(session, person, {"own": {"needs": list(someone.needs)}}, now)
    person.placed_at = now - someone.age
    await session.flush()
    return person


async def add_all(session: AsyncSession, now: datetime) -> dict[str, Person]:
    """Add FIVE people in Turkey and one in Tunisia; return them by name."""
    people: dict[str, Person] = {}
    for someone in (*FIVE, IN_TUNISIA):
        people[someone.name] = await add(session, now, someone)
    return people
