from __future__ import annotations

from itertools import islice

import phonenumbers
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.drills import seed
from bot.consular.errors import ConsularError
from bot.consular.people import search
from bot.messages import Channel, Form
from bot.models import Address, Person
from bot.runtime.runtime import Runtime
from tests import builders

Made = list[tuple[str | None, str | None, str | None, str]]


async def made(session: AsyncSession) -> Made:
    query = (
        select(Person.name, Person.country, Person.city, Address.address)
        .join(Address)
        .order_by(Person.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(query)]


async def test_the_same_seed_makes_the_same_people(runtime: Runtime) -> None:
    now = runtime.clock()
    found: list[Made] = []
    for number in (5, 5, 6):
        async with runtime.db.begin() as session:
            await seed.people(session, 40, ["TR", "SD"], Channel.PHONE, number, now)
            found.append(await made(session))
            await session.rollback()
    assert found[0] == found[1] != found[2]


async def test_synthetic_people_are_marked_placed_and_searchable(runtime: Runtime) -> None:
    now = runtime.clock()
    told: list[int] = []
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        assert await seed.people(session, 4500, ["TR"], Channel.PHONE, 1, now, told.append) == 4500
        assert told == [2000, 4000, 4500]
        assert (
            await session.scalar(select(func.count()).select_from(Person).where(Person.synthetic))
            == 4500
        )
        someone = await session.scalar(select(Person).limit(1))
        assert someone is not None
        assert someone.name is not None
        assert someone.city is not None
        assert someone.city.startswith("TR/")
        assert someone in await search.search(session, team.officer, someone.name, now)


async def test_a_second_batch_gets_numbers_of_its_own(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for _ in range(2):
            await seed.people(session, 30, ["TR"], Channel.SMS, 1, now)
        numbers = list(await session.scalars(select(Address.address)))
        assert len(set(numbers)) == 60
        assert set(await session.scalars(select(Address.form))) == {Form.TEXT}


@pytest.mark.parametrize(("countries", "n"), [(["XX"], 5), ([], 5), (["TR"], 1_000_000)])
async def test_what_cannot_be_made_is_refused(
    runtime: Runtime, countries: list[str], n: int
) -> None:
    async with runtime.db.begin() as session:
        with pytest.raises(ConsularError):
            await seed.people(session, n, countries, Channel.SMS, 1, runtime.clock())
        assert await session.scalar(select(func.count()).select_from(Person)) == 0


def test_sms_numbers_are_those_reserved_for_fiction() -> None:
    numbers = list(seed.NUMBERS[Channel.SMS]())
    assert len(set(numbers)) == len(numbers) > 100_000
    assert all(
        len(number) <= 16 and phonenumbers.parse(number) for number in islice(numbers, 0, None, 997)
    )
    prefixes = (
        "+3363998",
        "+3319900",
        "+3326191",
        "+3335301",
        "+3346571",
        "+3353649",
        "+447700900",
        "+1",
    )
    assert all(number.startswith(prefixes) for number in numbers)
    assert all(number[5:10] == "55501" for number in numbers if number.startswith("+1"))
