"""What leaves by SMS fits the country of the number, whatever queued it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import outbox
from bot.consular.crises import crises
from bot.consular.reference import country_reach
from bot.messages import Button, Content
from bot.models import Address, Broadcast, InboundMessage, OutboundMessage, OutboundState
from bot.text import links
from tests import builders, freshening, reaching
from tests.line import NUMBER, Line
from tests.reaching import NUMBERS

CHOICES = (Button("نعم", "/may_tell 1 yes"), Button("لا", "/may_tell 1 no"))
WORDS = "هل نخبره؟ اتصل على +218213400000 أو mofa.gov.ly"


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_roll_call_leaves_in_the_words_of_each_country(house: Line, language: str) -> None:
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        team = await builders.team(session, now)
        await reaching.readers(session, now, language)
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        await builders.fan_out(session, crisis.broadcast_id, now)
    await house.send()
    for region in ("IT", "DE"):
        [text] = house.texts(NUMBERS[region])
        assert "1. " in text
        assert "/r/" in text
    for region in ("TN", "LY"):
        [text] = house.texts(NUMBERS[region])
        assert "1. " not in text
        assert "/r/" in text
    [text] = house.texts(NUMBERS["AE"])
    assert "1. " not in text
    assert not links.has_any(text)
    assert house.texts(NUMBERS["QA"]) == house.texts(NUMBERS["IR"]) == []


async def test_an_advisory_leaves_without_links_where_they_are_refused(house: Line) -> None:
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        team = await builders.team(session, now)
        await reaching.readers(session, now)
        text = "غادروا الآن. انظروا https://mofa.gov.ly/a واتصلوا على +218213400000"
        _, broadcast = await builders.approved(session, team, now, text_ar=text)
        await builders.fan_out(session, broadcast.id, now)
    await house.send()
    [whole] = house.texts(NUMBERS["TN"])
    assert "https://mofa.gov.ly/a" in whole
    [plain] = house.texts(NUMBERS["AE"])
    assert "غادروا الآن" in plain
    assert "السفارة" in plain
    assert not links.has_any(plain)
    assert house.texts(NUMBERS["QA"]) == []


async def queue(house: Line, region: str, *, is_answer: bool = False) -> int:
    """Queue a question with choices, a link and a number to one person."""
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        if not await country_reach.table(session):
            await country_reach.seed(session)
        person = await reaching.reader(session, now, region)
        query = select(Address).where(Address.person_id == person.id)
        address = (await session.scalars(query)).one()
        inbound_id = None
        if is_answer:
            inbound_id = await session.scalar(select(InboundMessage.id))
        message = await outbox.reply(
            session,
            person=person,
            address=address,
            content=Content(WORDS, CHOICES, language="ar"),
            inbound_id=inbound_id,
            now=now,
        )
        await session.flush()
        return message.id


OWN_WORDS = [
    ("IT", True, True, False),
    ("DE", True, True, False),
    ("TN", False, True, True),
    ("AE", False, False, False),
]


@pytest.mark.parametrize(("region", "has_choices", "keeps_links", "adds_link"), OWN_WORDS)
async def test_what_is_said_to_one_person_fits_their_country(
    house: Line, region: str, has_choices: bool, keeps_links: bool, adds_link: bool
) -> None:
    await queue(house, region)
    await house.send()
    [text] = house.texts(NUMBERS[region])
    assert "هل نخبره؟" in text
    assert ("1. نعم" in text) == has_choices
    assert ("mofa.gov.ly" in text) == ("+218213400000" in text) == keeps_links
    assert ("/r/" in text) == adds_link


async def test_the_answer_to_an_sms_keeps_its_choices_but_no_refused_link(house: Line) -> None:
    async with house.runtime.db.begin() as session:
        await country_reach.seed(session)
    await house.sms("السلام عليكم", NUMBER)
    await queue(house, "TN", is_answer=True)
    await queue(house, "AE", is_answer=True)
    await house.send()
    [from_tunisia] = house.texts(NUMBERS["TN"])
    assert "1. نعم" in from_tunisia
    assert "/r/" not in from_tunisia
    assert "mofa.gov.ly" in from_tunisia
    [from_emirates] = house.texts(NUMBERS["AE"])
    assert "1. نعم" in from_emirates
    assert not links.has_any(from_emirates)


async def test_a_row_to_a_country_that_refuses_it_fails_alone_and_says_why(house: Line) -> None:
    refused_id = await queue(house, "QA")
    await queue(house, "IT")
    await house.send()
    assert house.texts(NUMBERS["QA"]) == []
    assert len(house.texts(NUMBERS["IT"])) == 1
    message = await builders.message(house.runtime, refused_id)
    assert (message.state, message.reason) == (OutboundState.FAILED, "country_refuses")


async def test_a_row_that_moves_to_a_silent_country_is_not_sent(house: Line) -> None:
    """A broadcast was fanned out to Telegram; the person then writes from a number in Qatar."""
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        team = await builders.team(session, now)
        await country_reach.seed(session)
        person = await builders.person(session, now)
        _, broadcast = await builders.approved(session, team, now)
        await builders.fan_out(session, broadcast.id, now)
        number = NUMBERS["QA"]
        address = await builders.address(session, person, f"sms:{number}", now, region="QA")
        assert await outbox.renew(session, address, now) == 1
    await house.send()
    assert house.texts(number) == []
    [row] = await house.rows(OutboundMessage)
    assert (row.state, row.reason) == (OutboundState.FAILED, "country_refuses")


async def test_the_fallback_to_sms_leaves_silent_countries_alone(house: Line) -> None:
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        team = await builders.team(session, now)
        await country_reach.seed(session)
        for region, chat in (("QA", 1), ("TN", 2)):
            await reaching.reader(session, now, region, f"telegram:{chat}")
        _, broadcast = await builders.approved(session, team, now)
        broadcast.fallback_after = 0
        await builders.fan_out(session, broadcast.id, now)
        assert await outbox.fall_back(session, broadcast, True, now) == 1
    rows = await house.rows(OutboundMessage)
    assert {row.channel for row in rows} == {"sms", "telegram"}


async def test_an_old_broadcast_still_leaves(house: Line) -> None:
    await builders.broadcast(house.runtime, f"sms:{NUMBERS['AE']}")
    async with house.runtime.db.read() as session:
        assert (await session.scalars(select(Broadcast.sms_ways))).one() is None
        assert await crises.open_ones(session) == []
    await house.send()
    assert len(house.texts(NUMBERS["AE"])) == 1


async def test_are_you_still_there_carries_a_link_where_no_answer_returns(house: Line) -> None:
    now = house.runtime.clock()
    async with house.runtime.db.begin() as session:
        await country_reach.seed(session)
        for region in ("IT", "TN", "AE"):
            zone = f"Etc/GMT{now.hour - 12:+d}"  # noon there
            person = await freshening.registered(session, now, 200, timezone=zone)
            await builders.address(session, person, f"sms:{NUMBERS[region]}", now, region=region)
    assert await freshening.ask(house.runtime) == 2
    await house.send()
    [by_sms] = house.texts(NUMBERS["IT"])
    assert ("1. " in by_sms, "/r/" in by_sms) == (True, False)
    [by_link] = house.texts(NUMBERS["TN"])
    assert ("1. " in by_link, "/r/" in by_link) == (False, True)
    assert house.texts(NUMBERS["AE"]) == []
