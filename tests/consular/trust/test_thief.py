"""What a thief of the database reads without its key: nothing that finds somebody."""

from __future__ import annotations

from sqlalchemy import select

from bot.consular.audiences import selection
from bot.consular.audit import trail
from bot.consular.crises import checkins
from bot.consular.people import facts, tags
from bot.consular.reference import places
from bot.consular.trust import export
from bot.messages import Location
from bot.models import Address, CheckInStatus, Person
from bot.runtime.runtime import Runtime
from tests import builders

CITY = "TR/Antakya"
TAG = "convoy 3"
EXACT = Location(36.20211, 36.15537)
TABLES = ("people", "person_tags", "check_ins")


async def known(runtime: Runtime) -> Person:
    """Somebody on the register in Antakya, who shared a position."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1001", country=None)
        await facts.set_name(session, person, "سالم بن عمران")
        place = places.place_at(EXACT)
        assert place is not None
        assert place.city == CITY
        await facts.set_place(session, person, place, now, EXACT)
        await facts.register(session, person, now)
        team = await builders.team(session, now)
        await tags.add(session, team.officer, person.id, TAG, now)
        for status in (CheckInStatus.EVACUATE, CheckInStatus.HELP, CheckInStatus.SAFE):
            await checkins.record(session, person, status, "telegram", now)
        return person


async def stolen(runtime: Runtime) -> bytes:
    """Every column of these tables as the database holds it."""
    cells: list[bytes] = []
    async with runtime.db.writer.connect() as connection:
        for table in TABLES:
            rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")
            for row in rows:
                for content in row:
                    cells.append(content if isinstance(content, bytes) else str(content).encode())
    return b"\n".join(cells)


async def test_no_position_is_read(runtime: Runtime) -> None:
    await known(runtime)
    dump = await stolen(runtime)
    for digits in (b"36.20", b"36.15", b"36.2", b"36.16", b"3620", b"3616"):
        assert digits not in dump
    circle = {"circle": {"latitude": 36.2, "longitude": 36.16, "km": 1}}
    async with runtime.db.read() as session:
        inside = list(await session.scalars(selection.people_in(circle, runtime.clock())))
        (person,) = await session.scalars(select(Person))
    assert inside == [person.id]
    assert (person.position, person.location) == ("36.2,36.16", "36.20211,36.15537")


async def test_the_length_of_what_is_encrypted_says_nothing(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for place in (("TR/Van", "1.0,1.0", "حاج"), ("TR/Gaziantep", "-36.25,-136.16", "pilgrim")):
            city, position, tag = place
            person = await builders.person(session, now, city=city, position=position)
            await tags.add(session, team.officer, person.id, tag, now)
            for status in CheckInStatus:
                await checkins.record(session, person, status, "telegram", now)
    for column in ("city", "position"):
        assert len(await lengths(runtime, f"SELECT length({column}) FROM people")) == 1
    assert len(await lengths(runtime, "SELECT length(words) FROM person_tags")) == 1
    former = "SELECT length(former_status) FROM check_ins WHERE status IS NULL"
    assert len(await lengths(runtime, former)) == 1


async def lengths(runtime: Runtime, query: str) -> set[int]:
    async with runtime.db.writer.connect() as connection:
        return {length for (length,) in await connection.exec_driver_sql(query)}


async def test_no_former_answer_is_read(runtime: Runtime) -> None:
    person = await known(runtime)
    dump = await stolen(runtime)
    for status in (b"evacuate", b"help"):
        assert status not in dump
    assert b"safe" in dump  # the board counts it
    async with runtime.db.read() as session:
        exported = await export.export(session, await session.get_one(Person, person.id))
        notes = await trail.of(session, f"person:{person.id}")
    assert [answer["status"] for answer in exported["check_ins"]] == ["evacuate", "help", "safe"]
    assert "evacuate" not in str([note.detail for note in notes])


async def test_no_tag_is_read(runtime: Runtime) -> None:
    person = await known(runtime)
    dump = await stolen(runtime)
    assert b"convoy" not in dump
    async with runtime.db.read() as session:
        tagged = selection.people_in({"tags": [TAG]}, runtime.clock())
        assert list(await session.scalars(tagged)) == [person.id]
        assert await tags.of(session, person.id) == [TAG]


async def test_no_city_is_read(runtime: Runtime) -> None:
    person = await known(runtime)
    dump = await stolen(runtime)
    assert b"TR" in dump  # the country is in the clear
    assert b"Antakya" not in dump
    async with runtime.db.read() as session:
        city = await session.scalar(select(Person.city).where(Person.city_index == CITY))
        owner = await session.scalar(select(Address.person_id))
    assert (city, owner) == (CITY, person.id)
