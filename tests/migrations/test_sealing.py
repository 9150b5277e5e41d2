"""What earlier rows hold of people's places, tags and answers is encrypted, and can be again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import select, text

from bot.consular.audiences import geometry
from bot.consular.audiences.kinds import Circle, Polygon
from bot.consular.people import tags
from bot.migrations import migrate
from bot.models import Person, PersonTag
from bot.runtime.database import Database, open_database
from bot.runtime.settings import load
from tests.conftest import KEYS
from tests.migrations.test_migrations import _config

PEOPLE = """
INSERT INTO people (id, created_at, language, language_chosen, synthetic, country, city)
    VALUES (1, '2026-01-01 00:00:00+00', 'ar', false, false, 'TR', 'TR/Antakya'),
        (2, '2026-01-01 00:00:00+00', 'ar', false, false, 'SD', NULL),
        (3, '2026-01-01 00:00:00+00', 'ar', false, false, 'TR', 'TR/Antakya');
"""


@pytest.fixture
async def earlier(database_url: str) -> AsyncIterator[Database]:
    """A database of the schema before."""
    db = open_database(load(DATABASE_URL=database_url).database, load(TAMMEN_KEYS=KEYS).keyring())
    await go_back(db)
    yield db
    await db.close()


async def go_back(db: Database) -> None:
    async with db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0016"))


async def fill(db: Database, statements: str) -> None:
    async with db.writer.begin() as connection:
        for statement in filter(str.strip, statements.split(";")):
            await connection.execute(text(statement))


async def read(db: Database, query: str) -> list[tuple[object, ...]]:
    async with db.writer.connect() as connection:
        rows = await connection.execute(text(query))
        return [tuple(row) for row in rows]


POSITIONS = """
INSERT INTO people (id, created_at, language, language_chosen, synthetic, latitude, longitude)
    VALUES (1, '2026-01-01 00:00:00+00', 'ar', false, false, 36.2, 36.16),
        (2, '2026-01-01 00:00:00+00', 'ar', false, false, NULL, NULL),
        (3, '2026-01-01 00:00:00+00', 'ar', false, false, -18.14, -0.01);
"""
AROUND = {1: Circle(36.2, 36.16, 1), 3: Circle(-18.14, -0.01, 1)}
# Of whole cells of a degree, so that these are looked for, too.
WEST = Polygon(((-60.0, -60.0), (60.0, -60.0), (60.0, 0.0), (-60.0, 0.0)))
EAST = Polygon(((-60.0, 1.0), (60.0, 1.0), (60.0, 60.0), (-60.0, 60.0)))


async def test_positions_are_encrypted_and_come_back(earlier: Database) -> None:
    await fill(earlier, POSITIONS)
    await migrate(earlier)
    async with earlier.read() as session:
        positions = await session.execute(select(Person.id, Person.position).order_by(Person.id))
        assert [tuple(row) for row in positions] == [
            (1, "36.2,36.16"),
            (2, None),
            (3, "-18.14,-0.01"),
        ]
        for number, circle in AROUND.items():
            inside = select(Person.id).where(geometry.is_inside(circle))
            assert list(await session.scalars(inside)) == [number]
        for polygon in (WEST, EAST):
            inside = select(Person.id).where(geometry.is_inside(polygon))
            assert list(await session.scalars(inside)) == [3 if polygon is WEST else 1]
    await go_back(earlier)
    before = await read(earlier, "SELECT id, latitude, longitude FROM people ORDER BY id")
    assert before == [(1, 36.2, 36.16), (2, None, None), (3, -18.14, -0.01)]


TAGS = """
INSERT INTO person_tags (person_id, tag) VALUES (1, 'طالب'), (1, 'convoy 3'), (3, 'طالب');
"""


async def test_tags_are_encrypted_and_come_back(earlier: Database) -> None:
    await fill(earlier, PEOPLE + TAGS)
    await migrate(earlier)
    async with earlier.read() as session:
        assert await tags.of(session, 1) == ["convoy 3", "طالب"]
        tagged = select(PersonTag.person_id).where(PersonTag.tag == "طالب")
        assert sorted(await session.scalars(tagged)) == [1, 3]
    await go_back(earlier)
    before = await read(earlier, "SELECT person_id, tag FROM person_tags ORDER BY person_id, tag")
    assert sorted(before) == [(1, "convoy 3"), (1, "طالب"), (3, "طالب")]


async def test_cities_are_encrypted_and_come_back(earlier: Database) -> None:
    await fill(earlier, PEOPLE)
    await migrate(earlier)
    async with earlier.read() as session:
        cities = await session.execute(select(Person.id, Person.city).order_by(Person.id))
        assert [tuple(row) for row in cities] == [(1, "TR/Antakya"), (2, None), (3, "TR/Antakya")]
        in_city = select(Person.id).where(Person.city_index == "TR/Antakya").order_by(Person.id)
        assert list(await session.scalars(in_city)) == [1, 3]
    await go_back(earlier)
    cities_before = await read(earlier, "SELECT id, city FROM people ORDER BY id")
    assert cities_before == [(1, "TR/Antakya"), (2, None), (3, "TR/Antakya")]
