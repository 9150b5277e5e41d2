"""Keys are replaced while the line works: what is stored ends up under the new one, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from bot.consular.audiences import selection
from bot.consular.audit import seals, trail
from bot.consular.crises import checkins
from bot.consular.people import facts, placement, reply_links, search, tags
from bot.consular.staff import accounts, devices, recovery
from bot.consular.trust import key_parts, key_usage, rotation
from bot.consular.trust.rotation import Report
from bot.inbox import rows
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import (
    Address,
    Base,
    CheckIn,
    CheckInStatus,
    Group,
    KeyRotation,
    NumberEnding,
    Person,
    TypedEnding,
)
from bot.runtime.database import open_database
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime
from tests import builders, stored
from tests.conftest import KEYS
from tests.consular.audit.test_seals import without_guard
from tests.stored import NEW_KEY as NEW
from tests.waiting import until

NUMBER = "+218910000001"
TAG = "قافلة ٣"
OLD_IDS = {b"1"}


def sms(sid: str, number: str = NUMBER) -> Inbound:
    return Inbound(Channel.SMS, sid, number, Kind.TEXT, Form.TEXT, text="أنا بخير", phone=number)


@asynccontextmanager
async def with_keys(runtime: Runtime, *keys: str) -> AsyncIterator[Runtime]:
    """The same installation, whose TAMMEN_KEYS holds these keys."""
    keyring = Keyring.parse(",".join(keys))
    db = open_database(runtime.settings.database, keyring)
    yield replace(runtime, keyring=keyring, db=db)
    await db.close()


async def rotate(runtime: Runtime) -> Report:
    return await rotation.rotate(
        runtime.db, runtime.keyring, runtime.clock, lambda _part, _renewed: None
    )


async def count(runtime: Runtime, model: type[Base]) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def a_house(runtime: Runtime) -> None:
    """People with names, typed numbers and messages, staff with codes, a group: all under key 1."""
    await builders.scenario(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await rows.receive(session, [sms("SM1")], now)
        typed = await builders.person(session, now, "telegram:9")
        await facts.set_name(session, typed, "علي الورفلي")
        await facts.set_phone(session, typed, NUMBER, False, now)


async def test_everything_comes_under_the_new_key_and_is_found(runtime: Runtime) -> None:
    await a_house(runtime)
    assert await stored.key_ids(runtime.db) == OLD_IDS
    async with with_keys(runtime, NEW, KEYS) as house:
        report = await rotate(house)
        assert report.is_complete, report
        assert await stored.key_ids(house.db) == {b"b"}
    async with with_keys(runtime, NEW) as house, house.db.begin() as session:
        officer = await accounts.by_email(session, "hq_officer@mofa.example")
        assert officer is not None
        writer = select(Person).join(Address).where(Address.index == f"sms:{NUMBER}")
        assert (await session.scalars(writer)).one().phone == NUMBER
        for query in ("Werfalli", NUMBER):
            assert await search.search(session, officer, query, house.clock()), query
        verdict = await seals.verify(session, house.keyring)
        assert (verdict.broken, set(verdict.keys)) == ((), {"b"})
        assert not (await key_usage.read(session)).missing(house.keyring)


async def test_whoever_was_found_by_place_and_tag_is_found_under_the_new_key(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        placed = await builders.person(
            session, now, "telegram:1", city="TR/Antakya", position="36.2,36.16"
        )
        placement.mark(placed)
        for status in (CheckInStatus.EVACUATE, CheckInStatus.HELP, CheckInStatus.SAFE):
            await checkins.record(session, placed, status, "telegram", now)
        await tags.add(session, team.officer, placed.id, TAG, now)
    async with with_keys(runtime, NEW, KEYS) as house:
        assert (await rotate(house)).is_complete
    async with with_keys(runtime, NEW) as house, house.db.read() as session:
        circle = {"circle": {"latitude": 36.2, "longitude": 36.16, "km": 1}}
        for audience in (circle, {"cities": ["TR/Antakya"]}, {"tags": [TAG]}):
            people = selection.people_in(audience, now)
            assert list(await session.scalars(people)) == [placed.id], audience
        assert await tags.of(session, placed.id) == [TAG]
        answers = await session.scalars(select(CheckIn).order_by(CheckIn.at))
        assert [answer.answer.value for answer in answers] == ["evacuate", "help", "safe"]


async def test_a_sender_is_found_and_stays_one_before_during_and_after(runtime: Runtime) -> None:
    await a_house(runtime)
    before = await count(runtime, Address)
    async with with_keys(runtime, NEW, KEYS) as house:
        for sid in ("before", "after"):
            async with house.db.begin() as session:
                await rows.receive(
                    session, [sms(sid), sms(f"{sid} 2", "+218910000002")], house.clock()
                )
            await rotate(house)
        assert await count(house, Address) == before + 1
        async with house.db.read() as session:
            same = select(func.count()).where(Address.index.in_([f"sms:{NUMBER}"]))
            assert await session.scalar(same) == 1
            other = select(func.count()).where(Address.index != f"sms:{NUMBER}")
            assert await session.scalar(other) == before


async def test_whoever_has_another_key_in_front_makes_no_second_address(runtime: Runtime) -> None:
    """Two processes store the first message of one number at the same time."""
    if runtime.db.is_sqlite:
        return  # it has one writer at a time
    async with with_keys(runtime, KEYS, NEW) as one, with_keys(runtime, NEW, KEYS) as other:
        async with one.db.begin() as session:
            await rows.receive(session, [sms("SM1")], one.clock())
            storing = asyncio.create_task(_store(other, sms("SM2")))
            await until(lambda: _waits_for_a_lock(one))
        await storing
        assert await count(one, Address) == 1
        assert await count(one, Person) == 1


async def _store(runtime: Runtime, message: Inbound) -> None:
    async with runtime.db.begin() as session:
        await rows.receive(session, [message], runtime.clock())


async def _waits_for_a_lock(runtime: Runtime) -> bool:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with runtime.db.read() as session:
        return bool(await session.scalar(waiting))


async def test_digests_of_before_are_found_and_made_anew(runtime: Runtime) -> None:
    """The oldest key made all digests, and they did not name it."""
    await a_house(runtime)
    plain = f"sms:{NUMBER}"
    _, earlier = runtime.keyring.indexes(plain, b"address")
    async with runtime.db.begin() as session:
        address = (await session.scalars(select(Address).where(Address.index == plain))).one()
        statement = text("UPDATE addresses SET address_index = :digest WHERE id = :id")
        await session.execute(statement, {"digest": earlier, "id": address.id})
    assert stored.NAMELESS in await stored.key_ids(runtime.db)
    async with runtime.db.begin() as session:
        known = await session.scalar(select(Address.id).where(Address.index == plain))
        assert known == address.id
    assert (await rotate(runtime)).is_complete
    assert await stored.key_ids(runtime.db) == OLD_IDS


async def test_rows_that_are_held_are_done_once_they_are_free(runtime: Runtime) -> None:
    if runtime.db.is_sqlite:
        return  # it has one writer at a time
    await a_house(runtime)
    async with with_keys(runtime, NEW, KEYS) as house:
        async with house.db.begin() as session:
            await session.execute(select(Person.id).limit(3).with_for_update())
            rotating = asyncio.create_task(rotate(house))
            await until(lambda: _has_walked_on(house))
        assert (await rotating).is_complete
        assert await stored.key_ids(house.db) == {b"b"}


async def _has_walked_on(runtime: Runtime) -> bool:
    """Whether the walk through people left those that are held."""
    async with runtime.db.read() as session:
        rotations = select(KeyRotation.cursor).where(KeyRotation.part == "people")
        cursor = await session.scalar(rotations)
        return cursor == 0


async def test_a_value_that_no_key_opens_is_counted_and_left(runtime: Runtime) -> None:
    await a_house(runtime)
    async with runtime.db.begin() as session:
        broken = text("UPDATE people SET name = :name WHERE id = 1")
        await session.execute(broken, {"name": b"1" + b"x" * 40})
    async with with_keys(runtime, NEW, KEYS) as house:
        report = await rotate(house)
        assert (report.is_complete, report.unreadable, report.left) == (False, 2, 0)
        assert await stored.key_ids(house.db) == {b"1", b"b"}


async def test_recovery_codes_stay_under_their_key_until_they_are_used(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first, *_ = await recovery.renew(session, team.officer, now)
    async with with_keys(runtime, NEW, KEYS) as house:
        assert (await rotate(house)).is_complete
        async with house.db.begin() as session:
            usage = await key_usage.read(session)
            assert (usage.codes["1"], usage.outdated(house.keyring)) == (10, 0)
            officer = await accounts.get(session, team.officer.id)
            assert await recovery.use(session, officer, first, now)
            assert (await key_usage.read(session)).codes["1"] == 9
            await recovery.renew(session, officer, now)
            assert (await key_usage.read(session)).total("1") == 0


async def test_links_and_marks_of_the_old_key_hold_while_it_is_in_the_ring() -> None:
    old, both, new = Keyring.parse(KEYS), Keyring.parse(f"{NEW},{KEYS}"), Keyring.parse(NEW)
    now = datetime(2026, 11, 29, tzinfo=UTC)
    token = reply_links.reply_token(old, 7, now)
    mark = devices.make(old, "a@example.org")
    assert reply_links.read_token(both, token, now) is not None
    assert devices.is_known(both, mark, "A@example.org")
    assert reply_links.read_token(new, token, now) is None
    assert not devices.is_known(new, mark, "a@example.org")
    assert reply_links.read_token(new, reply_links.reply_token(both, 7, now), now) is not None


async def test_the_trail_outlives_its_key_and_still_shows_what_was_changed(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(3):
            await trail.note(session, "staff:1", "person.viewed", f"person:{number}", now)
        await session.flush()
        await seals.seal(session, runtime.keyring)
    async with with_keys(runtime, NEW, KEYS) as house:
        await rotate(house)
        async with house.db.begin() as session:
            await trail.note(session, "staff:1", "person.viewed", "person:9", now)
            await session.flush()
            await seals.seal(session, house.keyring)
            assert (await seals.verify(session, house.keyring)).broken == ()
    async with with_keys(runtime, NEW) as house:
        async with house.db.read() as session:
            verdict = await seals.verify(session, house.keyring)
            assert (verdict.sealed, verdict.broken, verdict.keys) == (5, (), {"b": 5})
        async with house.db.begin() as session:
            await without_guard(session)
            await session.execute(text("UPDATE audit_notes SET actor = 'staff:9' WHERE id = 2"))
            assert 2 in (await seals.verify(session, house.keyring)).broken


async def test_a_broken_trail_is_not_vouched_for(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await trail.note(session, "staff:1", "person.viewed", "person:1", now)
        await session.flush()
        await seals.seal(session, runtime.keyring)
        await without_guard(session)
        await session.execute(text("UPDATE audit_notes SET actor = 'staff:9'"))
    async with with_keys(runtime, NEW, KEYS) as house:
        report = await rotate(house)
        assert (report.is_complete, report.is_trail_whole) == (False, False)


async def test_groups_are_known_under_the_new_key(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        session.add(Group(index="-100", chat="-100"))
        session.add(Group(index="-200", chat=None))  # of before their ids were kept
    async with with_keys(runtime, NEW, KEYS) as house:
        assert (await rotate(house)).is_complete
    async with with_keys(runtime, NEW) as house, house.db.read() as session:
        known = select(Group.chat).where(Group.index.in_(["-100", "-200"]))
        assert list(await session.scalars(known)) == ["-100"]


async def test_what_somebody_types_matches_no_number_that_writes(runtime: Runtime) -> None:
    """A thief who reads the database types a number, and compares digests with other records."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await rows.receive(session, [sms("SM1")], now)
        thief = await builders.person(session, now, "telegram:9")
        await facts.set_phone(session, thief, NUMBER, False, now)
        verified = set(await session.scalars(select(NumberEnding.ending)))
        verified |= set(await session.scalars(select(Address.index)))
        typed = set(await session.scalars(select(TypedEnding.ending)))
        typed |= {
            thief_index
            for thief_index in await session.scalars(select(Person.phone_index))
            if thief_index
        }
    assert len(verified) > 5
    assert len(typed) > 5
    assert not verified & typed


def test_every_column_has_a_way_to_be_made_anew() -> None:
    for part in key_parts.parts():
        number = part.number.type.python_type
        assert number is int, part.table.name
        for column in part.indexed:
            assert callable(key_parts.plain_text_of(column)), column
