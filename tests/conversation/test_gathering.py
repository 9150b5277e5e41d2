"""What arrives in pieces is answered once; a cry for help is answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import actions, outbox
from bot.channels import sms
from bot.conversation import gathering
from bot.conversation.turns import handle
from bot.dialogue import checking
from bot.inbox import rows
from bot.messages import Channel
from bot.models import Case, Lane
from bot.practice.talk import EXACT
from bot.runtime.runtime import Runtime

FLOWS = checking.load(actions=actions.ACTIONS)


async def write(runtime: Runtime, texts: Sequence[str]) -> None:
    """Take the turn of each text, one after the other, within a moment."""
    for number, text in enumerate(texts):
        form = {"MessageSid": f"SM{number}", "From": "+905551234567", "Body": text}
        inbound = sms.parse(form)
        assert inbound is not None
        async with runtime.db.begin() as session:
            (person_id,) = await rows.receive(session, [inbound], runtime.clock())
        assert person_id is not None
        await handle(runtime, FLOWS, person_id, EXACT)


async def leaving(runtime: Runtime, seconds: float) -> list[str]:
    """Claim what may leave after so many seconds; return the texts."""
    now = runtime.clock() + timedelta(seconds=seconds)
    async with runtime.db.begin() as session:
        claimed = await outbox.claim(session, Channel.SMS, [Lane.REPLY], 10, now)
    return [message.content.text for message in claimed if message.content]


@pytest.mark.parametrize(
    "fragments",
    [
        ("يا", "جماعة", "اسمعوني", "شوية"),
        ("well", "you know", "it is", "complicated"),
        ("wallahi", "5ouya", "rani n9oul", "fi 7ala"),
    ],
)
async def test_fragments_are_answered_once(runtime: Runtime, fragments: tuple[str, ...]) -> None:
    await write(runtime, fragments)
    assert await leaving(runtime, 0) == []
    assert len(await leaving(runtime, gathering.PATIENCE.total_seconds())) == 1
    assert await leaving(runtime, 3600) == []


async def test_a_cry_among_fragments_is_answered_at_once(runtime: Runtime) -> None:
    await write(runtime, ("يا", "جماعة", "نجدة"))
    (reply,) = await leaving(runtime, 0)
    assert "أين أنت" in reply
    async with runtime.db.read() as session:
        (case,) = await session.scalars(select(Case))
    assert case.kind == "life"


async def test_a_fragment_behind_an_answer_takes_nothing_back(runtime: Runtime) -> None:
    await write(runtime, ("بخير", "يا جماعة"))
    assert len(await leaving(runtime, 0)) == 1
