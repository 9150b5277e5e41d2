"""People by the hundred thousand within seconds: rows made by the database, addresses sealed here and copied in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import asyncpg

from bot.runtime.keys import Keyring

COUNTRIES = ("TR", "SD", "TN", "EG", "DE", "IT", "GB", "MT")
FIRST_CHAT = 4_000_000_000_000_000  # far above those in use
FIRST_NUMBER = 218_900_000_000
PORTION = 50_000  # rows copied at once
SILENT, UNREACHABLE, BLOCKED = 97, 41, 53  # one of so many said stop, has no address, blocked us

# The same people every time: hashes instead of random numbers. Positions lie around Istanbul, for want of a world.
_PEOPLE = """
INSERT INTO people (created_at, language, language_chosen, name, country, city, latitude, longitude, placed_at,
                    timezone, changed_at, party_size, consented_at, registered_at, stopped_at, synthetic)
SELECT now(), CASE WHEN n % 10 = 0 THEN 'en' ELSE 'ar' END, true, $2,
       ($3::text[])[1 + n % cardinality($3::text[])], 'TR/Istanbul',
       round((36 + (hashint4(n) & 65535) / 65535.0 * 5)::numeric, 2),
       round((26 + (hashint4(-n) & 65535) / 65535.0 * 18)::numeric, 2),
       now() - n % 400 * interval '1 day', 'Europe/Istanbul', now(), 1 + n % 5, now(), now(),
       CASE WHEN n % $4 = 0 THEN now() END, false
FROM generate_series(1, $1) AS n
"""
_ADDRESS = ("person_id", "channel", "form", "address", "address_index", "region", "created_at", "heard_at",
            "stopped_at", "stop_reason")  # fmt: skip

_CRISIS = """
WITH officer AS (
    INSERT INTO staff (email, email_index, role, created_at) VALUES ('', '', 'hq_officer', now()) RETURNING id
), call AS (
    INSERT INTO broadcasts (kind, lane, contents, audience, drill, created_at, starts_at, cursor, fanned_out_at)
    VALUES ('roll_call', 1, '{}', '{}', false, now(), now(), 0, now()) RETURNING id
), crisis AS (
    INSERT INTO crises (names, state, drill, opened_at, opened_by, broadcast_id)
    SELECT '{"en": "Earthquake", "ar": "زلزال"}', 'open', false, now() - interval '1 hour', officer.id, call.id FROM officer, call
    RETURNING id
), covered AS (
    INSERT INTO crisis_countries (crisis_id, country) SELECT id, unnest(ARRAY['TR', 'SD']) FROM crisis
)
SELECT id AS crisis FROM crisis
"""
_CALLED = """
INSERT INTO outbound_messages (person_id, address_id, channel, form, language, lane, state, broadcast_id, attempts,
                               created_at, due_at, sent_at)
SELECT DISTINCT ON (p.id) p.id, a.id, a.channel, a.form, p.language, 1, 'sent', c.broadcast_id, 1, now(), now(), now()
FROM people p JOIN addresses a ON a.person_id = p.id, crises c
WHERE p.country IN ('TR', 'SD') ORDER BY p.id, a.id
"""
_ANSWERED = """
INSERT INTO check_ins (person_id, crisis_id, status, at, country, via)
SELECT id, 1, CASE WHEN id % 9 = 0 THEN 'help' ELSE 'safe' END, now(), country, 'telegram'
FROM people WHERE country IN ('TR', 'SD') AND id % 5 < 3
"""


@dataclass(frozen=True)
class Crowd:
    """How many people, where, and what share of them (in hundredths) is on SMS instead of Telegram.

    `whole` people are all reachable; otherwise some said stop, have no address, or blocked us, and one in twenty has
    both channels.
    """

    people: int
    countries: Sequence[str] = COUNTRIES
    sms: int = 0
    whole: bool = True


async def gather(url: str, crowd: Crowd, keys: str) -> None:
    """Fills a migrated database that is empty."""
    keyring = Keyring.parse(keys)
    name = keyring.encrypt("ليلى سالم المصراتي".encode(), b"people.name")
    connection = await asyncpg.connect(url)
    never = crowd.people + 1
    await connection.execute(
        _PEOPLE, crowd.people, name, list(crowd.countries), never if crowd.whole else SILENT
    )
    rows = _addresses(crowd, keyring)
    while portion := list(islice(rows, PORTION)):
        await connection.copy_records_to_table("addresses", records=portion, columns=_ADDRESS)
    await connection.close()


def _addresses(crowd: Crowd, keyring: Keyring) -> Iterator[tuple[Any, ...]]:
    now = datetime.now(UTC)
    for n in range(1, crowd.people + 1):
        if not crowd.whole and n % UNREACHABLE == 0:
            continue
        stopped = (now, "blocked") if not crowd.whole and n % BLOCKED == 0 else (None, None)
        by_sms = n * 37 % 100 < crowd.sms
        if by_sms or (not crowd.whole and n % 20 == 0):
            yield (
                n,
                "sms",
                "text",
                *_sealed(keyring, "sms", f"+{FIRST_NUMBER + n}"),
                "LY",
                now,
                now,
                *stopped,
            )
        if not by_sms:
            yield (
                n,
                "telegram",
                "chat",
                *_sealed(keyring, "telegram", chat(n)),
                None,
                now,
                now,
                *stopped,
            )


def chat(number: int) -> str:
    """Where the person with this number is on Telegram."""
    return str(FIRST_CHAT + number)


def _sealed(keyring: Keyring, channel: str, address: str) -> tuple[bytes, bytes]:
    sealed = keyring.encrypt(address.encode(), b"addresses.address")
    return sealed, keyring.index(f"{channel}:{address}", b"address")


async def crisis(url: str) -> int:
    """An open crisis in two of the countries, with a roll call that went out and many answers; its number."""
    connection = await asyncpg.connect(url)
    number: int = await connection.fetchval(_CRISIS)
    await connection.execute(_CALLED)
    await connection.execute(_ANSWERED)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return number
