"""Synthetic people for drills and benchmarks: repeatable and marked, on numbers of nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.drills import names, towns
from bot.consular.errors import ConsularError, Quote
from bot.consular.people import placement, search_keys
from bot.consular.reference import timezones
from bot.consular.reference.places import COUNTRIES
from bot.messages import Channel, Form, Language
from bot.models import Address, NameWord, NumberEnding, Person, binding
from bot.text import text
from nlu.language import index

SLICE_PEOPLE = 2000
ENGLISH_SHARE = 0.1
MAX_CITIES = 40  # of a country, the largest
PLACE_AGES_DAYS = (1, 7, 30, 90, 150, 200, 400)
PARTY_SIZES = (1, 1, 1, 2, 3, 4, 5)

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
    random = Random(seed)  # noqa: S311  # repeatable on purpose
    largest = {country: towns.largest(country)[:MAX_CITIES] for country in countries}
    for start in range(0, number, SLICE_PEOPLE):
        slice_numbers = numbers[start : start + SLICE_PEOPLE]
        batch: list[Columns] = []
        for _ in slice_numbers:
            country = random.choice(countries)
            language: Language = "en" if random.random() < ENGLISH_SHARE else "ar"
            town = _choose_town(random, largest[country])
            batch.append(
                person(
                    random,
                    country,
                    town,
                    language,
                    now,
                )
            )
        await add(
            session,
            batch,
            slice_numbers,
            channel,
            now,
        )
        report(start + len(batch))
    return number


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
    ids = await _insert_people(session, batch)
    name_rows: list[Columns] = []
    number_rows: list[Columns] = []
    addresses: list[Columns] = []
    for person_id, person, number in zip(
        ids,
        batch,
        numbers,
        strict=True,
    ):
        name_rows.extend(search_keys.of_name(person_id, person["name"]))
        number_rows.extend(_number_rows(person_id, channel, number))
        address = _address(channel, number)
        address["person_id"] = person_id
        address["created_at"] = now
        address["heard_at"] = person["placed_at"]
        addresses.append(address)
    await _insert_rows(session, NameWord, name_rows)
    await _insert_rows(session, NumberEnding, number_rows)
    await _insert_rows(session, Address, binding.bound_rows(Address, addresses))
    return ids


async def _insert_rows(
    session: AsyncSession,
    table: Any,
    rows: list[Columns],
) -> None:
    """Insert rows, not through the session, which makes objects."""
    connection = await session.connection()
    if rows:
        await connection.execute(insert(table), rows)


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


async def _insert_people(
    session: AsyncSession,
    batch: list[Columns],
) -> list[int]:
    """Insert people; return their ids in the order of the batch: the database numbers rows so."""
    last = await session.scalar(select(func.coalesce(func.max(Person.id), 0)))
    connection = await session.connection()
    await connection.execute(insert(Person), binding.bound_rows(Person, batch))
    added = select(Person.id).where(
        Person.id > last,
        Person.synthetic,
    )
    return list(await session.scalars(added.order_by(Person.id)))


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
