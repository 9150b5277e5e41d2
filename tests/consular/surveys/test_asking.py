"""Whom a survey asks: by day, once, whoever agreed and can answer; the others are counted."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from bot import outbox
from bot.consular.crises import cases, crises
from bot.consular.reference import country_reach
from bot.consular.surveys import course, drafts, sign_ups, ways
from bot.consular.surveys.ways import Way
from bot.messages import Channel
from bot.models import (
    CaseKind,
    Crisis,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    Staff,
    Survey,
    SurveyAsk,
    SurveyState,
)
from bot.runtime.runtime import Runtime
from tests import builders, reaching, surveying
from tests.clock import SetClock
from tests.surveying import ask, event, got, opened, registered, survey


async def open_one(runtime: Runtime, **changes_of_draft: Any) -> int:
    """Open a survey in Turkey."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        draft = survey(now, **changes_of_draft)
        return (await opened(session, team.officer, team.approver, draft, now)).id


async def asks(runtime: Runtime) -> dict[int, bool]:
    """Return who was asked, and whether the question could come."""
    async with runtime.db.read() as session:
        rows = await session.execute(select(SurveyAsk.person_id, SurveyAsk.is_reachable))
        return {row[0]: row[1] for row in rows}


async def sent(runtime: Runtime) -> list[int]:
    """Return to whom the worker sends what can wait, and let it have left."""
    async with runtime.db.begin() as session:
        now = runtime.clock()
        claimed = await outbox.claim(session, Channel.TELEGRAM, [Lane.ROUTINE], 10, now)
        for row in claimed:
            leaving = outbox.Result(row.id, row.address_id, OutboundState.SENT)
            await outbox.mark(session, [leaving], now)
    return [row.person_id for row in claimed]


async def states(runtime: Runtime, person_id: int) -> list[tuple[OutboundState, str | None]]:
    """Return what became of each message to a person, and why."""
    query = select(OutboundMessage.state, OutboundMessage.reason)
    own = query.where(OutboundMessage.person_id == person_id).order_by(OutboundMessage.id)
    async with runtime.db.read() as session:
        return [(state, reason) for state, reason in await session.execute(own)]


