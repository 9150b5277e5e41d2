"""Synthetic people for drills and benchmarks: repeatable and marked, on numbers of nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import Dialect, select
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.drills import names, towns
from bot.consular.errors import ConsularError, Quote
from bot.consular.people import placement, search_keys
from bot.consular.reference import timezones
from bot.consular.reference.places import COUNTRIES
from bot.messages import Channel, Form, Language
from bot.models import (
    SEARCH_VERSION,
    Address,
    NameWord,
    NumberEnding,
    Person,
    binding,
    copying,
)
from bot.models.copying import Portion
from bot.text import text
from nlu.language import index

SLICE_PEOPLE = 2000
ENGLISH_SHARE = 0.1
MAX_CITIES = 40  # of a country, the largest
PLACE_AGES_DAYS = (1, 7, 30, 90, 150, 200, 400)
PARTY_SIZES = (1, 1, 1, 2, 3, 4, 5)

_NEXT_IDS = sql(
    "SELECT nextval(pg_get_serial_sequence('people', 'id')) FROM generate_series(1, :number)"
)
_LAST_ID = sql("SELECT seq FROM sqlite_sequence WHERE name = 'people'")

TEXT_SCREEN = "text:"  # before a number of the phone page that shows no buttons

Columns = dict[str, Any]
Report = Callable[[int], None]


def _say_nothing(_done: int) -> None:
    pass


async def people(
    session: AsyncSession,
    number: int,
    countries: Sequence[str],
    channel: Channel,
    seed: int,
    now: datetime,
    report: Report = _say_nothing,
) -> int:
    """Add people in these countries (ISO codes) whom we reach on `channel`; return how many.

    `report` hears how many are done. The same seed on an empty database makes the same people.
    Raises ConsularError, before anybody is added.
    """
    _check_countries(countries)
    numbers = await free_numbers(session, channel, number)
    ids = await _reserve_ids(session, number)
    connection = await session.connection()
    sowing = _Sowing(
        connection.dialect,
        Random(seed),  # noqa: S311  # repeatable on purpose
        countries,
        _largest_towns(countries),
        channel,
        now,
    )

    def make(start: int) -> list[Portion]:
        end = start + SLICE_PEOPLE
        return sowing.portions(ids[start:end], numbers[start:end])

    starts = range(0, number, SLICE_PEOPLE)
    async for start, portions in _made_ahead(make, starts):
        for portion in portions:
            await copying.add(session, portion)
        report(min(start + SLICE_PEOPLE, number))
    return number


def _largest_towns(countries: Sequence[str]) -> dict[str, list[index.City]]:
    return {country: towns.largest(country)[:MAX_CITIES] for country in set(countries)}


@dataclass(frozen=True, slots=True)
class _Sowing:
    """Hold what decides who is made up, and how rows are written for the database."""

    dialect: Dialect
    random: Random
    countries: Sequence[str]
    largest_towns: Mapping[str, Sequence[index.City]]
    channel: Channel
    now: datetime

    def portions(self, ids: Sequence[int], numbers: Sequence[str]) -> list[Portion]:
        """Make up a person for each id and number; return all their rows."""
        batch = [self._person() for _ in ids]
        return _portions(
            self.dialect,
            ids,
            batch,
            numbers,
            self.channel,
            self.now,
        )

    def _person(self) -> Columns:
        country = self.random.choice(self.countries)
        language: Language = "en" if self.random.random() < ENGLISH_SHARE else "ar"
        town = _choose_town(self.random, self.largest_towns[country])
        return person(
            self.random,
            country,
            town,
            language,
            self.now,
        )


async def _made_ahead(
    make: Callable[[int], list[Portion]],
    starts: Sequence[int],
) -> AsyncIterator[tuple[int, list[Portion]]]:
    """Yield each start and what is made for it; a thread makes the next one meanwhile."""
    following = [*starts[1:], None]
    making = asyncio.create_task(asyncio.to_thread(make, starts[0]))
    for start, after in zip(starts, following, strict=True):
        portions = await making
        if after is not None:
            making = asyncio.create_task(asyncio.to_thread(make, after))
        yield start, portions


def _check_countries(countries: Sequence[str]) -> None:
    unknown = [code for code in countries if code not in COUNTRIES]
    if not countries:
        unknown = [""]
    for code in unknown:
        raise ConsularError("Not a country code: {code}.", code=Quote(code))


def person(
    random: Random,
    country: str,
    town: index.City | None,
    language: Language,
    now: datetime,
) -> Columns:
    """Make up the columns of a person."""
    name_parts = [
        random.choice(names.GIVEN),
        random.choice(names.FATHERS),
        random.choice(names.FAMILIES),
    ]
    place = _place(country, town)
    placed_at = now - timedelta(days=random.choice(PLACE_AGES_DAYS))
    return {
        **place,
        "created_at": now,
        "language": language,
        "language_chosen": True,
        "name": " ".join(name_parts),
        "placed_at": placed_at,
        "party_size": random.choice(PARTY_SIZES),
        "consented_at": placed_at,
        "registered_at": placed_at,
        "changed_at": now,
        "synthetic": True,
        "search_version": SEARCH_VERSION,
    }


def _choose_town(random: Random, among: Sequence[index.City]) -> index.City | None:
    """Choose a town by its population; None where a country has none."""
    if not among:
        return None
    weights = [town.population + 1 for town in among]
    return random.choices(among, weights)[0]


def _place(country: str, town: index.City | None) -> Columns:
    """Return the columns of a place: a town, or the country alone."""
    if town is None:
        return {
            "country": country,
            "city": None,
            "position": None,
            **placement.blind(None, None),
            "timezone": timezones.of(country, None),
        }
    position = placement.rounded(town.latitude, town.longitude)
    return {
        "country": country,
        "city": town.value,
        "position": position,
        **placement.blind(town.value, position),
        "timezone": timezones.of(country, town.value),
    }


async def add(
    session: AsyncSession,
    batch: list[Columns],
    numbers: list[str],
    channel: Channel,
    now: datetime,
) -> list[int]:
    """Insert people with their addresses and the keys of the search; return their ids in order."""
    ids = await _reserve_ids(session, len(batch))
    connection = await session.connection()
    for portion in _portions(connection.dialect, ids, batch, numbers, channel, now):
        await copying.add(session, portion)
    return ids


def _portions(
    dialect: Dialect,
    ids: Sequence[int],
    batch: Sequence[Columns],
    numbers: Sequence[str],
    channel: Channel,
    now: datetime,
) -> list[Portion]:
    """Make the rows of people, of the keys of the search and of addresses."""
    people_rows: list[Columns] = []
    name_rows: list[Columns] = []
    number_rows: list[Columns] = []
    addresses: list[Columns] = []
    for person_id, person, number in zip(
        ids,
        batch,
        numbers,
        strict=True,
    ):
        people_rows.append({"id": person_id, **person})
        name_rows.extend(search_keys.of_name(person_id, person["name"]))
        number_rows.extend(_number_rows(person_id, channel, number))
        address = {
            **_address(channel, number),
            "person_id": person_id,
            "created_at": now,
            "heard_at": person["placed_at"],
        }
        addresses.append(address)
    return [
        _bound(dialect, Person, people_rows),
        copying.portion(dialect, NameWord, name_rows),
        copying.portion(dialect, NumberEnding, number_rows),
        _bound(dialect, Address, addresses),
    ]


def _bound(dialect: Dialect, model: Any, rows: list[Columns]) -> Portion:
    """Make a portion of a table with encrypted columns."""
    keyed_rows = binding.bound_rows(model, rows)
    return copying.portion(dialect, model, keyed_rows)


def _number_rows(
    person_id: int,
    channel: Channel,
    number: str,
) -> list[Columns]:
    phone = search_keys.phone_of(channel, number)
    if phone is None:
        return []
    return search_keys.of_numbers(person_id, [phone])


def _address(
    channel: Channel,
    number: str,
) -> Columns:
    is_sms = channel is Channel.SMS
    shows_text_alone = is_sms or number.startswith(TEXT_SCREEN)
    return {
        "channel": channel,
        "form": Form.TEXT if shows_text_alone else Form.CHAT,
        "address": number,
        "address_index": f"{channel.value}:{number}",
        "region": text.country_of_number(number) if is_sms else None,
    }


async def _reserve_ids(session: AsyncSession, number: int) -> list[int]:
    """Take so many numbers of people, which nobody else gets."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        numbers = await connection.execute(_NEXT_IDS, {"number": number})
        return list(numbers.scalars())
    last = await connection.scalar(_LAST_ID) or 0  # its one writer is this transaction
    return list(range(last + 1, last + number + 1))


