"""Encrypted values belong to their row: one that somebody moved in the database does not open."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette

from bot.consular.people import facts
from bot.consular.trust import key_parts
from bot.inbox import rows
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import Address, Base, InboundMessage, Person, Role
from bot.models.binding import is_sealed
from bot.pages import cookies
from bot.runtime import metrics
from bot.runtime.keys import KeyringError
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import SITE

SWAP = "UPDATE {table} SET {column} = (SELECT {column} FROM {table} AS other WHERE other.id = 2)"


async def two_people(session: AsyncSession, runtime: Runtime) -> None:
    """Two who wrote and told their names: each has a person, an address and a message."""
    now = runtime.clock()
    for number, name in ((1, "علي الورفلي"), (2, "سالم الزنتاني")):
        message = Inbound(
            Channel.TELEGRAM, str(number), f"100{number}", Kind.TEXT, Form.CHAT, text=name
        )
        [person_id] = await rows.receive(session, [message], now)
        person = await session.get_one(Person, person_id)
        await facts.set_name(session, person, name)


@pytest.mark.parametrize(
    ("table", "column", "query"),
    [
        ("people", "name", select(Person)),
        ("people", "name", select(Person.name)),
        ("addresses", "address", select(Address.address)),
        ("inbound_messages", "content", select(InboundMessage)),
    ],
)
async def test_a_value_of_another_row_does_not_open(
    runtime: Runtime, table: str, column: str, query: Any
) -> None:
    async with runtime.db.begin() as session:
        await two_people(session, runtime)
    async with runtime.db.begin() as session:
        assert len((await session.scalars(query)).all()) == 2
    async with runtime.db.begin() as session:
        swap = SWAP.format(table=table, column=column)
        await session.execute(text(f"{swap} WHERE id = 1"))
    async with runtime.db.read() as session:
        with pytest.raises(KeyringError, match="not for this row"):
            (await session.scalars(query)).all()


async def test_a_value_opens_in_its_own_row_after_every_way_to_write_it(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await two_people(session, runtime)
        person = await builders.person(
            session, runtime.clock(), name="فاطمة", phone="+218910000001"
        )
    async with runtime.db.begin() as session:
        again = await session.get_one(Person, person.id)
        again.place_words = "مخيم، بلوك ٨"
        again.dialogue = ["a list is JSON too"]
        await session.flush()
        again.dialogue = {"stack": ["register"]}
        again.name = (await session.get_one(Person, 1)).name  # another's, as when records join
    async with runtime.db.read() as session:
        whole = await session.get_one(Person, person.id)
        assert (whole.name, whole.phone) == ("علي الورفلي", "+218910000001")
        assert (whole.place_words, whole.dialogue) == ("مخيم، بلوك ٨", {"stack": ["register"]})


async def test_a_value_without_its_row_is_not_written(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await two_people(session, runtime)
        with pytest.raises(Exception, match="an encrypted value without its row"):
            await session.execute(update(Person).values(name="ليلى"))


async def test_a_value_of_before_opens_until_it_is_bound(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await two_people(session, runtime)
        sealed = runtime.keyring.encrypt("ليلى".encode(), b"people.name")
        earlier = text("UPDATE people SET name = :sealed, row_key = NULL WHERE id = 1")
        await session.execute(earlier, {"sealed": sealed})
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, 1)
        assert person.name == "ليلى"
        person.phone = "+218910000001"
    async with runtime.db.read() as session:
        person = await session.get_one(Person, 1)
        assert (person.name, person.phone) == ("ليلى", "+218910000001")


def test_every_table_with_encrypted_columns_has_keys_of_its_rows() -> None:
    for table in Base.metadata.sorted_tables:
        if key_parts.sealed_columns(table):
            assert "row_key" in table.c, table.name
            assert all(is_sealed(column) for column in key_parts.sealed_columns(table))


async def test_staff_are_told_and_no_other_name_is_shown(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        swap = SWAP.format(table="people", column="name")
        await session.execute(text(f"{swap} WHERE id = 1"))
        other = (await session.get_one(Person, 2)).name
    before = unopened()
    session_cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    name = cookies.name_of(runtime, cookies.SESSION)
    async with httpx.AsyncClient(
        transport=transport, base_url=SITE, cookies={name: session_cookie}
    ) as client:
        page = await client.get("/people/1", params={"lang": "en"})
    assert page.status_code == 500
    assert "This cannot be shown" in page.text
    assert str(other) not in page.text
    assert unopened() == before + 1


def unopened() -> float:
    """The metric of names that did not open."""
    count: float = metrics.UNOPENED.labels("people.name")._value.get()
    return count
