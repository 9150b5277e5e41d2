"""Two records become one when the older address agrees: a contact alone takes nothing over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.consular.people import joining
from bot.models import Address, Case, JoinRequest, Person, Role
from tests import builders
from tests.channels_on import RunningClock
from tests.delivery.test_addresses import code_in
from tests.line import Line

TRIES = joining.MAX_ATTEMPTS


async def both_known(house: Line) -> None:
    """One record by SMS, with a name; another on Telegram, which shares the number."""
    await house.sms("مرحبا")
    await house.chat("مرحبا")
    assert len(await house.rows(Person)) == 2
    await house.chat("تسجيل")
    await house.chat("نعم")
    await house.chat("سالم الورفلي")
    await house.chat("اسطنبول")
    await house.chat("٣")
    await house.share_number()


async def owners(house: Line) -> set[int]:
    """The people to whom the addresses belong."""
    rows: list[Any] = await house.rows(Address)
    return {row.person_id for row in rows}


async def joins(house: Line) -> list[JoinRequest]:
    """The wishes to join an older record."""
    async with house.runtime.db.read() as session:
        return list(await session.scalars(select(JoinRequest)))


async def test_a_shared_contact_joins_nothing_and_the_older_address_is_told(house: Line) -> None:
    await both_known(house)
    assert len(await owners(house)) == 2
    assert "رمزك في طمّن" in house.texts()[-1]
    assert any("أرسلنا إليه رمزًا" in text for text in house.messages())


@pytest.mark.parametrize("digits", ["{}", " {} .", "الرمز {}"])
async def test_the_code_joins_them_and_the_older_address_hears_of_it(
    house: Line, digits: str
) -> None:
    await both_known(house)
    await house.chat(digits.format(code_in(house.texts())))
    assert len(await house.rows(Person)) == 1
    assert len(await owners(house)) == 1
    assert "صار تسجيلك وحساب تيليجرام واحدًا" in house.texts()[-1]


async def test_a_code_is_tried_a_few_times_only(house: Line) -> None:
    await both_known(house)
    code = code_in(house.texts())
    wrong = [f"{(int(code) + number) % 1_000_000:06}" for number in range(1, 1 + TRIES)]
    for guess in wrong:
        await house.chat(guess)
        assert "ليس هذا الرمز" in house.messages()[-1]
    await house.chat(code)
    assert "انتهى هذا الرمز" in house.messages()[-1]
    assert len(await owners(house)) == 2
    assert await joins(house) == []


async def test_a_code_ends_after_a_day(house: Line, clock_now: RunningClock) -> None:
    await both_known(house)
    code = code_in(house.texts())
    clock_now.advance(days=1, minutes=1)
    await house.chat(code)
    assert len(await owners(house)) == 2


async def test_sharing_again_and_again_sends_one_code(house: Line) -> None:
    await both_known(house)
    before = len(house.texts())
    await house.share_number()
    await house.share_number()
    assert len(house.texts()) == before


async def test_six_digits_of_somebody_without_a_request_are_words_as_ever(house: Line) -> None:
    await house.chat("مرحبا")
    await house.chat("123456")
    assert "ليس هذا الرمز" not in house.messages()[-1]


@pytest.mark.parametrize("cry", ["نجدة {}", "help {}", "{} نجدة"])
async def test_a_cry_with_the_code_in_it_is_a_cry(house: Line, cry: str) -> None:
    await both_known(house)
    await house.chat(cry.format(code_in(house.texts())))
    assert len(await owners(house)) == 2
    (request,) = await joins(house)
    assert request.confirmed_at is None


async def test_digits_of_any_script_are_answered(house: Line) -> None:
    await both_known(house)
    await house.chat("१२३४५६")
    assert {case.kind.value for case in await house.rows(Case)} <= {"human", "unclear"}


async def test_while_somebody_is_looked_after_staff_join_the_records(house: Line) -> None:
    await house.sms("نجدة")
    await both_known(house)
    await house.chat(code_in(house.texts()))
    assert len(await owners(house)) == 2
    assert "فريقنا يتابع أمرك الآن" in house.messages()[-1]
    kinds = {case.kind.value for case in await house.rows(Case)}
    assert "human" in kinds


async def test_in_a_crisis_staff_join_the_records(house: Line) -> None:
    async with house.runtime.db.begin() as session:
        now = house.runtime.clock()
        officer = await builders.account(session, Role.HQ_OFFICER, now)
        await builders.person(session, now, "sms:+218910000001", country="TR")
        await builders.earthquake(session, officer, now)
    await both_known(house)
    await house.chat(code_in(house.texts()))
    assert len(await owners(house)) == 2
    (request,) = await joins(house)
    assert request.confirmed_at is not None
