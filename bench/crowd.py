"""People by the hundred thousand, made in seconds: rows by the database, addresses by a copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import asyncpg

from bot.consular.reference import cells
from bot.runtime.keys import Keyring

COUNTRIES = ("TR", "SD", "TN", "EG", "DE", "IT", "GB", "MT")
FIRST_CHAT = 4_000_000_000_000_000  # far above the chats in use
FIRST_NUMBER = 218_900_000_000
PORTION_ROWS = 50_000  # of one copy
STOPPED_INTERVAL = 97  # one of so many people stopped the messages
UNREACHABLE_INTERVAL = 41  # one of so many has no address
BLOCKED_INTERVAL = 53  # one of so many blocked the bot
BOTH_CHANNELS_INTERVAL = 20
NAME = "ليلى سالم المصراتي"
CITY = "TR/Istanbul"
OPENER = "opener@example.org"  # who opens a crisis

# Hashes instead of random numbers make the same people every time. Their positions lie around
# Istanbul, whatever their country.
_SPOTS = """
SELECT n, round((36 + (hashint4(n) & 65535) / 65535.0 * 5)::numeric, 2)::float8 AS north,
       round((26 + (hashint4(-n) & 65535) / 65535.0 * 18)::numeric, 2)::float8 AS east
FROM generate_series(1, $1) AS n
"""
_POSITIONS = """
CREATE TEMPORARY TABLE positions (
    number integer PRIMARY KEY, position bytea, cell bytea, cell_tenth bytea, cell_degree bytea
)
"""
_POSITION_COLUMNS = ("number", "position", "cell", "cell_tenth", "cell_degree")
_PEOPLE = """
INSERT INTO people (
    created_at, language, language_chosen, name, country, city, city_index, position, cell,
    cell_tenth, cell_degree, placed_at, timezone, changed_at, party_size, consented_at,
    registered_at, stopped_at, synthetic
)
SELECT now(), CASE WHEN n % 10 = 0 THEN 'en' ELSE 'ar' END, true, $2,
       ($3::text[])[1 + n % cardinality($3::text[])], $5, $6,
       position, cell, cell_tenth, cell_degree,
       now() - n % 400 * interval '1 day', 'Europe/Istanbul', now(), 1 + n % 5, now(), now(),
       CASE WHEN n % $4 = 0 THEN now() END, false
FROM generate_series(1, $1) AS n JOIN positions ON number = n ORDER BY n
"""
_ADDRESS_COLUMNS = (
    "person_id",
    "channel",
    "form",
    "address",
    "address_index",
    "region",
    "created_at",
    "heard_at",
    "stopped_at",
    "stop_reason",
)

_CRISIS = """
WITH officer AS (
    INSERT INTO staff (email, email_index, role, created_at)
    VALUES ($1, $2, 'hq_officer', now())
    RETURNING id
), call AS (
    INSERT INTO broadcasts (
        kind, lane, contents, audience, drill, created_at, starts_at, cursor, fanned_out_at
    )
    VALUES ('roll_call', 1, '{}', '{}', false, now(), now(), 0, now())
    RETURNING id
), crisis AS (
    INSERT INTO crises (names, state, drill, opened_at, opened_by, broadcast_id)
    SELECT '{"en": "Earthquake", "ar": "زلزال"}', 'open', false, now() - interval '1 hour',
           officer.id, call.id
    FROM officer, call
    RETURNING id
), covered AS (
    INSERT INTO crisis_countries (crisis_id, country)
    SELECT id, unnest(ARRAY['TR', 'SD']) FROM crisis
)
SELECT id AS crisis FROM crisis
"""
_ROLL_CALL = """
INSERT INTO outbound_messages (
    person_id, address_id, channel, form, language, lane, state, broadcast_id, attempts,
    created_at, due_at, sent_at
)
SELECT DISTINCT ON (p.id) p.id, a.id, a.channel, a.form, p.language, 1, 'sent', c.broadcast_id, 1,
       now(), now(), now()
