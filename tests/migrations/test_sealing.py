"""What earlier rows hold of people's places, tags and answers is encrypted, and can be again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from bot.consular.audiences import geometry
from bot.consular.audiences.kinds import Circle, Polygon
from bot.consular.people import tags
from bot.migrations import migrate
from bot.models import CheckIn, Person, PersonTag
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


# Somebody in two crises, one of them closed, and somebody else in none.
ANSWERS = """
INSERT INTO staff (id, email, email_index, role, created_at)
    VALUES (1, '', '', 'admin', '2026-01-01 00:00:00+00');
INSERT INTO crises (id, names, public_names, state, drill, opened_at, closed_at, opened_by)
    VALUES (1, '{}', '{}', 'closed', false, '2026-02-02 00:00:00+00', '2026-02-04 00:00:00+00', 1),
        (2, '{}', '{}', 'open', false, '2026-02-05 00:00:00+00', NULL, 1);
INSERT INTO check_ins (id, person_id, status, at, via)
    VALUES (1, 1, 'evacuate', '2026-02-01 00:00:00+00', 'sms'),
        (2, 1, 'help', '2026-02-02 00:00:00+00', 'sms'),
        (3, 1, 'medical', '2026-02-03 00:00:00+00', 'sms'),
        (4, 1, 'help', '2026-02-05 00:00:00+00', 'sms'),
        (5, 1, 'safe', '2026-02-06 00:00:00+00', 'sms'),
        (6, 3, 'help', '2026-02-06 00:00:00+00', 'sms');
"""
CLEAR = [(1, None), (2, None), (3, "medical"), (4, None), (5, "safe"), (6, "help")]
TOLD = ["evacuate", "help", "medical", "help", "safe", "help"]


async def test_former_answers_are_encrypted_and_come_back(earlier: Database) -> None:
    await fill(earlier, PEOPLE + ANSWERS)
    await migrate(earlier)
    assert await read(earlier, "SELECT id, status FROM check_ins ORDER BY id") == CLEAR
    async with earlier.read() as session:
        answers = await session.scalars(select(CheckIn).order_by(CheckIn.id))
        assert [answer.answer.value for answer in answers] == TOLD
    with pytest.raises(IntegrityError):
        await fill(earlier, "UPDATE check_ins SET status = 'unwell'")
    await go_back(earlier)
    before = await read(earlier, "SELECT status FROM check_ins ORDER BY id")
    assert [status for (status,) in before] == TOLD
    for change in ("'unwell'", "NULL"):
        with pytest.raises(IntegrityError):
            await fill(earlier, f"UPDATE check_ins SET status = {change}")


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
