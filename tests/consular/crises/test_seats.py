"""Who gets a seat out of a crisis, who waits, and what everybody is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from bot.consular.audit import trail
from bot.consular.changes import changes
from bot.consular.crises import cases, seats, transports, wishes
from bot.consular.errors import ConsularError, check_move
from bot.consular.people import merging, tags
from bot.consular.staff import accounts
from bot.consular.trust import export, retention, rights
from bot.models import (
    CaseKind,
    ChangeState,
    Person,
    Role,
    Seat,
    SeatState,
    Transport,
    TransportState,
)
from bot.runtime.runtime import Runtime
from bot.text.text import ISOLATE, POP
from tests import builders, evacuating

HOUR = timedelta(hours=1)
MANY = 100


def first_line(text: str) -> str:
    return text.replace(ISOLATE, "").replace(POP, "").partition("\n")[0]


async def state_of(runtime: Runtime, seat_id: int) -> SeatState:
    async with runtime.db.read() as session:
        return (await session.get_one(Seat, seat_id)).state


async def test_a_household_of_four_does_not_fit_three_free_seats_and_keeps_its_turn(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        family = await evacuating.household(session, now, 4, "telegram:1")
        couple = await evacuating.household(session, now + HOUR, 2, "telegram:2")
        alone = await evacuating.household(session, now + HOUR * 2, None, "telegram:3")
        bus = await evacuating.bus(session, team, crisis, 3, now)
        offered = await transports.fill(session, team.officer, bus, MANY, now)
        assert [seat.id for seat in offered] == [couple.id, alone.id]
        assert (family.state, couple.people, alone.people) == (SeatState.WAITING, 2, 1)
        assert await seats.free(session, bus) == 0
        assert await evacuating.messages(session, family) == []
        with pytest.raises(ConsularError, match="has 4 people, and 0 seats are free"):
            await seats.invite(session, team.officer, family, bus, now)
        larger = await evacuating.bus(session, team, crisis, 4, now)
        offered = await transports.fill(session, team.officer, larger, MANY, now)
        assert [seat.id for seat in offered] == [family.id]


async def test_the_vulnerable_go_first_then_whoever_asked_first(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        first = await evacuating.household(session, now, 1)
        second = await evacuating.household(session, now + HOUR, 1)
        ill = await evacuating.household(session, now + HOUR * 2, 1)
        tagged = await evacuating.household(session, now + HOUR * 3, 1)
        marked = await evacuating.household(session, now + HOUR * 4, 1)
        ill_person = await session.get_one(Person, ill.person_id)
        await cases.open_case(session, ill_person, CaseKind.MEDICAL, "والدتي تحتاج الأنسولين", now)
        await tags.add(session, team.officer, tagged.person_id, "حامل", now)
        await seats.describe(session, team.officer, marked, None, True, "", "كرسي متحرك", now)
        queue = await wishes.queue(session, crisis.id, None)
        order = [seat.id for seat, _person in queue]
        assert order == [ill.id, tagged.id, marked.id, first.id, second.id]
        assert await wishes.queue(session, crisis.id, ["EG"]) == []


async def test_two_officers_never_give_a_seat_twice(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        waiting = [await evacuating.household(session, now, 2, f"sms:+9053{n}") for n in range(6)]
        bus = await evacuating.bus(session, team, crisis, 5, now)
        bus_id, seat_ids = bus.id, [seat.id for seat in waiting]

    async def fill(most: int) -> None:
        async with runtime.db.begin() as session:
            transport = await transports.get(session, bus_id)
            await transports.fill(session, team.officer, transport, most, now)

    async def invite(seat_id: int) -> None:
        async with runtime.db.begin() as session:
            transport = await transports.get(session, bus_id)
            seat = await seats.get(session, seat_id)
            await seats.invite(session, team.approver, seat, transport, now)

    clicks = [fill(1), fill(2), fill(MANY), *map(invite, seat_ids)]
    outcomes = await asyncio.gather(*clicks, return_exceptions=True)
    refusals = [outcome for outcome in outcomes if outcome is not None]
    assert all(isinstance(refusal, ConsularError) for refusal in refusals), refusals
    async with runtime.db.read() as session:
        assert await seats.taken(session, bus_id) == 4
        states = list(await session.scalars(select(Seat.state)))
        assert states.count(SeatState.INVITED) == 2
        invited = await session.scalars(select(Seat).where(Seat.state == SeatState.INVITED))
        for seat in invited:
            assert len(await evacuating.messages(session, seat)) == 1  # each was told once


async def test_two_buses_never_take_the_same_household(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        for number in range(4):
            await evacuating.household(session, now, 1, f"telegram:{number}")
        buses = [await evacuating.bus(session, team, crisis, 4, now) for _ in range(2)]
        ids = [bus.id for bus in buses]

    async def fill(bus_id: int) -> int:
        async with runtime.db.begin() as session:
            bus = await transports.get(session, bus_id)
            return len(await transports.fill(session, team.officer, bus, MANY, now))

    assert sum(await asyncio.gather(*map(fill, ids))) == 4
    async with runtime.db.read() as session:
        assert sum([await seats.taken(session, bus_id) for bus_id in ids]) == 4


async def test_a_cancelled_bus_sends_everybody_back_to_the_front_and_says_wait(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        first = await evacuating.household(session, now, 2, "telegram:1", "sms:+905311111111")
        second = await evacuating.household(session, now + HOUR, 1, "telegram:2")
        third = await evacuating.household(session, now + HOUR * 2, 1, "telegram:3")
        bus = await evacuating.bus(session, team, crisis, 3, now)
        await transports.fill(session, team.officer, bus, MANY, now)
        await seats.move(session, team.officer, first, SeatState.CONFIRMED, now)
        late = await evacuating.household(session, now + HOUR * 3, 1, "telegram:4")
        await seats.describe(session, team.officer, late, None, True, "", "", now)
        elsewhere, _token = await accounts.add(
            session, "tunis@mofa.example", Role.POST_OFFICER, "TN", now, None
        )
        with pytest.raises(ConsularError, match="This account looks after"):
            await transports.cancel(session, elsewhere, bus, now)
        assert await transports.cancel(session, team.officer, bus, now) == 2
        assert (bus.state, first.state, second.state, third.state) == (
            TransportState.CANCELLED,
            SeatState.WAITING,
            SeatState.WAITING,
            SeatState.WAITING,
        )
        queue = [seat.id for seat, _person in await wishes.queue(session, crisis.id, None)]
        assert queue == [first.id, second.id, late.id, third.id]
        told = await evacuating.messages(session, first)
        assert len(told) == 6  # invited, confirmed and cancelled, each at two addresses
        last = first_line(told[-1].text)
        assert last == "انتظر ولا تذهب: أُلغيت الحافلة إلى أنقرة."
        assert told[-1].buttons == ()
        other = await evacuating.bus(session, team, crisis, 3, now)
        offered = await transports.fill(session, team.officer, other, MANY, now)
        assert [seat.id for seat in offered] == [first.id, second.id]
        with pytest.raises(ConsularError, match="It is cancelled and cannot become boarding"):
            await transports.begin_boarding(session, team.officer, bus, now)


async def test_people_board_depart_and_arrive_and_the_others_have_missed_it(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        comes = await evacuating.household(session, now, 2, "telegram:1")
        silent = await evacuating.household(session, now, 1, "telegram:2", language="en")
        bus = await evacuating.bus(session, team, crisis, 3, now)
        await transports.fill(session, team.officer, bus, MANY, now)
        person = await session.get_one(Person, comes.person_id)
        await seats.answer(session, person, comes=True, transport_id=bus.id, now=now)
        assert (comes.state, comes.changed_by) == (SeatState.CONFIRMED, f"person:{person.id}")
        with pytest.raises(ConsularError, match="not in a state for this"):
            await seats.move(session, team.officer, comes, SeatState.BOARDED, now)
        await transports.begin_boarding(session, team.officer, bus, now)
        await seats.move(session, team.officer, comes, SeatState.BOARDED, now + HOUR)
        await transports.depart(session, team.officer, bus, now + HOUR)
        await transports.arrive(session, team.officer, bus, now + HOUR * 9)
        assert (comes.state, silent.state) == (SeatState.ARRIVED, SeatState.MISSED)
        assert (comes.changed_at, comes.changed_by) == (
            now + HOUR * 9,
            f"staff:{team.officer.id}",
        )
        course = [note.action for note in await trail.of(session, f"seat:{comes.id}")]
        assert course == [
            "seat.arrived", "seat.boarded", "seat.confirmed", "seat.invited", "seat.asked",
        ]  # fmt: skip
        told = [first_line(content.text) for content in await evacuating.messages(session, comes)]
        assert told == [
            "لك مكان: الحافلة إلى أنقرة، عدد الأماكن: 2.",
            "توجّه الآن: الحافلة إلى أنقرة في انتظارك، عدد الأماكن: 2.",
        ]
        missed = (await evacuating.messages(session, silent))[-1].text
        assert first_line(missed).startswith("You are not on board: the bus to Ankara left")


async def test_a_transport_is_announced_by_a_second_person_in_the_words_they_read(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        seat = await evacuating.household(session, now, 1, "telegram:1")
        bus = await evacuating.draft(session, team, crisis, 3, now)
        with pytest.raises(ConsularError, match="not in a state"):
            await transports.fill(session, team.officer, bus, MANY, now)
        with pytest.raises(ConsularError, match="not in a state"):
            await seats.invite(session, team.officer, seat, bus, now)
        change = await changes.propose(session, team.approver, evacuating.announcement(bus), now)
        with pytest.raises(ConsularError, match="Somebody other"):
            await changes.approve(session, team.approver, change.id, now)
        await changes.withdraw(session, team.approver, change.id, now)
        assert (bus.state, change.state) == (TransportState.DRAFT, ChangeState.WITHDRAWN)
        change = await changes.propose(session, team.officer, evacuating.announcement(bus), now)
        await changes.approve(session, team.approver, change.id, now)
        assert bus.state is TransportState.ANNOUNCED
        await transports.fill(session, team.officer, bus, MANY, now)
        moved = {"ar": "موقف الميناء", "en": "The harbour"}
        new_words = evacuating.announcement(bus, meeting_points=moved)
        change = await changes.propose(session, team.officer, new_words, now)
        assert bus.meeting_points == evacuating.MEETING_POINT
        await changes.approve(session, team.approver, change.id, now)
        last = (await evacuating.messages(session, seat))[-1]
        assert "موقف الميناء" in last.text
        assert [button.payload for button in last.buttons] == [
            f"/seat_yes {bus.id}", f"/seat_no {bus.id}",
        ]  # fmt: skip
        with pytest.raises(ConsularError, match="both languages"):
            await changes.propose(
                session, team.officer, evacuating.announcement(bus, luggage={"ar": "ماء"}), now
            )


async def test_erasing_a_person_frees_their_seats(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        seat = await evacuating.household(session, now, 3, "telegram:1")
        waiting = await evacuating.household(session, now, 2, "telegram:2")
        bus = await evacuating.bus(session, team, crisis, 4, now)
        await transports.fill(session, team.officer, bus, 1, now)
        assert await seats.free(session, bus) == 1
        person = await session.get_one(Person, seat.person_id)
        exported = (await export.export(session, person))["seats"]
        assert [line["state"] for line in exported] == [SeatState.INVITED]
        await rights.erase(session, person, "system", now)
        assert await seats.free(session, bus) == 4
        await transports.fill(session, team.officer, bus, 1, now)
        await session.refresh(waiting)
        assert (waiting.state, await seats.free(session, bus)) == (SeatState.INVITED, 2)


async def test_a_person_in_two_crises_waits_in_both(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        other = await builders.earthquake(session, team.officer, now, countries=["SD"])
        person = await builders.person(session, now, "telegram:1", party_size=2)
        seat = await evacuating.leaving(session, person, now)
        bus = await evacuating.bus(session, team, crisis, 2, now)
        await transports.fill(session, team.officer, bus, MANY, now)
        person.country = "SD"
        await session.flush()
        in_sudan = await evacuating.leaving(session, person, now + HOUR)
        assert (seat.crisis_id, in_sudan.crisis_id) == (crisis.id, other.id)
        assert (seat.state, in_sudan.state) == (SeatState.INVITED, SeatState.WAITING)
        assert [each.id for each in await seats.of_person(session, person.id)] == [
            in_sudan.id, seat.id,
        ]  # fmt: skip
        with pytest.raises(ConsularError, match="not where the transport departs"):
            await seats.invite(session, team.officer, in_sudan, bus, now)
        taken = await seats.answer(session, person, True, bus.id, now + HOUR)
        assert taken is not None
        assert taken.id == seat.id


async def test_records_that_are_joined_keep_the_better_seat(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        duplicate = await evacuating.household(session, now, 2, "telegram:1")
        bus = await evacuating.bus(session, team, crisis, 2, now)
        await transports.fill(session, team.officer, bus, MANY, now)
        seat = await evacuating.household(session, now, 1, "telegram:2")
        person = await session.get_one(Person, seat.person_id)
        await merging.merge(session, person, duplicate.person_id, "system", now)
        kept = list(await seats.of_person(session, person.id))
        assert [(each.id, each.state) for each in kept] == [(duplicate.id, SeatState.INVITED)]


async def test_a_household_that_grows_needs_room(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        seat = await evacuating.household(session, now, 1, "telegram:1")
        bus = await evacuating.bus(session, team, crisis, 3, now)
        await transports.fill(session, team.officer, bus, MANY, now)
        with pytest.raises(ConsularError, match="4 people, and 3 seats"):
            await seats.describe(session, team.officer, seat, 4, False, "", "", now)
        await session.refresh(seat)
        await seats.describe(session, team.officer, seat, 3, False, "جواز منتهٍ", "", now)
        assert (seat.people, seat.papers_missing) == (3, "جواز منتهٍ")
        with pytest.raises(ConsularError, match="3 seats are given"):
            await transports.resize(session, team.officer, bus, 2, now)
        await session.refresh(bus)
        await transports.resize(session, team.officer, bus, 5, now)
        assert await seats.free(session, bus) == 2


FORBIDDEN = [
    (state, target)
    for state, target in product(SeatState, SeatState)
    if target not in seats.TRANSITIONS[state]
]


@pytest.mark.parametrize(("state", "target"), FORBIDDEN)
def test_a_seat_never_moves_but_as_the_table_allows(state: SeatState, target: SeatState) -> None:
    with pytest.raises(ConsularError, match="cannot become"):
        check_move(seats.TRANSITIONS, state, target)


async def test_seats_of_a_crisis_go_when_it_is_long_over(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        seat = await evacuating.household(session, now, 1, "telegram:1", consented_at=now)
        crisis.closed_at = now
        counts = await retention.sweep(session, now + timedelta(days=30))
        assert counts["seats"] == 0
        counts = await retention.sweep(session, now + timedelta(days=365 * 11))
        assert await session.get(Seat, seat.id, populate_existing=True) is None
        assert await session.get(Transport, 1) is None
