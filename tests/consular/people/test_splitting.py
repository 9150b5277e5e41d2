"""A merge is undone within 30 days: both records are what they were, and nobody is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import board, cases, checkins, transports
from bot.consular.errors import ConsularError
from bot.consular.people import carried, facts, merging, row_copies, splitting, tags
from bot.consular.trust import export, retention, rights
from bot.models import (
    SEARCH_VERSION,
    Address,
    Base,
    CaseKind,
    CheckIn,
    CheckInStatus,
    Crisis,
    DistinctPeople,
    Merge,
    NameWord,
    Person,
    Seat,
    closures,
)
from bot.runtime.runtime import Runtime
from tests import builders, evacuating
from tests.builders import Team

MINUTE = timedelta(minutes=1)


@dataclass
class Pair:
    """Two records of one person, in two crises at once."""

    team: Team
    person: Person
    duplicate: Person
    crises: tuple[Crisis, Crisis]


async def pair(session: AsyncSession, now: datetime) -> Pair:
    """Add two records with something in every table, and the crises that asked them."""
    team = await builders.team(session, now)
    person = await builders.person(session, now, "telegram:1", consented_at=now, country="TR")
    duplicate = await builders.person(
        session, now, "sms:+905550000001", country="SD", city="SD/Khartoum", party_size=4,
        consented_at=now - timedelta(days=9), position="15.5,32.53",
    )  # fmt: skip
    await facts.set_name(session, person, "سالم الورفلي")
    await facts.set_name(session, duplicate, "سالم علي الورفلي")
    await facts.set_phone(session, duplicate, "+218912345678", verified=False, now=now)
    in_turkey = await builders.earthquake(session, team.officer, now)
    names = {"en": "Fighting in Khartoum", "ar": "اشتباكات الخرطوم"}
    in_sudan = await builders.earthquake(session, team.officer, now, names=names, countries=["SD"])
    for crisis in (in_turkey, in_sudan):
        await builders.fan_out(session, crisis.broadcast_id, now)
    await tags.add(session, team.officer, person.id, "طالب", now)
    await tags.add(session, team.officer, duplicate.id, "طالب", now)
    await tags.add(session, team.officer, duplicate.id, "حاج", now)
    await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
    await checkins.record(session, duplicate, CheckInStatus.EVACUATE, "sms", now + MINUTE)
    await cases.open_case(session, duplicate, CaseKind.EVACUATION, "أربعة في الخرطوم", now)
    return Pair(team, person, duplicate, (in_turkey, in_sudan))


async def rows(session: AsyncSession) -> dict[str, list[str]]:
    """Copy every row that knows a person, and the people themselves."""
    copies: dict[str, list[str]] = {}
    await session.flush()
    tables = {entry.table for entry in carried.CARRIED} - {Merge}
    for table in (Person, *tables):
        query = select(table).execution_options(populate_existing=True)
        records = await session.scalars(query)
        shown = [str(sorted(row_copies.copy(record).items())) for record in records]
        copies[table.__tablename__] = sorted(shown)
    return copies


async def counts(session: AsyncSession, pair_: Pair, now: datetime) -> list[dict[str, int]]:
    """Count both boards."""
    return [dict((await board.board(session, crisis, now)).counts) for crisis in pair_.crises]


async def merge(session: AsyncSession, made: Pair, now: datetime) -> Merge:
    return await merging.merge(session, made.person, made.duplicate.id, "staff:1", now)


async def test_two_people_in_two_crises_are_one_and_two_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        before, counted = await rows(session), await counts(session, made, now)
        merged = await merge(session, made, now)
        assert len((await session.scalars(select(Person))).all()) == 1
        assert await session.scalar(select(Seat.person_id)) == made.person.id
        assert (made.person.party_size, made.person.country) == (4, "TR")
        assert made.person.consented_at == now - timedelta(days=9)
        back = await splitting.undo(session, merged.id, "staff:2", now + MINUTE)
        assert back.id == made.duplicate.id
        assert await rows(session) == before
        assert await counts(session, made, now) == counted
        assert (merged.undone_by, merged.parts) == ("staff:2", None)


async def test_the_better_seat_goes_along_and_both_come_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        first = await evacuating.household(session, now, 2, "telegram:1")
        bus = await evacuating.bus(session, team, crisis, 2, now)
        await transports.fill(session, team.officer, bus, 10, now)
        second = await evacuating.household(session, now, 1, "telegram:2")
        person = await session.get_one(Person, second.person_id)
        before = await rows(session)
        merged = await merging.merge(session, person, first.person_id, "system", now)
        held = list(await session.scalars(select(Seat)))
        assert [(seat.id, seat.person_id) for seat in held] == [(first.id, person.id)]
        await splitting.undo(session, merged.id, "staff:2", now)
        assert await rows(session) == before


async def test_what_came_after_stays_with_the_one_who_went_on(runtime: Runtime) -> None:
    now = runtime.clock()
    later = now + timedelta(days=2)
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        merged = await merge(session, made, now)
        person = made.person
        await facts.set_party(session, person, 6)
        await checkins.record(session, person, CheckInStatus.HELP, "sms", later)
        await facts.forbid_calls(session, person, later)
        back = await splitting.undo(session, merged.id, "staff:2", later)
        assert (person.party_size, back.party_size) == (6, 4)
        assert back.no_calls_at == later
        answers = select(CheckIn).order_by(CheckIn.at)
        assert [(each.person_id, each.answer.value) for each in await session.scalars(answers)] == [
            (person.id, "safe"), (back.id, "evacuate"), (person.id, "help"),
        ]  # fmt: skip
        owners = select(Address.index, Address.person_id).order_by(Address.id)
        assert [row.person_id for row in await session.execute(owners)] == [person.id, back.id]


async def test_stop_holds_at_the_address_where_it_was_said(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        await facts.stop(session, made.duplicate, now)
        merged = await merge(session, made, now)
        address = await session.scalar(select(Address).where(Address.channel == "sms"))
        assert address is not None
        await session.refresh(address)
        assert address.stop_reason == closures.OPTED_OUT
        back = await splitting.undo(session, merged.id, "staff:2", now)
        await session.refresh(address)
        assert (back.stopped_at, address.stopped_at) == (now, None)


async def test_start_after_the_merge_is_not_taken_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        await facts.stop(session, made.duplicate, now)
        merged = await merge(session, made, now)
        assert await facts.start(session, made.person, now + MINUTE)
        back = await splitting.undo(session, merged.id, "staff:2", now + MINUTE)
        assert back.stopped_at is None


async def test_the_search_finds_both_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        words = select(NameWord.person_id, NameWord.word)
        before = {tuple(row) for row in await session.execute(words)}
        merged = await merge(session, made, now)
        await splitting.undo(session, merged.id, "staff:2", now)
        assert {tuple(row) for row in await session.execute(words)} == before
        assert made.person.search_version == SEARCH_VERSION


async def test_merges_one_upon_another_are_undone_in_either_order(runtime: Runtime) -> None:
    now = runtime.clock()
    for is_first_first in (True, False):
        async with runtime.db.begin() as session:
            people = [await builders.person(session, now, f"telegram:{n}{is_first_first}") for n in
                      range(3)]  # fmt: skip
            a, b, c = people
            for who in people:
                await checkins.record(session, who, CheckInStatus.SAFE, "telegram", now)
            first = await merging.merge(session, b, a.id, "system", now)
            second = await merging.merge(session, c, b.id, "system", now)
            assert await splitting.going_on(session, a.id) == c.id
            order = [first, second] if is_first_first else [second, first]
            for merged in order:
                await splitting.undo(session, merged.id, "system", now)
            for who in (a, b, c):
                own = select(CheckIn.person_id).where(CheckIn.person_id == who.id)
                assert len((await session.scalars(own)).all()) == 1


async def test_a_merge_is_undone_once_and_for_30_days(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        merged = await merge(session, made, now)
        with pytest.raises(ConsularError, match="30 days"):
            await splitting.undo(session, merged.id, "staff:2", now + splitting.UNDO_LIFE)
        await splitting.undo(session, merged.id, "staff:2", now)
        with pytest.raises(ConsularError, match="undone already"):
            await splitting.undo(session, merged.id, "staff:2", now)
        with pytest.raises(ConsularError, match="no such merge"):
            await splitting.undo(session, 10**6, "staff:2", now)


async def test_nothing_of_a_forgotten_person_can_be_split(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        merged = await merge(session, made, now)
        farewell = (await session.scalars(select(Address))).first()
        await rights.erase(session, made.person, "system", now, farewell)
        assert (await session.scalars(select(Merge))).all() == []
        with pytest.raises(ConsularError, match="no such merge"):
            await splitting.undo(session, merged.id, "staff:2", now)


async def test_after_30_days_nothing_is_kept_of_it(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await pair(session, now)
        await merge(session, made, now)
        exported = await export.export(session, made.person)
        assert exported["merged"][0]["former"]["name"] == "سالم علي الورفلي"
        removed = await retention.sweep(session, now + splitting.UNDO_LIFE - MINUTE)
        assert removed["merges"] == 0
        removed = await retention.sweep(session, now + splitting.UNDO_LIFE)
        assert removed["merges"] == 1


async def test_a_verdict_goes_along_and_its_pair_is_no_pair_any_more(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = [await builders.person(session, now, f"telegram:{n}") for n in range(3)]
        for one, other in ((0, 1), (1, 2)):
            for who, whom in ((one, other), (other, one)):
                verdict = DistinctPeople(
                    person_id=people[who].id, other_id=people[whom].id, decided_at=now, decided_by=1
                )
                session.add(verdict)
        await session.flush()
        before = await rows(session)
        merged = await merging.merge(session, people[0], people[1].id, "system", now)
        query = select(DistinctPeople.person_id, DistinctPeople.other_id)
        pairs = {tuple(row) for row in await session.execute(query)}
        assert pairs == {(people[0].id, people[2].id), (people[2].id, people[0].id)}
        await splitting.undo(session, merged.id, "system", now)
        assert await rows(session) == before


def test_every_table_that_knows_a_person_says_how_it_goes_along() -> None:
    """Whoever adds a table with a key to people adds it to `carried.CARRIED`."""
    keys = set()
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "people":
                keys.add(f"{table.name}.{key.parent.name}")
    assert keys == {entry.name for entry in carried.CARRIED}


def test_rows_of_many_have_numbers_to_be_found_by() -> None:
    for entry in carried.of_way(carried.Way.MANY):
        names: Any = [column.name for column in entry.table.__table__.primary_key]
        assert names == ["id"], entry.name
