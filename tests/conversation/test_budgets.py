"""Texting in cannot make the ministry pay: replies by SMS have budgets, and a cry always passes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.channels import sms
from bot.conversation.turns import handle
from bot.inbox import rows as inbox_rows
from bot.messages import Channel, Content, Form, Inbound, Kind
from bot.models import (
    Case,
    CaseKind,
    InboundMessage,
    InboundState,
    OutboundMessage,
    ReplySpending,
    Role,
    SmsTally,
)
from bot.outbox import budgets
from bot.practice.talk import EXACT
from bot.runtime.limits import ReplyBudget
from bot.runtime.runtime import Runtime
from tests.builders import account, earthquake, person
from tests.channels_on import with_channels
from tests.clock import SetClock
from tests.line import FLOWS, NUMBER, Line

# What an idle machine, or a bored person, sends: every text another one.
FLOOD = [f"كلام رقم {number} بلا معنى" for number in range(41)]
CRIES = (
    "نجدة", "انقذونا", "ساعدونا", "محاصرون", "need help", "sos", "الحقونا", "help us",
    "we are trapped", "استغاثة",
)  # fmt: skip
SATELLITE = "+88216501234"
PREMIUM = "+449012345678"
UNIVERSAL = "+443331234567"
OTHERS_OF_BLOCK = [f"+21891000{number:04d}" for number in range(2, 12)]
TELLS_THAT_WE_READ = "نقرأ كل رسائلك"


def parts(house: Line, number: str = NUMBER) -> int:
    """The parts that went out to a number."""
    return sum(sms.parts(Content(text)) for text in house.texts(number))


async def tallies(runtime: Runtime) -> dict[str, tuple[int, int]]:
    """Messages and parts by what was counted."""
    async with runtime.db.read() as session:
        counted = await session.scalars(select(SmsTally))
        return {tally.kind.value: (tally.messages, tally.parts) for tally in counted}


async def test_41_texts_bring_no_more_than_the_budget_and_all_are_read(house: Line) -> None:
    budget = house.runtime.settings.reply_budget
    for text in FLOOD:
        await house.sms(text)
        await house.wait()
    assert 0 < parts(house) <= budget.number
    notices = [text for text in house.texts() if TELLS_THAT_WE_READ in text]
    assert len(notices) == 1
    assert house.texts()[-1] == notices[0]
    states = {message.state for message in await house.rows(InboundMessage)}
    assert states == {InboundState.DONE}
    counted = await tallies(house.runtime)
    assert counted["reply"] == (len(house.texts()), parts(house))
    assert counted["number"][0] == len(FLOOD) - len(house.texts()) + len(notices)


async def test_a_cry_after_the_budget_is_filed_and_answered(house: Line) -> None:
    house.runtime = with_channels(house.runtime, reply_parts_per_number=10)
    for text in FLOOD[:10]:
        await house.sms(text)
    before = len(house.texts())
    await house.sms("نجدة")
    assert len(house.texts()) == before + 1
    assert "نجدة" in "".join(case.note or "" for case in await house.rows(Case))


async def test_after_an_hour_the_next_text_is_answered(house: Line) -> None:
    house.runtime = with_channels(house.runtime, reply_parts_per_number=10)
    for text in FLOOD[:10]:
        await house.sms(text)
        await house.wait()
    before = len(house.texts())
    await house.sms("بخير")
    assert len(house.texts()) == before
    house.runtime.clock.advance(hours=1)  # type: ignore[attr-defined]  # a RunningClock
    await house.sms("بخير")
    assert len(house.texts()) == before + 1


@pytest.mark.parametrize("number", [SATELLITE, PREMIUM, UNIVERSAL])
async def test_a_dear_number_gets_nothing_but_the_answer_to_a_cry(house: Line, number: str) -> None:
    await house.sms("بخير", number)
    await house.sms("كلام", number)
    await house.wait()
    assert house.texts(number) == []
    assert len(await house.rows(InboundMessage)) == 2
    assert (await tallies(house.runtime))["dear"][0] == 2
    await house.sms("نجدة", number)
    assert len(house.texts(number)) == 1
    assert [case.kind for case in await house.rows(Case)] == [CaseKind.LIFE]


async def test_cries_of_one_number_are_all_filed_and_so_many_answered(house: Line) -> None:
    for cry in CRIES:
        await house.sms(cry, SATELLITE)
    assert len(house.texts(SATELLITE)) == ReplyBudget().cries
    note = "".join(case.note or "" for case in await house.rows(Case))
    assert [cry for cry in CRIES if cry not in note] == []


async def test_who_cried_is_still_talked_to_a_little(house: Line) -> None:
    """The answer asks where they are: what they write then is the same cry."""
    await house.sms("نجدة", SATELLITE)
    for number in range(6):
        await house.sms(f"نحن في البيت رقم {number}", SATELLITE)
        await house.wait()
    talked = len(house.texts(SATELLITE))
    assert talked == ReplyBudget().cries // 2
    await house.sms("need help", SATELLITE)
    assert len(house.texts(SATELLITE)) == talked + 1


async def test_telegram_has_no_budget(house: Line) -> None:
    house.runtime = with_channels(house.runtime, reply_parts_per_number=10)
    for text in FLOOD[:20]:
        await house.chat(text)
        await house.wait()
    assert len(house.messages()) == 20
    assert await house.rows(ReplySpending) == []


async def test_what_gave_way_to_a_later_answer_costs_nothing(house: Line) -> None:
    await house.sms("كلام أول")
    await house.sms("كلام ثان")
    await house.wait()
    own = [spending.parts for spending in await house.rows(ReplySpending)]
    assert set(own) == {parts(house)}


async def test_a_block_of_numbers_shares_a_budget(runtime: Runtime) -> None:
    limits = ReplyBudget(block=10)
    reasons = []
    async with runtime.db.begin() as session:
        for number in OTHERS_OF_BLOCK:
            account = await budgets.open_account(session, limits, number, "LY", runtime.clock())
            reasons.append(account.refusal(2))
            if reasons[-1] is None:
                account.spend(2)
    assert [reason is None for reason in reasons] == [True] * 5 + [False] * 5
    assert {reason.value for reason in reasons if reason} == {"block"}


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(ReplyBudget(country=4), "country"), (ReplyBudget(all_numbers=4), "all")],
)
async def test_a_country_and_everybody_have_a_budget(
    runtime: Runtime, limits: ReplyBudget, reason: str
) -> None:
    numbers = ["+218910000001", "+218920000001", "+218940000001"]
    reasons = []
    async with runtime.db.begin() as session:
        for number in numbers:
            account = await budgets.open_account(session, limits, number, "LY", runtime.clock())
            refusal = account.refusal(2)
            reasons.append(refusal.value if refusal else "")
            if refusal is None:
                account.spend(2)
    assert reasons == ["", "", reason]


async def test_in_a_crisis_all_are_answered_whatever_the_budget_of_the_country(house: Line) -> None:
    """A hundred thousand may answer a roll call within minutes."""
    house.runtime = with_channels(house.runtime, reply_parts_per_country=2)
    numbers = ["+218910000001", "+218920000001", "+218940000001", "+218950000001"]
    async with house.runtime.db.begin() as session:
        for number in numbers:
            asked = await person(session, house.runtime.clock(), f"sms:{number}", country="TR")
            asked.consented_at = asked.registered_at = house.runtime.clock()
        staff = await account(session, Role.HQ_OFFICER, house.runtime.clock())
        await earthquake(session, staff, house.runtime.clock())
    for number in numbers:
        await house.sms("بخير", number)
    await house.wait()
    assert [number for number in numbers if not house.texts(number)] == []
    assert "country" not in await tallies(house.runtime)


async def _spend_and_fail(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        account = await budgets.open_account(session, ReplyBudget(), NUMBER, "LY", runtime.clock())
        account.spend(2)
        raise RuntimeError


async def test_a_budget_that_many_share_and_is_spent_shows(runtime: Runtime) -> None:
    limits = ReplyBudget(country=40)
    async with runtime.db.begin() as session:
        account = await budgets.open_account(session, limits, NUMBER, "LY", runtime.clock())
        account.spend(37)
        await session.flush()
        assert await budgets.spent(session, limits, runtime.clock()) == []
        account.spend(1)
        await session.flush()
        assert await budgets.spent(session, limits, runtime.clock()) == ["country"]
        later = runtime.clock() + timedelta(hours=1)
        assert await budgets.spent(session, limits, later) == []


async def test_a_turn_that_fails_spends_nothing(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError):
        await _spend_and_fail(runtime)
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(ReplySpending)) == 0


async def test_spending_is_kept_under_digests_alone(house: Line) -> None:
    await house.sms("بخير")
    keys = [spending.key for spending in await house.rows(ReplySpending)]
    assert len(keys) == 4
    assert not any("218" in key and NUMBER[1:] in key for key in keys)


async def test_many_turns_at_once_share_one_budget(runtime: Runtime, clock: SetClock) -> None:
    """Thirty people of one country write at once; their shared budget holds."""
    narrow = with_channels(runtime, reply_parts_per_country=10, clock=clock)
    numbers = [f"+21891{number:02d}00001" for number in range(30)]
    people = []
    async with narrow.db.begin() as session:
        for number in numbers:
            message = Inbound(
                Channel.SMS, number, number, Kind.TEXT, Form.TEXT, "بخير", phone=number
            )
            people += await inbox_rows.receive(session, [message], clock())
    await asyncio.gather(*(handle(narrow, FLOWS, person or 0, EXACT) for person in people))
    async with narrow.db.read() as session:
        contents = list(await session.scalars(select(OutboundMessage.content)))
    sent_parts = sum(sms.parts(Content.from_json(content or {})) for content in contents)
    assert 0 < sent_parts <= 10
    assert (await tallies(narrow))["country"][0] == len(numbers) - len(contents)


async def test_the_hour_begins_with_the_first_reply(runtime: Runtime, clock: SetClock) -> None:
    async with runtime.db.begin() as session:
        account = await budgets.open_account(session, ReplyBudget(), NUMBER, "LY", clock())
        account.spend(40)
        account.refuse()
        late = clock() + timedelta(minutes=59)
        account = await budgets.open_account(session, ReplyBudget(), NUMBER, "LY", late)
        assert account.refusal(1) is not None
        assert await budgets.refused(session, NUMBER, late) == 1
        later = clock() + timedelta(minutes=60)
        account = await budgets.open_account(session, ReplyBudget(), NUMBER, "LY", later)
        assert account.refusal(40) is None
        assert await budgets.refused(session, NUMBER, later) == 0
