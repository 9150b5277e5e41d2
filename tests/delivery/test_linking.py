"""One person, two channels: a code by SMS to a typed number, and a code from SMS for Telegram."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.consular.people import joining, linking
from bot.consular.trust import retention
from bot.models import Address, InboundMessage, JoinRequest, LinkCode, Person
from tests.channels_on import RunningClock
from tests.delivery.test_addresses import code_in
from tests.line import CHAT, NUMBER, Line

TYPED = (
    "رقمي 0910000001", "رقمي ٠٩١٠٠٠٠٠٠١", "link my number +218 91 000 0001", "/link +218910000001",
    "ربط 0910000001", "my number is 00218910000001", "هاتفي 091-0000001",
)  # fmt: skip


async def registered(house: Line, user: int = CHAT) -> None:
    """Somebody on Telegram, in Istanbul."""
    for words in ("تسجيل", "نعم", "سالم الورفلي", "اسطنبول", "٣", "لا"):
        await house.chat(words, user)


async def owners(house: Line) -> dict[str, int]:
    return {row.channel.value: row.person_id for row in await house.rows(Address)}


def link_code(house: Line) -> str:
    found = re.search(r"(\d{5}) (\d{5})", house.texts()[-1])
    assert found is not None
    return found[1] + found[2]


@pytest.mark.parametrize("words", TYPED)
async def test_a_typed_number_gets_a_code_and_becomes_an_address(house: Line, words: str) -> None:
    await registered(house)
    await house.chat(words)
    assert re.search("رمز من ستة أرقام|code of six digits", house.messages()[-1])
    before = await owners(house)
    assert before["sms"] != before["telegram"]
    await house.chat(code_in(house.texts()))
    after = await owners(house)
    assert after == {"sms": before["telegram"], "telegram": before["telegram"]}
    assert [person.phone for person in await house.rows(Person)] == [NUMBER]


@pytest.mark.usefixtures("clock_now")
async def test_typing_a_number_takes_over_nothing(house: Line) -> None:
    await house.sms("مرحبا")
    await registered(house)
    await house.chat("رقمي 0910000001")
    assert "لا تفعل شيئًا" in house.texts()[-1]
    for guess in range(100_001, 100_011):
        await house.chat(str(guess))
    assert len(set((await owners(house)).values())) == 2
    ended = [text for text in house.messages() if "انتهى هذا الرمز" in text]
    assert len(ended) == 1
    await house.chat("ربط 0910000001")
    await house.wait()
    assert "قبل قليل" in house.messages()[-1]


async def test_three_codes_a_day_leave_for_a_person_and_to_a_number(
    house: Line, clock_now: RunningClock
) -> None:
    await registered(house)
    await registered(house, 1002)
    for user in (CHAT, 1002, CHAT, 1002):
        await house.chat("رقمي 0910000001", user)
        clock_now.advance(minutes=11)
    codes = [text for text in house.texts() if "رمزك" in text]
    assert len(codes) == joining.MAX_CODES
    assert "ثلاثة رموز" in house.messages(1002)[-1]


@pytest.mark.parametrize("number", ["+881612345678", "+447012345678", "+19005551234"])
async def test_no_code_goes_to_a_number_that_is_dear(house: Line, number: str) -> None:
    await registered(house)
    await house.chat(f"link my number {number}")
    assert "We cannot send a code" in house.messages()[-1]
    assert house.texts(number) == []


async def test_a_late_code_is_none(house: Line, clock_now: RunningClock) -> None:
    await registered(house)
    await house.chat("رقمي 0910000001")
    clock_now.advance(days=1, minutes=1)
    await house.chat(code_in(house.texts()))
    assert len(set((await owners(house)).values())) == 2


async def test_a_number_that_never_wrote_is_removed_after_a_day(
    house: Line, clock_now: RunningClock
) -> None:
    await registered(house)
    await house.chat("رقمي 0910000001")
    clock_now.advance(days=1, minutes=1)
    async with house.runtime.db.begin() as session:
        assert (await retention.sweep(session, clock_now()))["typed"] == 1
        assert list(await session.scalars(select(Address.channel))) == ["telegram"]
        assert list(await session.scalars(select(JoinRequest))) == []


async def test_a_number_in_an_answer_is_the_answer(house: Line) -> None:
    for words in ("تسجيل", "نعم", "سالم الورفلي", "اسطنبول", "٣"):
        await house.chat(words)
    await house.chat("رقمي 0910000001")
    assert house.texts() == []


@pytest.mark.parametrize("cry", ["نجدة رقمي 0910000001", "help me my number 0910000001"])
async def test_a_cry_with_a_number_in_it_is_a_cry(house: Line, cry: str) -> None:
    await registered(house)
    await house.chat(cry)
    assert house.texts() == []


@pytest.mark.parametrize("word", ["ربط", "link", "اربط رقمي", "link telegram"])
@pytest.mark.parametrize("shape", ["{}", "/start link-{}", "الرمز {}", "link {}"])
async def test_a_code_from_sms_opens_telegram(house: Line, word: str, shape: str) -> None:
    await house.sms("مرحبا")
    await house.sms(word)
    code = link_code(house)
    await house.chat("مرحبا")
    await house.chat(shape.format(code))
    assert len(set((await owners(house)).values())) == 1
    assert len(await house.rows(Person)) == 1
    assert "صار تسجيلك وحساب تيليجرام واحدًا" in house.texts()[-1]
    async with house.runtime.db.read() as session:
        assert list(await session.scalars(select(LinkCode))) == []


async def test_a_code_from_sms_ends_after_an_hour(house: Line, clock_now: RunningClock) -> None:
    await house.sms("ربط")
    code = link_code(house)
    clock_now.advance(hours=1, minutes=1)
    await house.chat(f"الرمز {code}")
    assert "لساعة واحدة" in house.messages()[-1]
    assert len(set((await owners(house)).values())) == 2


async def test_codes_from_sms_are_guessed_a_few_times_only(house: Line) -> None:
    await house.sms("ربط")
    code = link_code(house)
    for number in range(1, 1 + linking.MAX_WRONG_CODES):
        wrong = 10**9 + (int(code) + number) % (9 * 10**9)
        await house.chat(f"الرمز {wrong}")
        assert "ليس هذا رمزًا من عندنا" in house.messages()[-1]
    await house.chat(f"الرمز {code}")
    assert "جرّب غدًا" in house.messages()[-1]
    assert len(set((await owners(house)).values())) == 2


async def test_asking_again_within_the_hour_gives_the_same_code(house: Line) -> None:
    await house.sms("ربط")
    first = link_code(house)
    await house.sms("اربط")
    assert link_code(house) == first


async def test_while_somebody_is_looked_after_staff_join_what_a_code_names(house: Line) -> None:
    await house.sms("نجدة")
    await house.sms("ربط")
    code = link_code(house)
    await house.chat("مرحبا")
    await house.chat(code)
    assert len(set((await owners(house)).values())) == 2
    assert "فريقنا يتابع أمرك الآن" in house.messages()[-1]


async def test_the_card_of_somebody_else_links_nothing(house: Line) -> None:
    await registered(house)
    card = {"phone_number": NUMBER.removeprefix("+"), "first_name": "علي", "user_id": 555}
    await house.chat(contact=card)
    assert house.texts() == []
    assert set(await owners(house)) == {"telegram"}


async def test_link_on_telegram_says_how(house: Line) -> None:
    await registered(house)
    await house.chat("/link")
    assert "مشاركة" in house.messages()[-1] or "شارك رقمك" in house.messages()[-1]


async def test_after_the_joining_the_number_writes_as_the_same_person(house: Line) -> None:
    await registered(house)
    await house.chat("رقمي 0910000001")
    await house.chat(code_in(house.texts()))
    await house.sms("مرحبا")
    messages = await house.rows(InboundMessage)
    assert len({message.person_id for message in messages}) == 1
