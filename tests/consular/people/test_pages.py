"""Pages of a list: all of them together are the list, and each is read from an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import roster
from bot.consular.people import listing as lists
from bot.consular.people import tags
from bot.consular.people.listing import Filter, Part
from bot.models import Person, Staff
from bot.runtime.runtime import Runtime
from tests import builders, listing
from tests.builders import Team
from tests.listing import LONG, Someone

COUNTRY = Filter("TR")
KINDS = (
    Someone("سالم"),
    Someone("مراد", needs=("detained",)),
    Someone("هدى", needs=("pregnant",)),
    Someone("خالد", age=LONG),
    Someone("نادية", needs=("medical",), age=LONG),
    Someone("زهرة", needs=("infant",), age=LONG),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a database was asked."""

    text: str
    parameters: Any


async def _crowd(session: AsyncSession, now: datetime, people: int) -> list[Person]:
    """Add so many people of each kind, some confirmed in the same moment, some never."""
    added: list[Person] = []
    for number in range(people):
        for kind in KINDS:
            person = await listing.add(session, now, kind)
            person.placed_at = now - kind.age - timedelta(hours=number // 2)
            if kind.age and number % 5 == 0:
                person.placed_at = None
            added.append(person)
    await session.flush()
    return added


async def _all_pages(session: AsyncSession, staff: Staff, now: datetime) -> list[int]:
    """Read the parts page after page until there is nothing more."""
    ids: list[int] = []
    for part in Part:
        of_part: list[int] = []
        total = 1
        while len(of_part) < total:
            number = len(of_part) // lists.PAGE_PEOPLE + 1
            numbers = dict.fromkeys(Part, number)
            portions = await lists.pages(session, staff, COUNTRY, numbers, now)
            total = portions[part].total
            of_part += [entry.person.id for entry in portions[part].entries]
        ids += of_part
    return ids


async def test_all_pages_together_are_the_list_in_its_order(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        added = await _crowd(session, now, 40)
        await tags.add(session, team.officer, added[-6].id, "أولوية", now)
        whole = await lists.everybody(session, team.officer, COUNTRY, now)
        pages = await _all_pages(session, team.officer, now)
    assert pages == whole
    assert sorted(pages) == sorted(person.id for person in added)
    # The forty who are detained, then the forty who are pregnant and the one with a tag.
    assert whole[:40] == [person.id for person in _oldest_first(added[1::6])]
    assert added[-6].id in whole[40:81]


def _oldest_first(people: list[Person]) -> list[Person]:
    return sorted(people, key=_place_and_number)


def _place_and_number(person: Person) -> tuple[datetime, int]:
    assert person.placed_at is not None
    return person.placed_at, person.id


async def test_a_page_beyond_the_last_is_empty_and_still_counts(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await _crowd(session, now, 1)
        numbers = {Part.PRESENT: 9, Part.DOUBTFUL: 1}
        portions = await lists.pages(session, team.officer, COUNTRY, numbers, now)
    assert (portions[Part.PRESENT].entries, portions[Part.PRESENT].total) == ([], 3)
    assert (len(portions[Part.DOUBTFUL].entries), portions[Part.DOUBTFUL].total) == (3, 3)


async def test_the_people_of_a_crisis_have_the_same_order_on_their_pages(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await _crowd(session, now, 20)
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR"])
        everybody = roster.Filter()
        whole = await roster.everybody(session, team.officer, crisis, everybody, now)
        read: list[int] = []
        for number in (1, 2, 3):
            page = await roster.page(session, team.officer, crisis, everybody, number, now)
            read += page.ids
            assert page.total == 120
    assert read == whole


async def test_ten_people_and_a_hundred_take_the_same_statements(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await _add_present(session, now, 10)
    of_ten = await _statements(runtime, team)
    async with runtime.db.begin() as session:
        await _add_present(session, now, 90)
    of_hundred = await _statements(runtime, team)
    # The counts, the ids, and five look-ups of what is shown of these people.
    assert (len(of_ten), len(of_hundred)) == (7, 7)


async def test_postgresql_reads_a_page_from_the_index_alone(runtime: Runtime) -> None:
    if runtime.db.is_sqlite:
        return
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await _add_present(session, now, 10)
    seen = await _statements(runtime, team)
    _counts, ids = [statement for statement in seen if "people.country = " in statement.text]
    plan = await _plan(runtime, ids)
    assert "Index Only Scan using ix_people_country_placed_at on people" in plan
    assert "Sort" not in plan  # the index has the order


async def _add_present(session: AsyncSession, now: datetime, people: int) -> None:
    for _ in range(people):
        await builders.person(session, now)


async def _statements(runtime: Runtime, team: Team) -> list[Statement]:
    """Read the first page; return the statements of it."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(Statement(statement, parameters))

    engine = runtime.db.writer.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    numbers = dict.fromkeys(Part, 1)
    async with runtime.db.begin() as session:
        await lists.pages(session, team.officer, COUNTRY, numbers, runtime.clock())
    event.remove(engine, "before_cursor_execute", note)
    return seen


async def _plan(runtime: Runtime, statement: Statement) -> str:
    """Return how PostgreSQL runs a statement where it is to spare reading the table and sorting."""
    async with runtime.db.begin() as session:
        connection = await session.connection()
        for way in ("seqscan", "bitmapscan", "sort"):
            await connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        explained = f"EXPLAIN {statement.text}"
        lines = await connection.exec_driver_sql(explained, statement.parameters)
        return "\n".join(lines.scalars())
