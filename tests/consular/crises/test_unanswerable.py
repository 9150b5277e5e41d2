"""Who can read a question and not answer it, or gets none, is on a call list at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.consular.crises import asking_again, board, call_list, checkins, crises, letters, rounds
from bot.consular.errors import ConsularError
from bot.consular.reference import country_reach
from bot.messages import Channel
from bot.models import CheckInStatus, OutboundMessage, OutboundState, SmsWay
from bot.runtime.runtime import Runtime
from tests import asking, builders, reaching
from tests.consular.crises.test_letters import begun, sent

LINK_COUNTRIES = {"TN", "LY"}
MUTE = {"AE", "QA", "IR"}


def reply_link(person_id: int) -> str:
    return f"https://tammen.example/r/{person_id}"


@pytest.mark.parametrize("has_link", [True, False])
@pytest.mark.parametrize("minutes", [30, None])
async def test_they_are_listed_as_soon_as_the_questions_are_queued(
    runtime: Runtime, has_link: bool, minutes: int | None
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people = await reaching.readers(session, now)
        await reaching.reader(session, now, "AE", "telegram:1")  # can answer there
        crisis = await builders.earthquake(
            session, team.officer, now, has_link=has_link, ask_again_minutes=minutes
        )
        assert await rounds.advance(session, crisis, now, has_link) == 0  # nobody was asked yet
        await builders.fan_out(session, crisis.broadcast_id, now)
        assert crisis.id in await rounds.going_on(session)
        await rounds.advance(session, crisis, now, has_link)
        listed = {call.person_id for call in await call_list.listed(session, crisis)}
        called = MUTE if has_link else MUTE | LINK_COUNTRIES
        assert listed == {people[region].id for region in called}
        assert await rounds.advance(session, crisis, now, has_link) == 0  # nobody twice
        seen = (await board.board(session, crisis, now)).counts
        assert sum(seen.values()) == len(people) + 1
        assert (seen["not_asked"], seen["unreachable"]) == (6, 2)
        await asking.send_all(session, now)
        seen = (await board.board(session, crisis, now)).counts
        assert (seen["no_answer"], seen["unreachable"]) == (6, 2)


async def test_whoever_has_another_way_is_asked_by_it_first(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await country_reach.seed(session)
        both = await reaching.reader(session, now, "AE")
        await builders.address(session, both, "sms:+393330000009", now, region="IT", heard_at=None)
        by_page = await reaching.reader(session, now, "QA", "phone:chat:+9991")
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await asking.send_all(session, now)
        await rounds.advance(session, crisis, now, has_link=True)
        assert await call_list.listed(session, crisis) == []
        assert await asking.asked(session, by_page) == [Channel.PHONE]
        later = now + timedelta(minutes=30)
        await rounds.advance(session, crisis, later, has_link=True)
        await asking.send_all(session, later)
        assert await asking.asked(session, both) == [Channel.SMS, Channel.SMS]
        listed = {call.person_id for call in await call_list.listed(session, crisis)}
        assert listed == {by_page.id}  # no second question goes to Qatar


async def test_an_answer_takes_them_from_the_list(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people = await reaching.readers(session, now)
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await checkins.record(session, people["AE"], CheckInStatus.SAFE, "staff", now)
        await rounds.advance(session, crisis, now, has_link=True)
        listed = {call.person_id for call in await call_list.listed(session, crisis)}
        assert listed == {people["QA"].id, people["IR"].id}
        await crises.close(session, team.officer, crisis, now)
        assert await rounds.advance(session, crisis, now, has_link=True) == 0


WORDS_OF_ONE = [("AE", False, False), ("TN", False, True), ("IT", True, True), ("DE", True, True)]


@pytest.mark.parametrize(("region", "has_choices", "has_link"), WORDS_OF_ONE)
async def test_one_person_is_asked_again_in_the_words_of_their_country(
    runtime: Runtime, region: str, has_choices: bool, has_link: bool
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people = await reaching.readers(session, now)
        person = people[region]
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await asking.send_all(session, now)
        later = now + timedelta(hours=1)
        [preview] = await asking_again.preview(session, crisis, person)
        attempt = await asking_again.ask(
            session, team.officer, crisis, person.id, reply_link, later
        )
        assert await asking_again.way_of(session, attempt) == [preview]
        message = await session.get_one(OutboundMessage, attempt.message_id)
        assert message.content is not None
        assert bool(message.content.get("buttons")) == has_choices
        assert ("/r/" in message.content["text"]) == has_link
    assert (preview.country, preview.people) == (region, 1)
    assert preview.is_known == (region != "DE")


async def test_nobody_is_asked_again_where_nothing_arrives(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people = await reaching.readers(session, now)
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        await builders.fan_out(session, crisis.broadcast_id, now)
        later = now + timedelta(hours=1)
        for region in ("QA", "IR"):
            assert await asking_again.preview(session, crisis, people[region]) == []
            with pytest.raises(ConsularError, match="No message can reach"):
                await asking_again.ask(
                    session, team.officer, crisis, people[region].id, reply_link, later
                )
        states = await asking.asked(session, people["QA"])
    assert states == []


async def test_a_letter_goes_to_no_country_that_refuses_it(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime)
        await country_reach.seed(session)
        await builders.address(session, person, "sms:+97433123456", now, region="QA")
        with pytest.raises(ConsularError, match="call"):
            await letters.write(session, team.officer, case, "أين أنت؟", now)
        assert await sent(session) == []
        emirates = await builders.address(session, person, "sms:+971501234567", now, region="AE")
        for words in ("اتصل على +218 21 340 0000", "انظر mofa.gov.ly", "see https://a.ly/x"):
            with pytest.raises(ConsularError, match="may hold no link"):
                await letters.write(session, team.officer, case, words, now)
        assert await sent(session) == []
        await letters.write(session, team.officer, case, "سنتصل بك عند 18:00 يوم 30.11.2026", now)
        [letter] = (await session.scalars(select(OutboundMessage))).all()
        assert (letter.address_id, letter.state) == (emirates.id, OutboundState.QUEUED)


def test_countries_are_mute_by_what_was_frozen() -> None:
    frozen = {"AE": "read", "TN": SmsWay.LINK, "IR": "nothing", "XX": "plain_answer"}
    assert country_reach.mute(frozen, has_link=True) == {"AE", "IR"}
    assert country_reach.mute(frozen, has_link=False) == {"AE", "IR", "TN"}
