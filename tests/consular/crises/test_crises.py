from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import reach
from bot.consular.audiences.selection import everyone_in
from bot.consular.audiences.standings import COUNTS
from bot.consular.crises import board as crises_board
from bot.consular.crises import cases, checkins, coverage, crises, roll_call
from bot.consular.errors import AudienceError, ConsularError
from bot.consular.people import facts, search
from bot.consular.reference import places
from bot.messages import Channel
from bot.models import (
    Address,
    Broadcast,
    CaseKind,
    CheckIn,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders

SAFE, HELP, MEDICAL, EVACUATE, STAYING = CheckInStatus


async def covering(
    session: AsyncSession, country: str | None, *, synthetic: bool = False
) -> Crisis | None:
    """Return the crisis that covers somebody in a country."""
    return await coverage.covering(session, Person(country=country, synthetic=synthetic))


async def test_opening_a_crisis_asks_everyone_there_at_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        await builders.person(session, now, "telegram:2", country="SD")
        await builders.person(session, now, "telegram:3", country="EG")
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR", "SD"])
        assert await builders.fan_out(session, crisis.broadcast_id, now) == 2
        asked = await session.get_one(Broadcast, crisis.broadcast_id)
    chat, sms = asked.contents["ar"]["chat"], asked.contents["ar"]["text"]
    assert "زلزال هاتاي" in chat["text"]
    assert "زلزال هاتاي" in sms["text"]
    assert "{link}" not in sms["text"]
    assert [button["payload"] for button in chat["buttons"]] == [
        "/safe",
        "/needhelp",
        "/evacuate",
        "/staying",
    ]
    assert "Earthquake in Hatay" in asked.contents["en"]["text"]["text"]


async def test_an_sms_carries_a_reply_link_where_links_can_be_made(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        asked = await session.get_one(Broadcast, crisis.broadcast_id)
    for language in ("ar", "en"):
        assert asked.contents[language]["text"]["text"].count("{link}") == 1
        assert "{link}" not in asked.contents[language]["chat"]["text"]


async def test_an_opening_that_is_refused_asks_nobody(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for wrong, error in (
            ({"names": {"en": "Earthquake", "ar": " \u200f "}}, ConsularError),
            ({"countries": []}, AudienceError),
            ({"countries": ["XX"]}, AudienceError),
        ):
            with pytest.raises(error):
                await builders.earthquake(session, team.officer, now, **wrong)
        with pytest.raises(ConsularError, match="looks after TR only"):
            await builders.earthquake(session, team.post, now, countries=["TR", "SD"])
        with pytest.raises(ConsularError, match="may not"):
            await builders.earthquake(session, team.auditor, now)
        for table in (Crisis, Broadcast):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_real_crisis_covers_a_country_before_a_drill_and_a_later_one_before_an_earlier(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        assert await covering(session, "TR") is None
        assert await covering(session, None) is None
        first = await builders.earthquake(session, team.officer, now)
        second = await builders.earthquake(session, team.officer, now)
        await builders.earthquake(session, team.officer, now, drill=True)
        assert await covering(session, "TR") is second
        await crises.close(session, team.officer, second, now)
        assert await covering(session, "TR") is first
        assert await covering(session, "SD") is None


async def test_a_drill_takes_no_answer_and_no_case_of_a_real_person_whom_it_does_not_ask(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        real = await builders.person(session, now, "telegram:1")
        invented = await builders.person(session, now, "phone:chat:+999000000001", synthetic=True)
        drill = await builders.earthquake(session, team.officer, now, drill=True)
        answers = {}
        for person in (real, invented):
            check_in = await checkins.record(session, person, HELP, "phone", now)
            case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
            answers[person] = (check_in.crisis_id, case.crisis_id)
        assert answers == {real: (None, None), invented: (drill.id, drill.id)}
        real_one = await builders.earthquake(session, team.officer, now)
        later = await builders.earthquake(session, team.officer, now, drill=True)
        assert await covering(session, "TR") is real_one
        assert await covering(session, "TR", synthetic=True) is later
        assert await crises.open_ones(session) == [real_one, later, drill]
        board = await crises_board.board(session, drill, now)
        assert (board.people, board.counts["help"]) == (1, 1)


async def test_a_drill_asks_real_people_only_where_an_approver_says_so(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        with pytest.raises(ConsularError, match="may not"):
            await builders.earthquake(session, team.officer, now, drill=True, real_people=True)
        crisis = await builders.earthquake(
            session, team.approver, now, drill=True, real_people=True
        )
        assert await builders.fan_out(session, crisis.broadcast_id, now) == 1
        assert await covering(session, "TR") is crisis


async def test_the_board_counts_each_person_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        old = await builders.person(session, now, "telegram:1")
        await checkins.record(session, old, SAFE, "telegram", now - timedelta(days=30))
        crisis = await builders.earthquake(session, team.officer, now, countries=["TR", "SD"])
        statuses = [SAFE, SAFE, HELP, MEDICAL, EVACUATE, STAYING]
        for n, status in enumerate(statuses):
            person = await builders.person(
                session, now, f"telegram:{10 + n}", country="SD" if n == 0 else "TR"
            )
            await checkins.record(session, person, status, "telegram", now)
        await builders.person(session, now, "telegram:30", stopped_at=now)  # said stop
        await builders.person(session, now)  # no address
        await builders.person(session, now, "telegram:31", country="EG")  # elsewhere
        stopped = await builders.person(session, now, "sms:+905550000009")
        await session.execute(
            update(Address).where(Address.person_id == stopped.id).values(stopped_at=now)
        )
        board = await crises_board.board(session, crisis, now)
    assert board.people == 10
    assert board.counts == {
        "safe": 2,
        "help": 2,
        "evacuate": 1,
        "staying": 1,
        "no_answer": 0,
        "not_asked": 1,
        "unreachable": 3,
    }
    in_sudan = {standing: people for standing, people in board.by_country["SD"].items() if people}
    assert in_sudan == {"safe": 1}
    assert board.stale == 0


async def test_the_latest_answer_counts(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        for status, name in (
            (SAFE, "safe"),
            (MEDICAL, "help"),
            (EVACUATE, "evacuate"),
            (STAYING, "staying"),
            (SAFE, "safe"),
        ):
            row = await checkins.record(session, person, status, "telegram", now)
            assert row.crisis_id == crisis.id
            assert await checkins.latest(session, person) is row
            assert (await crises_board.board(session, crisis, now)).counts[name] == 1


@pytest.mark.parametrize(
    ("state", "count"),
    [
        (OutboundState.QUEUED, "not_asked"),
        (OutboundState.SENDING, "no_answer"),
        (OutboundState.SENT, "no_answer"),
        (OutboundState.DELIVERED, "no_answer"),
        (OutboundState.READ, "no_answer"),
        (OutboundState.DROPPED, "not_asked"),
        (OutboundState.FAILED, "unreachable"),
        (OutboundState.EXPIRED, "unreachable"),
    ],
)
async def test_who_could_not_be_asked_is_unreachable_until_they_answer(
    runtime: Runtime, state: OutboundState, count: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await builders.set_state(session, state)
        assert (await crises_board.board(session, crisis, now)).counts[count] == 1
        await checkins.record(session, person, SAFE, "sms", now)
        assert (await crises_board.board(session, crisis, now)).counts["safe"] == 1


@pytest.mark.parametrize("names", [names for n in (1, 2, 5) for names in combinations(COUNTS, n)])
async def test_an_audience_by_standing_is_whom_the_board_counts(
    runtime: Runtime, names: tuple[str, ...]
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        unreached = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await builders.set_state(session, OutboundState.FAILED, unreached)
        for n, said in enumerate(
            ((), (SAFE,), (SAFE, HELP), (HELP, SAFE), (MEDICAL,), (SAFE, EVACUATE), (STAYING,))
        ):
            person = await builders.person(session, now, f"telegram:{10 + n}")
            await checkins.record(session, person, EVACUATE, "telegram", now - timedelta(days=30))
            for status in said:
                await checkins.record(session, person, status, "telegram", now)
        await builders.person(session, now, "telegram:30", stopped_at=now)
        await builders.person(session, now)  # no address
        await builders.person(session, now, "telegram:31", country="EG")  # elsewhere
        board = await crises_board.board(session, crisis, now)
        rule = {"status": {"crisis": crisis.id, "is": list(names)}}
        meant = (await session.scalars(everyone_in(rule, now))).all()
    assert len(meant) == len(set(meant)) == sum(board.counts[name] for name in names)


async def test_an_old_place_is_stale(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for days in (0, 179, 181, 400):
            await builders.person(session, now, placed_at=now - timedelta(days=days))
        crisis = await builders.earthquake(session, team.officer, now)
        board = await crises_board.board(session, crisis, now)
        assert (board.people, board.stale) == (4, 2)
        assert await search.by_country(session, now) == [("TR", 4, 2)]


async def test_answers_after_the_end_do_not_change_the_board(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        crisis = await builders.earthquake(session, team.officer, now)
        await checkins.record(session, person, HELP, "telegram", now)
        await crises.close(session, team.officer, crisis, now + timedelta(hours=1))
        late = await checkins.record(session, person, SAFE, "telegram", now + timedelta(hours=2))
        assert late.crisis_id is None
        assert (await crises_board.board(session, crisis, now)).counts["help"] == 1


async def test_an_answer_before_the_place_is_known_belongs_to_the_crisis_there(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", country=None)
        crisis = await builders.earthquake(session, team.officer, now)
        row = await checkins.record(session, person, SAFE, "telegram", now)
        assert row.crisis_id is None
        await facts.set_place(session, person, places.place_of("TR/Antakya"), now)
        await checkins.attach(session, person, now)
        row = await session.get_one(CheckIn, row.id, populate_existing=True)
        assert (row.crisis_id, row.country) == (crisis.id, "TR")
        assert (await crises_board.board(session, crisis, now)).counts["safe"] == 1


@pytest.mark.parametrize(
    ("drill", "real_people", "people"), [(False, False, 1), (True, False, 2), (True, True, 3)]
)
async def test_a_drill_asks_and_counts_made_up_people_and_real_ones_where_it_is_said(
    runtime: Runtime, drill: bool, real_people: bool, people: int
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        await builders.person(session, now, "telegram:2", synthetic=True)
        await builders.person(session, now, "telegram:3", synthetic=True)
        crisis = await builders.earthquake(
            session, team.approver, now, drill=drill, real_people=real_people
        )
        contents = roll_call.preview(crisis.names, ["TR"], drill, has_link=False)
        rates = {Channel.TELEGRAM: 30.0}
        rule = {"countries": ["TR"]}
        estimate = await reach.estimate(
            session, rule, contents, rates, now, drill, crisis.real_people
        )
        await builders.fan_out(session, crisis.broadcast_id, now)
        recipients = select(func.count()).where(OutboundMessage.broadcast_id == crisis.broadcast_id)
        board = await crises_board.board(session, crisis, now)
        assert estimate.people == people
        assert await session.scalar(recipients) == people
        assert (board.people, board.counts["not_asked"]) == (people, people)
        silent = {"status": {"crisis": crisis.id, "is": ["not_asked"]}}
        meant = everyone_in(silent, now, drill)
        assert len((await session.scalars(meant)).all()) == people
        assert await search.by_country(session, now) == [("TR", 1, 0)]


async def test_places_on_the_board_age_until_the_crisis_closes(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1", placed_at=now - timedelta(days=179))
        crisis = await builders.earthquake(session, team.officer, now)
        assert (await crises_board.board(session, crisis, now)).stale == 0
        later = now + timedelta(days=2)
        assert (await crises_board.board(session, crisis, later)).stale == 1
        await crises.close(session, team.officer, crisis, now + timedelta(hours=1))
        assert (await crises_board.board(session, crisis, later)).stale == 0
