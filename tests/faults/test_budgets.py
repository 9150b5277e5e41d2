"""Two real workers share the budgets of replies by SMS, and a restart forgets none of them."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.models import OutboundMessage, SmsTally, SmsTallyKind
from tests.faults.house import House

BUDGET = 12
NUMBERS = [f"+21891{number:02d}00001" for number in range(20)]


async def parts_sent(house: House) -> int:
    """The parts that left as replies."""
    query = select(func.sum(SmsTally.parts)).where(SmsTally.kind == SmsTallyKind.REPLY)
    async with house.db.read() as session:
        return await session.scalar(query) or 0


async def text_in(house: House, words: str) -> None:
    """Everybody of one country writes that they are well, and is read."""
    for number in NUMBERS:
        assert await house.texts(f"SM{len(words)}{number[1:]}", number, words) == 200
    await house.until(house.is_settled)


async def test_two_workers_share_the_budget_of_a_country(house: House) -> None:
    house.env["REPLY_PARTS_PER_COUNTRY"] = str(BUDGET)
    await house.web()
    await house.worker("one")
    await house.worker("two")
    await text_in(house, "بخير")
    sent = await parts_sent(house)
    assert BUDGET - 2 <= sent <= BUDGET
    assert len(house.twilio.delivered) == await house.count(of=OutboundMessage) < len(NUMBERS)
    await house.kill("one")
    await house.kill("two")
    await house.worker("three")
    await text_in(house, "أنا بخير")
    assert await parts_sent(house) <= BUDGET
    refused = select(func.sum(SmsTally.messages)).where(SmsTally.kind == SmsTallyKind.COUNTRY)
    async with house.db.read() as session:
        assert (await session.scalar(refused) or 0) >= len(NUMBERS)