async def test_people_are_asked_once_behind_everything_else(runtime: Runtime) -> None:
    await open_one(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        first = await registered(session, now, "telegram:1", "sms:+905550000001")
        second = await registered(session, now, "sms:+905550000002", language="en")
        await registered(session, now, "telegram:3", country="TN", city="TN/Sfax")
    assert await ask(runtime) == 2
    assert await ask(runtime) == 0
    assert await asks(runtime) == {first.id: True, second.id: True}
    async with runtime.db.read() as session:
        messages = (await session.scalars(select(OutboundMessage))).all()
    assert [message.lane for message in messages] == [Lane.ROUTINE, Lane.ROUTINE]
    assert [message.channel for message in messages] == [Channel.TELEGRAM, Channel.SMS]
    (question,) = await got(runtime, second.id)
    assert question.text == "A Libyan school: Do you want a Libyan school here?"
    assert [button.payload for button in question.buttons] == ["/survey 1 1 1", "/survey 1 1 2"]


@pytest.mark.parametrize(
    "columns",
    [
        {"stopped_at": 0},
        {"forgotten_at": 0},
        {"erasure_asked_at": 0},
        {"consented_at": None},
        {"registered_at": None},
        {"synthetic": True},
    ],
)
async def test_whoever_did_not_agree_to_messages_is_not_asked(
    runtime: Runtime, columns: dict[str, Any]
) -> None:
    await open_one(runtime)
    now = runtime.clock()
    values = {
        name: now if content == 0 and content is not False else content
        for name, content in columns.items()
    }
    async with runtime.db.begin() as session:
        await registered(session, now, "telegram:1", **values)
    assert await ask(runtime) == 0


async def test_nobody_is_asked_in_a_crisis_or_while_a_case_is_open(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        both = survey(now, audience={"countries": ["TR", "TN"]})
        await opened(session, team.officer, team.approver, both, now)
        await registered(session, now, "telegram:1")
        await builders.earthquake(session, team.officer, now)
        cared = await registered(session, now, "telegram:2", country="TN", city="TN/Sfax")
        calm = await registered(session, now, "telegram:3", country="TN", city="TN/Tunis")
        await cases.open_case(session, cared, CaseKind.HUMAN, "", now)
    await ask(runtime)
    assert await asks(runtime) == {calm.id: True}


async def test_a_crisis_takes_a_question_back_that_waits_and_it_is_asked_afterwards(
    runtime: Runtime, clock: SetClock
) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        both = survey(now, audience={"countries": ["TR", "TN"]})
        await opened(session, team.officer, team.approver, both, now)
        shaken = await registered(session, now, "telegram:1")
        calm = await registered(session, now, "telegram:2", country="TN", city="TN/Sfax")
    assert await ask(runtime) == 2
    async with runtime.db.begin() as session:
        crisis = await builders.earthquake(session, team.officer, now)
    clock.advance(minutes=1)
    assert await sent(runtime) == [calm.id]
    assert await states(runtime, shaken.id) == [(OutboundState.DROPPED, "crisis")]
    assert await asks(runtime) == {calm.id: True}
    assert await ask(runtime) == 0
    async with runtime.db.begin() as session:
        ended = await session.get_one(Crisis, crisis.id)
        await crises.close(session, team.officer, ended, clock())
    assert await ask(runtime) == 1
    clock.advance(minutes=1)
    assert await sent(runtime) == [shaken.id]


async def test_in_a_crisis_a_place_that_became_free_is_still_told(
    runtime: Runtime, clock: SetClock
) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        draft = event(now, seats=1)
        evening = await opened(session, team.officer, team.approver, draft, now)
        first = await registered(session, now, "telegram:1")
        second = await registered(session, now, "telegram:2")
        await sign_ups.sign_up(session, first, evening, 0, now)
        await sign_ups.sign_up(session, second, evening, 0, now)
        await sign_ups.decline(session, first, evening, now)
    await surveying.settle(runtime)
    async with runtime.db.begin() as session:
        await builders.earthquake(session, team.officer, now)
    clock.advance(minutes=1)
    assert await sent(runtime) == [second.id]


async def test_nobody_is_asked_at_night(runtime: Runtime, clock: SetClock) -> None:
    await open_one(runtime)
    async with runtime.db.begin() as session:
        await registered(session, clock(), "telegram:1", timezone="America/New_York")
    assert await ask(runtime) == 0  # four in the morning there
    clock.advance(hours=6)
    assert await ask(runtime) == 1


async def test_a_second_survey_waits_for_the_next_day(runtime: Runtime, clock: SetClock) -> None:
    await open_one(runtime)
    async with runtime.db.begin() as session:
        person = await registered(session, clock(), "sms:+905550000001", language="en")
        other = event(clock())
        officers = await session.scalars(select(Staff).order_by(Staff.id))
        by_role = {officer.role.value: officer for officer in officers}
        await opened(session, by_role["hq_officer"], by_role["approver"], other, clock())
    assert await ask(runtime) == 1
    clock.advance(hours=1)
    assert await ask(runtime) == 0
    clock.advance(days=1)
    assert await ask(runtime) == 1
    texts = [content.text.splitlines()[0] for content in await got(runtime, person.id)]
    assert texts == ["A Libyan school: Do you want a Libyan school here?", "Community evening"]


async def test_where_no_answer_returns_a_link_comes_or_nothing(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        people = await reaching.readers(session, now)
        await session.execute(
            update(Person).values(consented_at=now, registered_at=now, timezone="Europe/Istanbul")
        )
    survey_id = await open_one(runtime)
    async with runtime.db.read() as session:
        opened_one = await session.get_one(Survey, survey_id)
        by_country = await country_reach.ways(session)
        preview = await ways.preview(session, opened_one, True, now)
        without_link = await ways.preview(session, opened_one, False, now)
    expected = {region: ways.Way.NUMBERS if region not in by_country else None for region in people}
    await ask(runtime)
    reached = await asks(runtime)
    links = [
        region
        for region, person in people.items()
        if any("/s/" in content.text for content in await got(runtime, person.id))
    ]
    for region, person in people.items():
        contents = await got(runtime, person.id)
        if expected[region] is Way.NUMBERS:
            assert [len(content.buttons) for content in contents] == [2]
        assert reached[person.id] == bool(contents)
        if region in links:
            assert "1." not in contents[0].text
            assert contents[0].buttons == ()
    assert preview.by_way[Way.LINK] == len(links) > 0
    assert preview.by_way[Way.NONE] == list(reached.values()).count(False) > 0
    assert preview.asked == list(reached.values()).count(True)
    assert without_link.by_way[Way.LINK] == 0
    assert without_link.by_way[Way.NONE] == preview.by_way[Way.NONE] + len(links)
    async with runtime.db.read() as session:
        counts = await course.count(session, await session.get_one(Survey, survey_id))
    assert counts == {"asked": preview.asked, "unreachable": preview.by_way[Way.NONE]}


async def test_a_preview_counts_whom_a_crisis_and_a_stop_keep_away(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        both = survey(now, audience={"countries": ["TR", "TN"]})
        written = await drafts.write(session, team.officer, both, now)
        await registered(session, now, "telegram:1")
        await registered(session, now, "telegram:2", country="TN", city="TN/Sfax")
        await registered(session, now, "telegram:3", stopped_at=now)
        await registered(session, now, country="TN", city="TN/Sfax")  # without an address
        await builders.earthquake(session, team.officer, now)
        preview = await ways.preview(session, written, True, now)
    assert (preview.asked, preview.by_way[Way.BUTTONS], preview.by_way[Way.NONE]) == (1, 1, 1)
    assert (preview.in_crisis, preview.stopped) == (1, 1)
    assert preview.parts == {"ar": 1, "en": 1}


async def test_it_closes_by_itself_and_sends_no_question_afterwards(
    runtime: Runtime, clock: SetClock
) -> None:
    survey_id = await open_one(runtime)
    async with runtime.db.begin() as session:
        await registered(session, clock(), "telegram:1")
    await ask(runtime)
    assert await surveying.settle(runtime) == 0
    clock.advance(days=3)
    async with runtime.db.begin() as session:
        await registered(session, clock(), "telegram:2")
    assert await ask(runtime) == 0
    assert await surveying.settle(runtime) == 1
    async with runtime.db.read() as session:
        closed = await session.get_one(Survey, survey_id)
        states = list(await session.scalars(select(OutboundMessage.state)))
    assert (closed.state, closed.closed_at) == (SurveyState.CLOSED, clock())
    assert closed.counts == {"asked": 1, "unreachable": 0}
    assert states == [OutboundState.EXPIRED]
