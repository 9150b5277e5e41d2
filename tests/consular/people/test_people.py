from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consular.audiences import selection
from bot.consular.audit import trail
from bot.consular.crises import checkins
from bot.consular.errors import ConsularError
from bot.consular.people import facts, joining, merging, search
from bot.consular.reference import places
from bot.messages import Channel, Location
from bot.models import Address, AuditNote, CheckInStatus, InboundMessage, OutboundMessage, Person
from bot.runtime.runtime import Runtime
from tests import builders

NUMBER = "+218911234567"


@pytest.mark.parametrize(
    "query",
    [
        "محمد",
        "Mohamed",
        "muhammad",
        "المصراتي",
        "elmisrati mohammed",
        "محمد سالم المصراتي",
        "  salem  ",
    ],
)
async def test_people_are_found_by_any_spelling_of_their_name(runtime: Runtime, query: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        wanted = await builders.person(session, now)
        await facts.set_name(session, wanted, "محمد سالم المصراتي")
        other = await builders.person(session, now)
        await facts.set_name(session, other, "فاطمة الورفلي")
        assert await search.search(session, team.officer, query, now) == [wanted]


@pytest.mark.parametrize(
    "query",
    [
        NUMBER,
        "00218911234567",
        "091 123 4567",
        "٠٩١١٢٣٤٥٦٧",
        "218-91-1234567",
        " +218 (91) 123 45 67 ",
    ],
)
async def test_people_are_found_by_their_number_as_written(runtime: Runtime, query: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        told = await builders.person(session, now)
        await facts.set_phone(session, told, NUMBER, False, now)
        wrote = await builders.person(session, now, f"sms:{NUMBER}")
        await builders.person(session, now, "sms:+218919999999")
        assert {one.id for one in await search.search(session, team.officer, query, now)} == {
            told.id,
            wrote.id,
        }


async def test_a_search_is_audited_without_what_was_searched_for(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        assert await search.search(session, team.officer, "محمد", now) == []
        assert await search.search(session, team.officer, "  ", now) == []
        (note, _) = await trail.of(session, "people")
        assert (note.action, note.detail) == (
            "people.searched",
            {"found": 0, "gaps": []},
        )
        with pytest.raises(ConsularError):
            await search.search(session, team.auditor, "محمد", now)


async def test_a_post_officer_sees_the_people_of_the_post_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        here = await builders.person(session, now, country="TR")
        there = await builders.person(session, now, country="SD")
        nowhere = await builders.person(session, now, country=None)
        for one in (here, there, nowhere):
            await facts.set_name(session, one, "محمد")
        assert await search.search(session, team.post, "محمد", now) == [here]
        assert (await search.view(session, team.post, here.id, now)).person is here
        for one in (there, nowhere):
            with pytest.raises(ConsularError, match="looks after TR only"):
                await search.view(session, team.post, one.id, now)


async def test_every_look_at_a_record_is_written_down(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
        record = await search.view(session, team.officer, person.id, now)
        assert [check.answer for check in record.check_ins] == [CheckInStatus.SAFE]
        assert [one.address for one in record.addresses] == ["1"]
        latest = (await trail.of(session, f"person:{person.id}"))[0]
        assert (latest.action, latest.actor) == ("person.viewed", f"staff:{team.officer.id}")
        with pytest.raises(ConsularError, match="no such person"):
            await search.view(session, team.officer, 999, now)


async def test_a_shared_position_is_kept_exactly_only_encrypted(runtime: Runtime) -> None:
    now = runtime.clock()
    exact = Location(41.00527, 28.97696)
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, country=None, placed_at=None)
        place = places.place_at(exact)
        assert place is not None
        await facts.set_place(session, person, place, now, exact)
        assert (person.country, person.city, person.placed_at) == ("TR", place.city, now)
        assert (person.position, person.location) == ("41.01,28.98", "41.00527,28.97696")
        await facts.set_place(session, person, places.place_of("SD"), now)
        assert (person.country, person.city, person.position, person.location) == (
            "SD",
            None,
            None,
            None,
        )


async def test_a_number_telegram_vouches_for_is_a_second_way_to_reach_them(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        await facts.set_phone(session, person, NUMBER, False, now)
        assert await session.scalar(select(func.count()).select_from(Address)) == 1
        await facts.set_phone(session, person, NUMBER, True, now)
        await facts.set_phone(session, person, NUMBER, True, now)
        second = await session.scalar(select(Address).where(Address.channel == Channel.SMS))
        assert second is not None
        assert (second.person_id, second.address, second.heard_at) == (person.id, NUMBER, None)


async def test_on_the_phone_page_no_real_number_is_taken(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "phone:chat:+999000000001")
        await facts.set_phone(session, person, "+999000000001", True, now)
        found = set(await session.scalars(select(Address.address)))
        assert found == {"chat:+999000000001", "text:+999000000001"}


async def test_two_records_become_one_with_all_that_both_knew(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        known = await builders.person(
            session,
            now,
            f"sms:{NUMBER}",
            country="SD",
            party_size=4,
            stopped_at=now,
            no_calls_at=now,
        )
        await facts.set_name(session, known, "محمد سالم")
        await checkins.record(session, known, CheckInStatus.HELP, "sms", now)
        person = await builders.person(session, now, "telegram:1", country="TR")
        for one in (known, person):
            one.stopped_at = None
        await session.flush()
        _, broadcast = await builders.approved(
            session, team, now, audience={"countries": ["TR", "SD"]}
        )
        await builders.fan_out(session, broadcast.id, now)
        known.stopped_at = now
        await session.flush()
        assert await facts.set_phone(session, person, NUMBER, True, now)
        request = await joining.waiting(session, person)
        assert request is not None
        assert request.other_id == known.id
        await joining.join(session, person, request, "person:1", now)
        assert await session.scalar(select(Person.id).where(Person.id == known.id)) is None
        assert (person.country, person.party_size, person.name, person.stopped_at) == (
            "TR",
            4,
            "محمد سالم",
            None,
        )
        assert person.no_calls_at == now
        assert await search.search(session, team.officer, "mohamed", now) == [person]
        assert await checkins.latest(session, person) is not None
        rows = (
            await session.execute(select(Address.channel, Address.person_id, Address.stopped_at))
        ).all()
        assert {(row.channel, row.person_id, row.stopped_at) for row in rows} == {
            (Channel.TELEGRAM, person.id, None),
            (Channel.SMS, person.id, now),  # STOP was said there
        }
        sent = set(await session.scalars(select(OutboundMessage.person_id)))
        assert sent == {person.id, None}  # both rows still count


async def test_a_merged_record_is_found_where_the_older_one_was(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        spot = {"city": "TR/Antakya", "position": "36.2,36.16"}
        older = await builders.person(session, now, "sms:+905550000001", **spot)
        person = await builders.person(session, now, "telegram:1", country=None)
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        await merging.merge(session, person, older.id, "person:1", now)
    circle = {"circle": {"latitude": 36.2, "longitude": 36.16, "km": 1}}
    async with runtime.db.read() as session:
        for rule in (circle, {"cities": ["TR/Antakya"]}):
            assert list(await session.scalars(selection.people_in(rule, now))) == [person.id]


@pytest.mark.parametrize("size", [0, -1, 100])
async def test_a_party_has_a_sensible_size(runtime: Runtime, size: int) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now)
        await facts.set_party(session, person, 5)
        with pytest.raises(ConsularError):
            await facts.set_party(session, person, size)
        assert person.party_size == 5


async def test_registering_stopping_and_starting_leave_a_trail(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now)
        await facts.consent(session, person, now)
        await facts.register(session, person, now)
        marks = [(person.registered_at, person.consented_at)]
        for change in (facts.stop, facts.start, facts.start):
            await change(session, person, now)
            marks.append((person.stopped_at, None))
        assert marks == [(now, now), (now, None), (None, None), (None, None)]
        actions = [note.action for note in await trail.of(session, f"person:{person.id}")]
        assert actions == [
            "person.started",
            "person.stopped",
            "person.registered",
            "person.consented",
        ]


async def test_names_are_cut_and_cleaned(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now)
        await facts.set_name(session, person, " \u202eمحمد \n\n سالم\x00 " + "م" * 500)
        assert person.name is not None
        assert person.name.startswith("محمد سالم")
        assert len(person.name) <= 120


async def test_the_trail_goes_page_by_page(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(5):
            await trail.note(
                session, trail.SYSTEM, "test", f"person:{number}", now + timedelta(seconds=number)
            )
        await session.flush()
        first = await trail.recent(session, 2)
        second = await trail.recent(session, 2, before=first[-1].id)
        assert [note.subject for note in first + second] == [
            "person:4",
            "person:3",
            "person:2",
            "person:1",
        ]
        assert (await session.scalar(select(func.count()).select_from(AuditNote))) == 5
        assert (await session.scalar(select(func.count()).select_from(InboundMessage))) == 0
