"""A turn that cannot succeed is given up after three times: the person and staff hear of it, the
next is taken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, text

from bot.messages import Form
from bot.models import Case, CaseKind, CheckIn, InboundMessage, InboundState, Person
from bot.text.catalogues import say
from tests.faults.house import House

CHAT = 218_910_000_002


async def _is_unreadable(house: House) -> None:
    """The state was sealed with a key that is gone."""
    async with house.db.begin() as session:
        await session.execute(text("UPDATE people SET dialogue = '\\x31deadbeef'"))


async def _is_nonsense(house: House) -> None:
    """The state is one that no version of ours wrote."""
    async with house.db.begin() as session:
        person = (await session.scalars(select(Person))).one()
        person.dialogue = {"stack": 5, "slots": "؟"}


@pytest.mark.parametrize("damage", [_is_unreadable, _is_nonsense])
async def test_a_turn_that_fails_three_times_is_told_to_the_person_and_to_staff(
    house: House, damage: Callable[[House], Awaitable[None]]
) -> None:
    await house.web()
    await house.says(CHAT, "السلام عليكم")
    await house.worker()
    await house.until(house.is_settled)
    await damage(house)
    greeted = len(house.telegram.to(str(CHAT)))
    await house.says(CHAT, "أنا بخير")
    await house.says(CHAT, "أنا بخير")
    await house.until(house.is_settled)
    heard = [call.fields["text"] for call in house.telegram.to(str(CHAT))][greeted:]
    apology = say("utter_fault", "ar", Form.CHAT)
    assert [apology in heard, heard.count(apology), len(heard)] == [True, 1, 2]
    assert await house.states(InboundMessage) == {InboundState.DONE: 2, InboundState.FAILED: 1}
    assert await house.count(Case.kind == CaseKind.FAULT, of=Case) == 1
    assert await house.count(of=CheckIn) == 1
