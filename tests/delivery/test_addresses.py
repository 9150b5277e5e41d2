"""Addresses that were closed, and what opens them: whoever writes can be written to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.consular.audiences import addresses
from bot.consular.broadcasts import fan_out
from bot.consular.crises import board as boards
from bot.consular.crises import crises
from bot.messages import Channel
from bot.models import Address, Broadcast, Crisis, Person, Role
from bot.web import create_app
from tests import builders
from tests.channels_on import RunningClock
from tests.console.browser import browsing
from tests.line import CHAT, NUMBER, Line
from tests.servers import telegram as updates
from tests.servers.provider import Trouble
from tests.servers.telegram import BLOCKED, NOT_FOUND
from tests.servers.telegram import refused as refused_by_telegram
from tests.servers.twilio import refused

SMS, TELEGRAM = f"sms:{NUMBER}", f"telegram:{CHAT}"
CRIES = ("نجدة", "النجدة احنا محاصرين", "help us", "🆘")


async def reason(house: Line, index: str) -> str | None:
    return (await builders.address_at(house.runtime, index)).stop_reason


# A receipt calls a number dead.


@pytest.mark.parametrize("code", [30005, 30006, 21610])
@pytest.mark.parametrize("words", ["نجدة", "مساعدة", "أنا بخير"])
async def test_whoever_writes_from_a_number_called_dead_is_answered(
    house: Line, code: int, words: str
) -> None:
    await house.sms("تسجيل")
    await house.receipt("undelivered", code)
    assert await reason(house, SMS) in {"gone", "blocked"}
    before = len(house.texts())
    await house.sms(words)
    assert len(house.texts()) > before
    assert await reason(house, SMS) is None


# The provider refuses at once.


REFUSALS: dict[str, tuple[str, Trouble]] = {
    "not a number": ("sms", refused(400, 21211)),
    "a landline": ("sms", refused(400, 21635)),
    "no mobile number": ("sms", refused(400, 21614)),
    "told the provider STOP": ("sms", refused(400, 21610)),
    "blocked the bot": ("telegram", BLOCKED),
    "no such chat": ("telegram", NOT_FOUND),
    "an account that was deleted": (
        "telegram",
        refused_by_telegram(403, "Forbidden: user is deactivated"),
    ),
}


@pytest.mark.parametrize(("channel", "trouble"), REFUSALS.values(), ids=REFUSALS)
async def test_whoever_writes_after_a_refusal_is_answered(
    house: Line, channel: str, trouble: Trouble
) -> None:
    provider: Any = house.twilio if channel == "sms" else house.telegram
    write, arrived = (house.sms, house.texts) if channel == "sms" else (house.chat, house.messages)
    provider.always = trouble
    await write("مرحبا")
    assert await reason(house, SMS if channel == "sms" else TELEGRAM) is not None
    provider.always = None
    await write("نجدة")
    assert arrived()


async def test_an_old_receipt_does_not_close_the_address_of_somebody_who_wrote_since(
    house: Line, clock_now: RunningClock
) -> None:
    await house.sms("تسجيل")
    clock_now.advance(minutes=5)
    await house.hand_in_sms("نجدة")
    await house.receipt("undelivered", 30005)
    before = len(house.texts())
    await house.settle()
    assert len(house.texts()) > before
    assert await reason(house, SMS) is None


async def test_a_roll_call_tries_a_dead_address_again_after_a_week(
    house: Line, clock_now: RunningClock
) -> None:
    async with house.runtime.db.begin() as session:
        by = await builders.account(session, Role.HQ_OFFICER, house.runtime.clock())
        await builders.person(session, house.runtime.clock(), SMS, country="TR")
        await builders.person(session, house.runtime.clock(), TELEGRAM, country="TR")
    await _close(house, SMS, "gone")
    await _close(house, TELEGRAM, "blocked")

    clock_now.advance(days=6)
    await _roll_call(house, by)
    assert (house.texts(), house.messages()) == ([], [])
    clock_now.advance(days=2)
    await _roll_call(house, by)
    assert (len(house.texts()), len(house.messages())) == (1, 1)


async def test_no_roll_call_goes_where_somebody_said_stop(
    house: Line, clock_now: RunningClock
) -> None:
    async with house.runtime.db.begin() as session:
        by = await builders.account(session, Role.HQ_OFFICER, house.runtime.clock())
        await builders.person(session, house.runtime.clock(), SMS, country="TR")
    await _close(house, SMS, "opted_out")
    clock_now.advance(days=400)
    await _roll_call(house, by)
    assert house.texts() == []


async def _close(house: Line, index: str, why: str) -> None:
    async with house.runtime.db.begin() as session:
        closed = (await session.scalars(select(Address).where(Address.index == index))).one()
        closed.stopped_at, closed.stop_reason = house.runtime.clock(), why


async def _roll_call(house: Line, by: Any) -> None:
    async with house.runtime.db.begin() as session:
        now = house.runtime.clock()
        opened = await builders.earthquake(session, by, now)
        broadcast = await session.get_one(Broadcast, opened.broadcast_id)
        await fan_out.fan_out(session, broadcast, 100, now)
    await house.send()
    async with house.runtime.db.begin() as session:
        crisis = await session.get_one(Crisis, opened.id)
        await crises.close(session, by, crisis, house.runtime.clock())


# STOP, and a merge.


async def stopped_and_merged(house: Line) -> None:
    """«إيقاف» by SMS; then the same person shares the number on Telegram."""
    await house.sms("إيقاف")
    await house.chat("مرحبا")
    await house.chat("تسجيل")
    await house.chat("نعم")
    await house.chat("سالم الورفلي")
    await house.chat("اسطنبول")
    await house.chat("٣")
    await house.share_number()
    await house.chat(code_in(house.texts()))
    assert len(await house.rows(Person)) == 1


def code_in(texts: list[str]) -> str:
    """Return the code of the last SMS that has one."""
    codes = [found[0] for text in texts if (found := re.search(r"\d{6}", text))]
    return codes[-1]


@pytest.mark.parametrize("word", ["ابدأ", "START", "unstop", *CRIES])
async def test_after_a_merge_whoever_said_stop_is_answered_at_both_addresses(
    house: Line, word: str
) -> None:
    await stopped_and_merged(house)
    texts, messages = len(house.texts()), len(house.messages())
    await house.sms(word)
    await house.chat(word)
    await house.wait()
    assert len(house.texts()) > texts
    assert len(house.messages()) > messages


@pytest.mark.parametrize("word", ["ابدأ", "/start", "start"])
async def test_start_on_one_address_opens_the_other(house: Line, word: str) -> None:
    await stopped_and_merged(house)
    assert await reason(house, SMS) == "opted_out"
    await house.chat(word)
    assert await reason(house, SMS) is None


async def test_until_start_broadcasts_go_to_the_address_that_did_not_stop_alone(
    house: Line,
) -> None:
    await stopped_and_merged(house)
    async with house.runtime.db.read() as session:
        address_id = await session.scalar(select(addresses.preferred()).select_from(Person))
        preferred = await session.get_one(Address, address_id)
    assert preferred.channel is Channel.TELEGRAM


# Why an address is closed, for staff.


SHOWN = {
    "blocked": ("حظرنا", "blocked us"),
    "gone": ("لم يعد الرقم أو الحساب موجودًا", "number or chat is gone"),
    "opted_out": ("طلب إيقاف الرسائل هناك", "said stop there"),
}


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("why", SHOWN)
async def test_the_record_says_why_an_address_is_closed(
    house: Line, why: str, language: str
) -> None:
    async with house.runtime.db.begin() as session:
        by = await builders.account(session, Role.HQ_OFFICER, house.runtime.clock())
        of = await builders.person(session, house.runtime.clock(), SMS)
    await _close(house, SMS, why)
    cookie = await builders.cookie(house.runtime, by)
    async with browsing(create_app(house.runtime), language, cookie) as browser:
        page = (await browser.get(f"/people/{of.id}")).text
    assert SHOWN[why][language == "en"] in page


async def test_the_board_calls_unreachable_whoever_has_no_open_address(house: Line) -> None:
    async with house.runtime.db.begin() as session:
        now = house.runtime.clock()
        by = await builders.account(session, Role.HQ_OFFICER, now)
        for number, why in enumerate(SHOWN):
            person = await builders.person(session, now, country="TR")
            await builders.address(
                session, person, f"sms:+21891000001{number}", now, stopped_at=now, stop_reason=why
            )
        await builders.person(session, now, SMS, country="TR")
        crisis = await builders.earthquake(session, by, now)
        counted = await boards.board(session, crisis, now)
    assert (counted.counts["unreachable"], counted.counts["not_asked"]) == (3, 1)


async def test_a_block_and_a_new_message_come_in_the_order_of_telegram(house: Line) -> None:
    await house.chat("مرحبا")
    await house.update(updates.membership(900, CHAT, "kicked"))
    assert await reason(house, TELEGRAM) == "blocked"
    await house.chat("نجدة")
    assert await reason(house, TELEGRAM) is None
