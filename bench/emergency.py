"""A crisis by the hundred thousand, made in seconds by either database itself.

Everybody is in one of four countries, in one of 37 cities. Two of three answered; one in
ten was asked again by SMS; some stopped the messages, have no address or blocked the bot.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.consular.crises import roll_call
from bot.models import BroadcastKind, Crisis, CrisisCountry, Lane, Role, RollCallRound, Staff
from bot.models.types import UTCDateTime
from bot.runtime.database import Database
from bot.runtime.keys import Keyring

COUNTRIES = ("TR", "SD", "EG", "TN")
CITIES = 37  # the people of each live in all four countries
NAME = "ليلى سالم المصراتي"
NAMES = {"ar": "زلزال", "en": "Earthquake"}
MINUTES = 30  # between two questions

# The same on PostgreSQL and SQLite. `n` counts the people from 1.
_NUMBERS = """
WITH RECURSIVE numbers (n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(:people AS integer)
)
"""
_CITIES = "CREATE TEMPORARY TABLE cities (number integer PRIMARY KEY, city {0}, city_index {0})"
_CITY = "INSERT INTO cities VALUES (:number, :city, :city_index)"
_PEOPLE = """
INSERT INTO people (
    created_at, language, language_chosen, name, country, city, city_index, placed_at, changed_at,
    party_size, consented_at, registered_at, stopped_at, synthetic, search_version
)
SELECT :opened, CASE WHEN n % 10 = 0 THEN 'en' ELSE 'ar' END, true, :name,
       CASE n % 4 WHEN 0 THEN 'TR' WHEN 1 THEN 'SD' WHEN 2 THEN 'EG' ELSE 'TN' END,
       city, city_index, CASE WHEN n % 3 = 0 THEN :long_ago ELSE :opened END, :opened,
       1 + n % 5, :opened, :opened, CASE WHEN n % 97 = 0 THEN :opened END, false, 1
FROM numbers JOIN cities ON number = n % 37
ORDER BY n
"""
_CHATS = """
INSERT INTO addresses (
    person_id, channel, form, address, address_index, created_at, heard_at, stopped_at, stop_reason
)
SELECT id, 'telegram', 'chat', :address, {digest}, :opened, :opened,
       CASE WHEN id % 53 = 0 THEN :opened END, CASE WHEN id % 53 = 0 THEN 'blocked' END
FROM people WHERE id % 41 <> 0
"""
_TELEPHONES = """
INSERT INTO addresses (
    person_id, channel, form, address, address_index, region, created_at, heard_at
)
SELECT id, 'sms', 'text', :address, {digest}, 'LY', :opened, :opened
FROM people WHERE id % 41 <> 0 AND id % 5 = 0
"""
_QUESTIONS = """
INSERT INTO outbound_messages (
    person_id, address_id, channel, form, language, lane, state, broadcast_id, attempts,
    created_at, due_at, sent_at
)
SELECT people.id, addresses.id, channel, form, language, 1,
       CASE WHEN addresses.id IS NULL THEN 'no_channel' WHEN people.id % 70 = 0 THEN 'failed'
            WHEN people.id % 50 = 0 THEN 'queued' ELSE 'delivered' END,
       :broadcast, 1, :opened, :opened, :opened
FROM people LEFT JOIN addresses ON addresses.person_id = people.id AND channel = :channel
     AND addresses.stopped_at IS NULL AND people.stopped_at IS NULL
WHERE people.id % :share = 0
ORDER BY people.id
"""
_ANSWERS = """
INSERT INTO check_ins (person_id, crisis_id, status, at, country, via)
SELECT id, :crisis, CASE id % 9 WHEN 0 THEN 'help' WHEN 1 THEN 'medical' WHEN 2 THEN 'evacuate'
       WHEN 3 THEN 'staying' ELSE 'safe' END, :answered, country, 'telegram'
