"""Who is with a person: told, put right, found, merged, exported and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import (
    consents,
    emergency_contact,
    household,
    household_needs,
    merging,
)
from bot.consular.people.household import ImpossibleError
from bot.consular.trust import export, rights
from bot.models import (
    Address,
    ConsentGiven,
    EmergencyContact,
    Household,
    HouseholdMember,
    HouseholdNeed,
    OutboundMessage,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders

TABLES = (ConsentGiven, EmergencyContact, Household, HouseholdMember, HouseholdNeed)
SALMA = {"relation": "wife", "name": "Salma", "needs": ["pregnant"]}
SARA = {"relation": "wife", "name": "Sara"}
CHILD = {"relation": "child"}
BABY = {"relation": "child", "age": "infant"}
W = "wife Salma pregnant"
B = "child infant"
FAMILY = {"members": [SALMA, BABY, CHILD], "is_whole": True}


async def tell(
    session: AsyncSession, runtime: Runtime, person: Person, told: Mapping[str, Any]
) -> None:
    await household.tell(session, person, told, runtime.clock())


async def summary(session: AsyncSession, person: Person) -> list[str]:
    present = await household.of(session, person.id)
    lines: list[str] = []
    for member in present.members:
        traits = (member.relation, member.name, member.age, member.needs)
        lines.append(" ".join(filter(None, traits)))
    return lines


async def rank(session: AsyncSession, person: Person) -> int:
    own = await session.get(Household, person.id)
    return own.rank if own else 0


async def with_need(session: AsyncSession, need: str) -> list[int]:
    query = select(Person.id).where(household_needs.has_need(need))
    return list(await session.scalars(query))


async def test_a_household_is_kept_and_the_party_counts_the_writer(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(session, runtime.clock(), "telegram:1")
        await tell(session, runtime, person, FAMILY)
        assert person.party_size == 4
        assert await summary(session, person) == [W, B, "child"]
        assert (await household.of(session, person.id)).needs == ["pregnant", "infant"]
        assert await rank(session, person) == household_needs.FIRST
        assert await with_need(session, "infant") == [person.id]
        assert await with_need(session, "medical") == []


@pytest.mark.parametrize(
    ("told", "expected", "party"),
    [
        ({"recount": [3, 4]}, [W, B], 3),
        ({"recount": [3, 2]}, [W, B, "child", "child"], 5),
        ({"members": [SARA]}, ["wife Sara pregnant", B, "child"], 4),
        ({"members": [{"relation": "wife", "lacks": ["pregnant"]}]}, ["wife Salma", B, "child"], 4),
        ({"gone": [{"relation": "wife"}]}, [B, "child"], 3),
        ({"gone": [{"relation": "mother"}]}, [W, B, "child"], 4),
        ({"members": [{"relation": "son", "name": "Ali"}]}, [W, B, "son Ali"], 4),
        ({"members": [{"relation": "mother"}]}, [W, B, "child", "mother"], 5),
        ({"members": [CHILD, CHILD, CHILD], "is_correction": True}, [W, B, "child", "child"], 5),
    ],
)  # fmt: skip
async def test_a_sentence_puts_it_right(
    runtime: Runtime, told: Mapping[str, Any], expected: list[str], party: int
) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(session, runtime.clock(), "telegram:1")
        await tell(session, runtime, person, FAMILY)
        await tell(session, runtime, person, told)
        assert sorted(await summary(session, person)) == sorted(expected)
        assert person.party_size == party


@pytest.mark.parametrize("problem", ["many", "none", "age"])
async def test_what_cannot_be_changes_nothing(runtime: Runtime, problem: str) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(session, runtime.clock(), "telegram:1")
        await tell(session, runtime, person, FAMILY)
        with pytest.raises(ImpossibleError, match=problem):
            await tell(session, runtime, person, {"members": [CHILD], "problem": problem})
        with pytest.raises(ImpossibleError, match="many"):
            await tell(session, runtime, person, {"members": [CHILD] * 99})
        assert len(await summary(session, person)) == 3
        assert person.party_size == 4


async def test_grave_needs_go_before_others_in_sql(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        calm = await builders.person(session, now, "telegram:1")
        pregnant = await builders.person(session, now, "telegram:2")
        await tell(session, runtime, pregnant, {"members": [SALMA]})
        alone = await builders.person(session, now, "telegram:3")
        await tell(session, runtime, alone, {"own": {"needs": ["alone"]}})
        query = select(Person.id).order_by(household_needs.order(), Person.id)
        assert list(await session.scalars(query)) == [alone.id, pregnant.id, calm.id]
        vulnerable = select(Person.id).where(household_needs.is_vulnerable())
        assert set(await session.scalars(vulnerable)) == {alone.id, pregnant.id}


async def test_a_contact_who_is_registered_is_neither_linked_nor_written_to(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        brother = await builders.person(session, now, "sms:+218911234567")
        person = await builders.person(session, now, "telegram:1")
        await emergency_contact.keep(session, person, "+218911234567", now, "Ali", "brother")
        addresses = select(Address.person_id).where(Address.index == "sms:+218911234567")
        assert list(await session.scalars(addresses)) == [brother.id]
        assert person.phone is None
        assert await session.scalar(select(func.count()).select_from(OutboundMessage)) == 0


async def test_ones_own_number_is_no_contact(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "sms:+218911234567", phone="+33612345678")
        for number in ("+218911234567", "+33612345678"):
            with pytest.raises(emergency_contact.OwnNumberError):
                await emergency_contact.keep(session, person, number, now)
        assert await emergency_contact.of(session, person.id) is None


async def test_a_merge_keeps_both_and_a_new_word_wins(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        older = await builders.person(session, now, "sms:+218911234567")
        await tell(session, runtime, older, {**FAMILY, "own": {"needs": ["medical"]}})
        await emergency_contact.keep(session, older, "+33612345678", now, "Ali")
        await consents.agree(session, older, now)
        newer = await builders.person(session, now, "telegram:1")
        await tell(session, runtime, newer, {"own": {"needs": ["mobility"]}})
        await merging.merge(session, newer, older.id, "system", now)
        present = await household.of(session, newer.id)
        assert (len(present.members), present.own_needs) == (3, ["medical", "mobility"])
        assert await rank(session, newer) == household_needs.VERY_FIRST
        contact = await emergency_contact.of(session, newer.id)
        assert contact is not None
        assert contact.phone == "+33612345678"
        assert newer.party_size == 4
        newest = await consents.newest(session, newer.id)
        assert newest is not None
        assert newest.version == consents.VERSION


@pytest.mark.parametrize("keeps_address", [True, False])
async def test_whoever_is_forgotten_leaves_nobody_behind(
    runtime: Runtime, keeps_address: bool
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        await tell(session, runtime, person, FAMILY)
        await emergency_contact.keep(session, person, "+33612345678", now, "Ali")
        await consents.agree(session, person, now)
        address = (await session.scalars(select(Address))).one()
        farewell = address if keeps_address else None
        await rights.erase(session, person, "system", now, farewell)
        for table in TABLES:
            assert await session.scalar(select(func.count()).select_from(table)) == 0, table


async def test_an_export_has_the_household(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        await tell(session, runtime, person, FAMILY)
        await emergency_contact.keep(session, person, "+33612345678", now, "Ali", "brother")
        await consents.agree(session, person, now)
        exported = await export.export(session, person)
    members = exported["household"]["members"]
    assert [member["relation"] for member in members] == ["wife", "child", "child"]
    assert members[0]["name"] == "Salma"
    assert exported["emergency_contact"][0]["phone"] == "+33612345678"
    assert exported["consents"][0]["version"] == consents.VERSION


async def test_consent_is_asked_anew_once_the_words_change(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        session.add(ConsentGiven(person_id=person.id, version=1, agreed_at=now))
        await session.flush()
        assert not await session.scalar(select(consents.covers_all_of(person)))
        await consents.agree(session, person, now)
        assert await session.scalar(select(consents.covers_all_of(person)))
