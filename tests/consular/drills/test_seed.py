"""Synthetic people by the thousand: whole records, found at once, each with its own number."""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.consular.drills import seed
from bot.consular.people import search
from bot.messages import Channel, Form
from bot.models import SEARCH_VERSION, Address, Person
from bot.runtime.runtime import Runtime
from tests import builders

MORE_THAN_A_SLICE = seed.SLICE_PEOPLE + 3


async def seeded(runtime: Runtime, number: int, seed_number: int = 1) -> list[int]:
    """Add so many people in Turkey; return what the caller is told while they are added."""
    done: list[int] = []
    async with runtime.db.begin() as session:
        await seed.people(
            session,
            number,
            ["TR"],
            Channel.SMS,
            seed_number,
            runtime.clock(),
            done.append,
        )
    return done


async def everybody(runtime: Runtime) -> list[tuple[Person, Address]]:
    """Everybody with their address, in the order of their numbers."""
    async with runtime.db.read() as session:
        columns = select(Person, Address).join(Address, Address.person_id == Person.id)
        rows = await session.execute(columns.order_by(Person.id))
        return [(person, address) for person, address in rows]


async def test_a_seeded_person_is_a_whole_record_that_is_found(runtime: Runtime) -> None:
    await seeded(runtime, 40)

    [*people] = await everybody(runtime)
    person, address = people[7]
    assert len(people) == 40
    assert (person.country, person.synthetic, person.language_chosen) == ("TR", True, True)
    assert person.registered_at == person.consented_at == person.placed_at == address.heard_at
    assert person.search_version == SEARCH_VERSION
    assert (address.form, address.region) == (Form.TEXT, "FR")
    async with runtime.db.begin() as session:
        staff = (await builders.team(session, runtime.clock())).officer
        by_name = await search.search(session, staff, person.name or "", runtime.clock())
        by_number = await search.search(session, staff, address.address, runtime.clock())
    assert person.id in {found.id for found in by_name}
    assert [found.id for found in by_number] == [person.id]


async def test_slices_are_made_ahead_and_come_in_order(runtime: Runtime) -> None:
    assert await seeded(runtime, MORE_THAN_A_SLICE) == [seed.SLICE_PEOPLE, MORE_THAN_A_SLICE]

    people = await everybody(runtime)
    numbers = [address.address for _person, address in people]
    assert len(people) == MORE_THAN_A_SLICE
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == MORE_THAN_A_SLICE


async def test_the_number_of_somebody_who_was_deleted_is_nobody_else_s(runtime: Runtime) -> None:
    await seeded(runtime, 3)
    [*_others, (last, _address)] = await everybody(runtime)
    async with runtime.db.begin() as session:
        await session.execute(delete(Person).where(Person.id == last.id))

    await seeded(runtime, 2, seed_number=2)

    numbers = [person.id for person, _address in await everybody(runtime)]
    async with runtime.db.begin() as session:
        newcomer = await builders.person(session, runtime.clock())
    assert last.id not in numbers
    assert len(numbers) == len(set(numbers)) == 4
    assert newcomer.id > max(numbers)
