"""`tammen keys`: a rotation that is killed goes on, and people write during it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot.inbox import rows
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import Address, KeyRotation, Person
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring
from bot.runtime.settings import load
from tests import builders, stored
from tests.conftest import KEYS
from tests.servers import forks
from tests.shell import Shell
from tests.stored import NEW_KEY as NEW
from tests.waiting import until

PEOPLE = 1500
KNOWN = "999000000000"


def telegram(number: int, chat: str) -> Inbound:
    return Inbound(Channel.TELEGRAM, str(number), chat, Kind.TEXT, Form.CHAT, text="أنا بخير")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """The database as web and worker have it, the new key in front; its rows have the old one."""
    address = load(DATABASE_URL=database_url).database
    before = open_database(address, Keyring.parse(KEYS))
    async with before.begin() as session:
        now = datetime.now(UTC)
        await builders.population(session, PEOPLE, ["TR"], Channel.TELEGRAM, now)
        await rows.receive(session, [telegram(1, KNOWN)], now)
    await before.close()
    during = open_database(address, Keyring.parse(f"{NEW},{KEYS}"))
    yield during
    await during.close()


@pytest.fixture
def shell(tmp_path: Path, database_url: str) -> Shell:
    """`tammen` on that database."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env |= {
        "TAMMEN_DATA": str(tmp_path / "var"),
        "TAMMEN_KEYS": f"{NEW},{KEYS}",
        "DATABASE_URL": database_url,
    }
    return Shell(tmp_path, env)


async def count(db: Database, of: type[Person | Address]) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(of)) or 0


async def cursor_of_people(db: Database) -> int:
    async with db.read() as session:
        cursor = select(KeyRotation.cursor).where(KeyRotation.part == "people")
        return await session.scalar(cursor) or 0


async def write(db: Database, message: Inbound) -> int | None:
    async with db.begin() as session:
        [person_id] = await rows.receive(session, [message], datetime.now(UTC))
        return person_id


async def test_a_rotation_that_was_killed_goes_on_while_people_write(
    shell: Shell, db: Database
) -> None:
    people = await count(db, Person)
    killed = await forks.start(
        ["keys", "rotate"], env=shell.env, cwd=shell.folder, streams=(None, None, None)
    )
    await until(lambda: cursor_of_people(db))
    killed.kill()
    await killed.wait()
    reached = await cursor_of_people(db)
    assert 0 < reached < people
    assert await stored.key_ids(db) == {b"1", b"b"}

    known = await write(db, telegram(2, KNOWN))
    newcomer = await write(db, telegram(3, "999000000001"))
    going_on = asyncio.create_task(shell("keys", "rotate", "--json"))
    number = 4
    while not going_on.done():
        assert await write(db, telegram(number, KNOWN)) == known
        assert await write(db, telegram(number + 1, "999000000001")) == newcomer
        number += 2
    done = await going_on
    assert (done.code, done.json["complete"]) == (0, True), done
    assert f"people: {PEOPLE - reached}" in done.err
    assert await count(db, Person) == people + 1
    assert await count(db, Address) == people + 1
    assert await stored.key_ids(db) == {b"b"}

    status = await shell("keys", "status", "--json", TAMMEN_KEYS=NEW)
    [key] = status.json["keys"]
    assert (status.code, key["id"], key["held"], status.json["earlier_indexes"]) == (
        0,
        "b",
        True,
        0,
    )


async def test_the_doctor_says_which_keys_are_needed(shell: Shell, db: Database) -> None:
    await write(db, telegram(2, KNOWN))
    for keys, is_well, report in (
        (f"{NEW},{KEYS}", True, "are not under key b"),
        (NEW, False, "need key 1"),
        (KEYS, False, "need key b"),
    ):
        findings = (await shell("doctor", "--json", TAMMEN_KEYS=keys)).json
        [finding] = [finding for finding in findings if finding["what"] == "keys"]
        assert finding["ok"] is is_well, keys
        assert report in finding["seen"]


async def test_status_counts_what_each_key_holds(shell: Shell, db: Database) -> None:
    keys = (await shell("keys", "status", "--json")).json["keys"]
    assert [(key["id"], key["current"], key["needed"]) for key in keys] == [
        ("b", True, True),
        ("1", False, True),
    ]
    assert keys[1]["encrypted"] > PEOPLE
    missing = await shell("keys", "status", TAMMEN_KEYS=NEW)
    assert "1: MISSING from TAMMEN_KEYS, needed" in missing.out


async def test_a_value_that_was_moved_to_another_row_is_named(shell: Shell, db: Database) -> None:
    whole = await shell("keys", "check", "--json")
    assert (whole.code, whole.json["unopened"]) == (0, 0)
    assert whole.json["values"] > PEOPLE
    async with db.begin() as session:
        swap = "UPDATE people SET name = (SELECT name FROM people AS other WHERE other.id = 2)"
        await session.execute(text(f"{swap} WHERE id = 1400"))
    broken = await shell("keys", "check", "--json")
    assert (broken.code, broken.json["named"]) == (1, ["people.name 1400"])
    findings = (await shell("doctor", "--json")).json
    [finding] = [finding for finding in findings if finding["what"] == "keys"]
    assert (finding["ok"], "tammen keys check" in finding["seen"]) == (False, True)