# --- numbers that belong to nobody ---


async def free_numbers(
    session: AsyncSession,
    channel: Channel,
    number: int,
) -> list[str]:
    """Return numbers that nobody has yet. Raises ConsularError if too few are left.

    On a real network only synthetic people have such numbers; anybody may on the phone page.
    """
    query = select(Address.address).where(Address.channel == channel)
    if channel is not Channel.PHONE:
        query = query.join(Person).where(Person.synthetic)
    taken = {_bare(address) for address in await session.scalars(query)}
    every_number = NUMBERS[channel]()
    free = (candidate for candidate in every_number if _bare(candidate) not in taken)
    numbers = list(islice(free, number))
    if len(numbers) < number:
        raise ConsularError("Only {free} numbers reserved for fiction are left.", free=len(numbers))
    return numbers


def _bare(address: str) -> str:
    """Return an address without the screen that it is shown on."""
    return address.rpartition(":")[2]


def _on_the_phone_page() -> Iterator[str]:
    """Yield numbers of +999, a country code that belongs to no country."""
    for number in range(10**9):
        yield f"chat:+999{number:09d}"


def _chats() -> Iterator[str]:
    """Yield chat ids far above those in use: Telegram's have at most 52 bits."""
    for number in range(10**9):
        yield str(4_000_000_000_000_000 + number)


def _sms() -> Iterator[str]:
    """Yield phone numbers that regulators reserve for fiction."""
    yield from _french_numbers()
    yield from _british_numbers()
    yield from _american_numbers()


def _french_numbers() -> Iterator[str]:
    """Yield ARCEP's mobile block 06 39 98 and its five fixed blocks."""
    for block in ("63998", "19900", "26191", "35301", "46571", "53649"):
        for number in range(10_000):
            yield f"+33{block}{number:04d}"


def _british_numbers() -> Iterator[str]:
    """Yield Ofcom's block for drama."""
    for number in range(1000):
        yield f"+447700900{number:03d}"


def _american_numbers() -> Iterator[str]:
    """Yield 555-0100 to 555-0199 of every area code of North America."""
    for area in range(201, 990):
        if area % 100 == 11:
            continue
        for number in range(100):
            yield f"+1{area}55501{number:02d}"


NUMBERS = {
    Channel.PHONE: _on_the_phone_page,
    Channel.TELEGRAM: _chats,
    Channel.SMS: _sms,
}