FROM people p JOIN addresses a ON a.person_id = p.id, crises c
WHERE p.country IN ('TR', 'SD') ORDER BY p.id, a.id
"""
_CHECK_INS = """
INSERT INTO check_ins (person_id, crisis_id, status, at, country, via)
SELECT id, 1, CASE WHEN id % 9 = 0 THEN 'help' ELSE 'safe' END, now(), country, 'telegram'
FROM people WHERE country IN ('TR', 'SD') AND id % 5 < 3
"""


@dataclass(frozen=True)
class Crowd:
    """Describe the people of a database.

    `sms` is the share of them, in hundredths, on SMS instead of Telegram. The people of a `whole`
    crowd are all reachable; otherwise some stopped the messages, have no address or blocked the
    bot, and one in twenty has both channels.
    """

    people: int
    countries: Sequence[str] = COUNTRIES
    sms: int = 0
    whole: bool = True

    def has_no_address(self, number: int) -> bool:
        """Tell whether this person is out of reach."""
        return not self.whole and number % UNREACHABLE_INTERVAL == 0

    def has_blocked(self, number: int) -> bool:
        """Tell whether this person blocked the bot."""
        return not self.whole and number % BLOCKED_INTERVAL == 0

    def is_on_telegram(self, number: int) -> bool:
        """Tell whether this person is on Telegram."""
        return number * 37 % 100 >= self.sms

    def is_on_sms(self, number: int) -> bool:
        """Tell whether this person is on SMS."""
        if not self.whole and number % BOTH_CHANNELS_INTERVAL == 0:
            return True
        return not self.is_on_telegram(number)


async def gather(url: str, crowd: Crowd, keys: str) -> None:
    """Fill a migrated database that is empty."""
    keyring = Keyring.parse(keys)
    name = keyring.encrypt(NAME.encode(), b"people.name")
    city = keyring.encrypt(CITY.encode(), b"people.city")
    city_index = keyring.index(CITY, b"city")
    stopped_interval = STOPPED_INTERVAL
    if crowd.whole:
        stopped_interval = crowd.people + 1  # nobody
    connection = await asyncpg.connect(url)
    countries = list(crowd.countries)
    await _set_positions(connection, crowd, keyring)
    columns = (name, countries, stopped_interval, city, city_index)
    await connection.execute(_PEOPLE, crowd.people, *columns)
    addresses = _addresses(crowd, keyring)
    while portion := list(islice(addresses, PORTION_ROWS)):
        await connection.copy_records_to_table(
            "addresses",
            records=portion,
            columns=_ADDRESS_COLUMNS,
        )
    await connection.close()


async def _set_positions(connection: Any, crowd: Crowd, keyring: Keyring) -> None:
    """Make a table of everybody's position and its cells, which the connection takes along."""
    await connection.execute(_POSITIONS)
    spots = await connection.fetch(_SPOTS, crowd.people)
    records = (_position(keyring, *spot) for spot in spots)
    await connection.copy_records_to_table(
        "positions",
        records=records,
        columns=_POSITION_COLUMNS,
    )


def _position(keyring: Keyring, number: int, north: float, east: float) -> tuple[Any, ...]:
    """Return the number of a person, the encrypted position and the indexes of its cells."""
    names = cells.of(north, east)
    position = f"{north},{east}".encode()
    return (
        number,
        keyring.encrypt(position, b"people.position"),
        keyring.index(names.cell, b"cell"),
        keyring.index(names.cell_tenth, b"cell tenth"),
        keyring.index(names.cell_degree, b"cell degree"),
    )


def _addresses(crowd: Crowd, keyring: Keyring) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of each address."""
    now = datetime.now(UTC)
    for number in range(1, crowd.people + 1):
        if crowd.has_no_address(number):
            continue
        stop: tuple[datetime | None, str | None] = (None, None)
        if crowd.has_blocked(number):
            stop = (now, "blocked")
        if crowd.is_on_sms(number):
            phone = _sealed(keyring, "sms", f"+{FIRST_NUMBER + number}")
            yield (number, "sms", "text", *phone, "LY", now, now, *stop)
        if crowd.is_on_telegram(number):
            telegram = _sealed(keyring, "telegram", chat(number))
            yield (number, "telegram", "chat", *telegram, None, now, now, *stop)


def chat(number: int) -> str:
    """Return the Telegram chat of the person with this number."""
    return str(FIRST_CHAT + number)


def _sealed(keyring: Keyring, channel: str, address: str) -> tuple[bytes, bytes]:
    """Return the encrypted address and its index."""
    sealed = keyring.encrypt(address.encode(), b"addresses.address")
    index = keyring.index(f"{channel}:{address}", b"address")
    return sealed, index


async def crisis(url: str, keys: str) -> int:
    """Open a crisis in two of the countries; return its number.

    Its roll call was sent and many people answered.
    """
    keyring = Keyring.parse(keys)
    email = keyring.encrypt(OPENER.encode(), b"staff.email")
    email_index = keyring.index(OPENER, b"email")
    connection = await asyncpg.connect(url)
    number: int = await connection.fetchval(_CRISIS, email, email_index)
    await connection.execute(_ROLL_CALL)
    await connection.execute(_CHECK_INS)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return number
