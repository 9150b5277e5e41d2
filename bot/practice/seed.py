"""Synthetic people for drills and benchmarks: repeatable, marked as such, on numbers that belong to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import ConsularError, Quote
from bot.consular.people.facts import name_words
from bot.consular.reference import timezones
from bot.consular.reference.places import COUNTRIES
from bot.messages import Channel, Form
from bot.models import Address, NameWord, Person
from bot.practice import names
from bot.text import text
from nlu.language import index

SLICE = 2000  # people a round
ENGLISH = 0.1  # share of people who read English
_CITIES = 40  # of a country, the largest

Told = Callable[[int], None]


async def people(
    session: AsyncSession,
    n: int,
    countries: Sequence[str],
    channel: Channel,
    seed: int,
    now: datetime,
    told: Told = lambda _done: None,
) -> int:
    """Adds `n` people in these countries (ISO codes), reached on `channel`; `told` hears how many are done.

    The same seed on an empty database gives the same people. Raises ConsularError, before anything is added.
    """
    unknown = [code for code in countries if code not in COUNTRIES]
    if unknown or not countries:
        raise ConsularError(
            "Not a country code: {code}.", code=Quote(unknown[0] if unknown else "")
        )
    numbers = await _free_numbers(session, channel, n)
    random = Random(seed)  # noqa: S311  # repeatable on purpose
    towns = {country: _towns(country) for country in countries}
    made = (_person(random, random.choice(countries), towns, now) for _ in range(n))
    for start in range(0, n, SLICE):
        batch = list(islice(made, SLICE))
        await _insert(session, batch, numbers[start : start + SLICE], channel, now)
        told(start + len(batch))
    return n


def _towns(country: str) -> list[index.City]:
    """The largest towns of a country, the largest first."""
    rows = index.index().rows
    towns = [index.row(number) for number, row in enumerate(rows) if row.startswith(f"{country}\t")]
    return sorted(towns, key=lambda city: -city.population)[:_CITIES]


def _person(
    random: Random, country: str, towns: dict[str, list[index.City]], now: datetime
) -> dict[str, Any]:
    name = " ".join(random.choice(part) for part in (names.GIVEN, names.FATHERS, names.FAMILIES))
    known = towns[country]
    city = random.choices(known, [town.population + 1 for town in known])[0] if known else None
    placed = now - timedelta(days=random.choice((1, 7, 30, 90, 150, 200, 400)))
    return {
        "created_at": now, "language": "en" if random.random() < ENGLISH else "ar", "language_chosen": True,
        "name": name, "country": country, "city": city.value if city else None,
        "latitude": round(city.latitude, 2) if city else None, "longitude": round(city.longitude, 2) if city else None,
        "placed_at": placed, "party_size": random.choice((1, 1, 1, 2, 3, 4, 5)), "consented_at": placed,
        "registered_at": placed, "changed_at": now, "synthetic": True,
        "timezone": timezones.of(country, city.value if city else None),
    }  # fmt: skip


async def _insert(
    session: AsyncSession,
    batch: list[dict[str, Any]],
    numbers: list[str],
    channel: Channel,
    now: datetime,
) -> None:
    ids = await _insert_people(session, batch)
    form = Form.CHAT if channel is not Channel.SMS else Form.TEXT
    words: list[dict[str, Any]] = []
    addresses: list[dict[str, Any]] = []
    for person_id, person, number in zip(ids, batch, numbers, strict=True):
        words += ({"person_id": person_id, "word": word} for word in name_words(person["name"]))
        addresses.append({
            "person_id": person_id, "channel": channel, "form": form, "address": number,
            "address_index": f"{channel.value}:{number}", "created_at": now, "heard_at": person["placed_at"],
            "region": text.country_of_number(number) if channel is Channel.SMS else None,
        })  # fmt: skip
    connection = await session.connection()  # not through the session, which makes objects
    await connection.execute(insert(NameWord), words)
    await connection.execute(insert(Address), addresses)


async def _insert_people(session: AsyncSession, batch: list[dict[str, Any]]) -> list[int]:
    """The new ids, in the order of the batch: rows are numbered as they are inserted."""
    last = await session.scalar(select(func.coalesce(func.max(Person.id), 0)))
    await (await session.connection()).execute(insert(Person), batch)
    return list(
        await session.scalars(
            select(Person.id).where(Person.id > last, Person.synthetic).order_by(Person.id)
        )
    )


# Numbers that belong to nobody


async def _free_numbers(session: AsyncSession, channel: Channel, n: int) -> list[str]:
    query = select(Address.address).join(Person).where(Person.synthetic, Address.channel == channel)
    taken = set(await session.scalars(query))
    free = list(islice((number for number in _NUMBERS[channel]() if number not in taken), n))
    if len(free) < n:
        raise ConsularError("Only {free} numbers reserved for fiction are left.", free=len(free))
    return free


def _on_the_phone_page() -> Iterator[str]:
    """+999 is a country code that belongs to no country."""
    return (f"chat:+999{number:09d}" for number in range(10**9))


def _chats() -> Iterator[str]:
    """Telegram's chat ids have at most 52 bits; these are far above those in use."""
    return (str(4_000_000_000_000_000 + number) for number in range(10**9))


def _sms() -> Iterator[str]:
    """France (ARCEP 06 39 98 and five fixed blocks), United Kingdom (Ofcom), North America (555-0100 to 0199)."""
    france = (
        f"+33{block}{n:04d}"
        for block in ("63998", "19900", "26191", "35301", "46571", "53649")
        for n in range(10_000)
    )
    britain = (f"+447700900{n:03d}" for n in range(1000))
    areas = (area for area in range(201, 990) if area % 100 != 11)
    america = (f"+1{area}55501{n:02d}" for area in areas for n in range(100))
    return chain(france, britain, america)


_NUMBERS = {Channel.PHONE: _on_the_phone_page, Channel.TELEGRAM: _chats, Channel.SMS: _sms}