FROM people WHERE id % 100 < 67
"""
_FORMER_ANSWERS = """
INSERT INTO check_ins (person_id, crisis_id, former_status, at, country, via)
SELECT id, :crisis, :former, :opened, country, 'telegram' FROM people WHERE id % 100 < 5
"""


async def fill(database: Database, keys: str, people: int) -> int:
    """Fill an empty migrated database; return the number of the crisis."""
    keyring = Keyring.parse(keys)
    now = datetime.now(UTC)
    async with database.begin() as session:
        crisis, later_round = await _crisis(session, now - timedelta(hours=2))
        values = _values(keyring, crisis, people, now)
        await _make_people(session, keyring, values, database.is_sqlite)
        first = {"broadcast": crisis.broadcast_id, "channel": "telegram", "share": 1}
        later = {"broadcast": later_round, "channel": "sms", "share": 10}
        await _run(session, _QUESTIONS, values | first)
        await _run(session, _QUESTIONS, values | later)
        await _run(session, _FORMER_ANSWERS, values)
        await _run(session, _ANSWERS, values)
    await _vacuum(database)
    return crisis.id


def _values(keyring: Keyring, crisis: Crisis, people: int, now: datetime) -> dict[str, Any]:
    """Return what the statements speak of."""
    return {
        "people": people,
        "name": keyring.encrypt(NAME.encode(), b"people.name"),
        "address": keyring.encrypt(b"999000000123", b"addresses.address"),
        "former": keyring.encrypt(b"help", b"check_ins.former_status"),
        "crisis": crisis.id,
        "opened": crisis.opened_at,
        "answered": now - timedelta(hours=1),
        "long_ago": now - timedelta(days=200),
    }


async def _crisis(session: AsyncSession, opened_at: datetime) -> tuple[Crisis, int]:
    """Add a crisis whose roll call goes on; return it and the broadcast of its second question."""
    officer = Staff(email="", email_index="", role=Role.HQ_OFFICER, created_at=opened_at)
    session.add(officer)
    await session.flush()
    broadcasts = []
    for _question in range(2):
        broadcast = await fan_out.create(
            session,
            BroadcastKind.ROLL_CALL,
            Lane.CRISIS,
            roll_call.contents(NAMES, has_link=False),
            {"countries": list(COUNTRIES)},
            drill=False,
            now=opened_at,
            fanned_out_at=opened_at,
        )
        broadcasts.append(broadcast.id)
    crisis = Crisis(
        names=NAMES,
        public_names=NAMES,
        opened_at=opened_at,
        opened_by=officer.id,
        broadcast_id=broadcasts[0],
        ask_again_minutes=MINUTES,
        countries=[CrisisCountry(country=country) for country in COUNTRIES],
    )
    session.add(crisis)
    await session.flush()
    later = RollCallRound(crisis_id=crisis.id, number=2, broadcast_id=broadcasts[1])
    session.add(later)
    return crisis, later.broadcast_id


async def _make_people(
    session: AsyncSession,
    keyring: Keyring,
    values: dict[str, Any],
    is_sqlite: bool,
) -> None:
    """Add the people and their addresses."""
    binary = "blob" if is_sqlite else "bytea"
    await session.execute(text(_CITIES.format(binary)))
    for number in range(CITIES):
        city = f"TR/City {number}"
        columns = {
            "number": number,
            "city": keyring.encrypt(city.encode(), b"people.city"),
            "city_index": keyring.index(city, b"city"),
        }
        await _run(session, _CITY, columns)
    await _run(session, _NUMBERS + _PEOPLE, values)
    digest = "CAST('{}' || id AS blob)" if is_sqlite else "convert_to('{}' || id, 'UTF8')"
    await _run(session, _CHATS.format(digest=digest.format("telegram")), values)
    await _run(session, _TELEPHONES.format(digest=digest.format("sms")), values)


async def _run(session: AsyncSession, statement: str, values: dict[str, Any]) -> None:
    """Run a statement with those of the values that it speaks of."""
    query = text(statement)
    parameters = {}
    for name in text(statement).compile().params:
        value = values[name]
        parameters[name] = value
        match value:
            case datetime():
                query = query.bindparams(bindparam(name, type_=UTCDateTime()))
            case bytes():
                query = query.bindparams(bindparam(name, type_=LargeBinary()))
    await session.execute(query, parameters)


async def _vacuum(database: Database) -> None:
    """Give PostgreSQL its statistics, as its autovacuum does; nobody does on SQLite."""
    if database.is_sqlite:
        return
    async with database.writer.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("VACUUM ANALYZE"))
