"""Who confirmed a place and when: the person or an officer; an older word never wins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.consular.crises import board, checkins
from bot.consular.errors import ConsularError
from bot.consular.people import confirmations, facts, merging
from bot.consular.people.confirmations import Confirmation
from bot.consular.reference import places
from bot.consular.trust import export, rights
from bot.models import (
    Address,
    AuditNote,
    CheckInStatus,
    Confirmer,
    Person,
    PlaceConfirmation,
    PlaceQuestion,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock
from tests.freshening import ask, registered


async def test_an_officer_confirms_a_place_after_a_call(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await registered(session, now, 300, "telegram:1")
        told = await confirmations.latest(session, person)
        assert told == Confirmation(now - timedelta(days=300), Confirmer.PERSON)
        await confirmations.by_officer(session, team.post, person.id, now)
        called = await confirmations.latest(session, person)
        assert called == Confirmation(now, Confirmer.OFFICER, team.post.id)
        assert (person.city, person.placed_at) == ("TR/Istanbul", now)
        query = select(AuditNote.actor).where(AuditNote.action == "person.confirmed_place")
        assert (await session.scalars(query)).all() == [f"staff:{team.post.id}"]


async def test_a_place_that_is_told_after_the_call_is_the_persons_word(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        person = await registered(session, clock(), 300, "telegram:1")
        await confirmations.by_officer(session, team.officer, person.id, clock())
        clock.advance(hours=1)
        await facts.set_place(session, person, places.place_of("TR/Ankara"), clock())
        assert await confirmations.latest(session, person) == Confirmation(
            clock(), Confirmer.PERSON
        )


async def test_a_message_that_was_long_on_its_way_confirms_nothing_newer(
    runtime: Runtime, clock: SetClock
) -> None:
    written_at = clock()
    clock.advance(hours=5)
    async with runtime.db.begin() as session:
        person = await registered(session, clock(), 0, "telegram:1")
        await confirmations.by_person(session, person, clock(), written_at)
        assert person.placed_at == clock()


async def test_officers_confirm_only_whom_they_look_after_and_whose_place_is_known(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        elsewhere = await registered(session, now, 300, country="EG", city=None)
        nowhere = await registered(session, now, 300, country=None, city=None)
        for staff, number in (
            (team.post, elsewhere.id),
            (team.auditor, elsewhere.id),
            (team.officer, nowhere.id),
            (team.officer, 999_999),
        ):
            with pytest.raises(ConsularError):
                await confirmations.by_officer(session, staff, number, now)
        assert (await session.scalars(select(PlaceConfirmation))).all() == []
        assert elsewhere.placed_at == now - timedelta(days=300)


@pytest.mark.parametrize("status", list(CheckInStatus))
async def test_an_answer_in_a_crisis_makes_known_there_and_leaves_the_place_as_old_as_it_was(
    runtime: Runtime, status: CheckInStatus
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        answers = await registered(session, now, 400, "telegram:1")
        await registered(session, now, 400, "telegram:2")
        await registered(session, now, 5, "telegram:3")
        crisis = await builders.earthquake(session, team.officer, now)
        before = await board.board(session, crisis, now)
        assert (before.people, before.present, before.stale, before.expected) == (3, 1, 2, 2)
        await checkins.record(session, answers, status, "telegram", now)
        after = await board.board(session, crisis, now)
        assert (after.people, after.present, after.stale) == (3, 2, 1)
        assert sum(after.counts.values()) == after.people
        assert [(place.people, place.stale) for place in after.places] == [(3, 1)]
        assert answers.placed_at == now - timedelta(days=400)


async def test_what_we_asked_and_who_confirmed_goes_with_the_person(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await registered(session, now, 200, "telegram:1")
    assert await ask(runtime) == 1
    async with runtime.db.begin() as session:
        same = await session.get_one(Person, person.id)
        await confirmations.by_person(session, same, now, now)
        exported = await export.export(session, same)
        assert exported["place_asked"]["answer"] == "still_there"
        assert exported["place_confirmed"] == {"confirmer": "person", "at": now.isoformat()}
        address = (await session.scalars(select(Address))).one()
        await rights.erase(session, same, "system", now, address)
        for table in (PlaceConfirmation, PlaceQuestion):
            assert (await session.scalars(select(table))).all() == []


async def test_a_confirmation_moves_with_the_place_of_a_duplicate(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await registered(session, now, 0, country=None, city=None, placed_at=None)
        duplicate = await registered(session, now, 300)
        await confirmations.by_officer(session, team.officer, duplicate.id, now)
        await merging.merge(session, person, duplicate.id, "system", now)
        latest = await confirmations.latest(session, person)
        assert latest == Confirmation(now, Confirmer.OFFICER, team.officer.id)
