"""What a number gets is decided by its country: answers, links, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import words
from bot.consular.broadcasts import fan_out, variants
from bot.consular.crises import roll_call
from bot.consular.reference import country_reach
from bot.messages import Channel, Content, Form
from bot.models import Address, Broadcast, OutboundMessage, OutboundState, SmsWay
from bot.runtime.runtime import Runtime
from bot.text import links, sms
from bot.text.text import LANGUAGES
from tests import builders, reaching

NAMES = {"en": "Earthquake in Hatay", "ar": "زلزال هاتاي"}
REPLY_LINK = "https://tammen.example/r/" + "a" * 40
KEYS = ("roll_call", "roll_call_again", "roll_call_last")


def as_sms(contents: dict[str, Any], language: str, way: SmsWay) -> str:
    content = Content.from_json(variants.chosen(contents[language], Form.TEXT, way))
    return words.as_text(content).replace("{link}", REPLY_LINK)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("has_link", [True, False])
def test_a_roll_call_asks_only_for_what_can_come_back(
    language: str, key: Any, has_link: bool
) -> None:
    contents = roll_call.contents(NAMES, has_link, key)
    texts = {way: as_sms(contents, language, way) for way in SmsWay if way != SmsWay.NOTHING}
    assert "1. " in texts[SmsWay.ANSWER]
    assert (REPLY_LINK in texts[SmsWay.ANSWER]) == has_link
    assert "1. " in texts[SmsWay.PLAIN_ANSWER]
    assert not links.has_any(texts[SmsWay.PLAIN_ANSWER])
    for way in (SmsWay.LINK, SmsWay.READ):
        assert "1" not in texts[way].replace(REPLY_LINK, "")
    assert (REPLY_LINK in texts[SmsWay.LINK]) == has_link
    assert not links.has_any(texts[SmsWay.READ])
    assert not links.has_any(texts[SmsWay.LINK].replace(REPLY_LINK, ""))
    parts = {way: sms.sms_parts(text).count for way, text in texts.items()}
    assert all(count <= parts[SmsWay.ANSWER] for count in parts.values()), parts


async def test_a_drill_says_so_in_every_variant(runtime: Runtime) -> None:
    marked = fan_out.marked(roll_call.contents(NAMES, has_link=True))
    for language in LANGUAGES:
        assert len(marked[language]) == 5
        for content in marked[language].values():
            assert "EXERCISE" in content["text"]


ADVISORIES = [
    ("غادروا. التفاصيل: https://mofa.gov.ly/a/b واتصلوا على +218 21 340 0000", 2),
    ("سجلوا في mofa.gov.ly", 1),
    ("x" * 150 + " t.me/a", 1),  # the words for a link would cost a part
]


@pytest.mark.parametrize(("text", "parts"), ADVISORIES)
def test_an_advisory_loses_its_links_and_never_gains_a_part(text: str, parts: int) -> None:
    contents = {"ar": {"chat": {"text": text}, "text": {"text": text}}}
    complete = variants.complete(contents)
    assert complete["ar"]["text"] == {"text": text}
    assert complete["ar"]["chat"] == {"text": text}
    plain = as_sms(complete, "ar", SmsWay.READ)
    assert plain == as_sms(complete, "ar", SmsWay.PLAIN_ANSWER)
    assert plain
    assert not links.has_any(plain)
    assert sms.sms_parts(plain).count <= sms.sms_parts(text).count <= parts
    assert SmsWay.LINK.variant not in complete["ar"]


def test_words_without_a_link_have_no_variants() -> None:
    contents = {"en": {"chat": {"text": "Stay at home"}, "text": {"text": "Stay at home"}}}
    assert variants.complete(contents) == contents
    empty: dict[str, Any] = {"en": {"chat": {"language": "en"}, "text": {"language": "en"}}}
    assert variants.complete(empty) == empty


async def regions(session: AsyncSession) -> set[str | None]:
    """The countries of the numbers that rows go to; None: to none."""
    query = select(Address.region).select_from(OutboundMessage).outerjoin(Address)
    return set(await session.scalars(query))


async def test_nothing_is_queued_to_a_country_that_refuses_it_and_it_is_said_why(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await country_reach.seed(session)
        refused = await reaching.reader(session, now, "QA")
        undelivered = await reaching.reader(session, now, "IR")
        other_number = await reaching.reader(session, now, "IR")
        second = await builders.address(
            session, other_number, "sms:+393330000001", now, region="IT", heard_at=None
        )
        on_telegram = await reaching.reader(session, now, "QA", "telegram:1")
        nowhere = await builders.person(session, now)
        _, broadcast = await builders.approved(session, team, now)
        await builders.fan_out(session, broadcast.id, now)
        query = select(OutboundMessage)
        messages = {message.person_id: message for message in await session.scalars(query)}
    for person in (refused, undelivered):
        message = messages[person.id]
        assert (message.state, message.address_id) == (OutboundState.NO_CHANNEL, None)
        assert message.reason == "country_refuses"
    assert messages[nowhere.id].reason is None
    assert messages[other_number.id].address_id == second.id
    assert messages[on_telegram.id].channel is Channel.TELEGRAM


async def test_a_later_edit_of_the_table_changes_nothing_that_was_frozen(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await reaching.readers(session, now)
        crisis = await builders.earthquake(session, team.officer, now, has_link=True)
        await reaching.enter(session, "AE", "sms_two_way", "yes", now)
        await reaching.enter(session, "IT", "sms_two_way", "none", now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
        read = fan_out.content(broadcast, "en", Form.TEXT, "AE")
        answerable = fan_out.content(broadcast, "en", Form.TEXT, "IT")
        assert await regions(session) == {"AE", "TN", "LY", "IT", "DE", None}
    assert read.buttons == ()
    assert len(answerable.buttons) == 4


async def test_a_broadcast_of_before_the_table_says_what_it_said(runtime: Runtime) -> None:
    await builders.broadcast(runtime, "sms:+971501234567")
    async with runtime.db.read() as session:
        broadcast = (await session.scalars(select(Broadcast))).one()
    assert broadcast.sms_ways is None
    content = fan_out.content(broadcast, "ar", Form.TEXT, "AE")
    assert content.text == builders.CONTENTS["ar"]["text"]["text"]
