"""Keys of rows: values that are there get one, and open on both sides of the migration."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select, text

from bot.consular.people import facts, search, search_keys
from bot.inbox import rows
from bot.messages import Channel, Form, Inbound, Kind
from bot.migrations import migrate
from bot.models import Address, InboundMessage, Person, TypedEnding
from bot.runtime.keys import BOUND
from bot.runtime.runtime import Runtime
from tests import builders
from tests.migrations.test_migrations import _config

NUMBER = "+218910000001"
STORED = "SELECT name, address, content FROM people, addresses, inbound_messages"


async def test_what_is_encrypted_opens_before_and_after(runtime: Runtime) -> None:
    message = Inbound(Channel.SMS, "SM1", NUMBER, Kind.TEXT, Form.TEXT, text="بخير", phone=NUMBER)
    async with runtime.db.begin() as session:
        [person_id] = await rows.receive(session, [message], runtime.clock())
        person = await session.get_one(Person, person_id)
        await facts.set_name(session, person, "علي الورفلي")
    async with runtime.db.writer.begin() as connection:
        bound = (await connection.execute(text(STORED))).one()
        assert all(bytes(sealed).startswith(BOUND) for sealed in bound)
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0016"))
        sealed_name, _, _ = (await connection.execute(text(STORED))).one()
        name = runtime.keyring.decrypt(bytes(sealed_name), b"people.name")
        assert name.decode() == "علي الورفلي"

    await migrate(runtime.db)
    async with runtime.db.read() as session:
        person = await session.get_one(Person, person_id)
        address = (await session.scalars(select(Address))).one()
        inbound = (await session.scalars(select(InboundMessage))).one()
        assert (person.name, address.address) == ("علي الورفلي", NUMBER)
        assert Inbound.from_json(inbound.content) == message
        row_keys = {person.row_key, address.row_key, inbound.row_key}
        assert {len(row_key or b"") for row_key in row_keys} == {16}
        assert len(row_keys) == 3


async def test_typed_numbers_are_found_again_once_their_keys_are_made(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        typed = await builders.person(session, now, "telegram:9")
        await facts.set_phone(session, typed, NUMBER, False, now)
    async with runtime.db.writer.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "0016"))
    await migrate(runtime.db)
    async with runtime.db.read() as session:
        assert (await session.scalars(select(TypedEnding))).all() == []
    assert await search_keys.renew(runtime.db) == 1
    async with runtime.db.begin() as session:
        people = await search.search(session, team.officer, NUMBER, now)
        assert [person.id for person in people] == [typed.id]
