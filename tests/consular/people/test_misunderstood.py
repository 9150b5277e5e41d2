"""Texts that were not understood: who reads them, and what they do not learn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import facts, misunderstood
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import Address, InboundMessage, InboundState, Person
from bot.runtime.runtime import Runtime
from tests import builders

GUESS = {"intent": "ask_routes", "confidence": 0.41, "understood_by": "rasa"}
SURE = {"intent": "checkin_safe", "confidence": 0.97, "understood_by": "rasa"}
EXACT = {"intent": "stop", "confidence": 0.5, "understood_by": "exact"}
STRANGE = {"intent": "out_of_scope", "confidence": 0.9, "understood_by": "fallback"}


async def received(
    session: AsyncSession,
    person: Person,
    words: str,
    now: datetime,
    reading: dict[str, object],
    kind: Kind = Kind.TEXT,
) -> None:
    """Add a handled message of the person, with what a reader made of it."""
    address = (await session.scalars(select(Address).where(Address.person_id == person.id))).one()
    provider_id = str(await session.scalar(select(func.count()).select_from(InboundMessage)))
    inbound = Inbound(Channel.TELEGRAM, provider_id, address.address, kind, Form.CHAT, words)
    message = InboundMessage(
        channel=Channel.TELEGRAM,
        provider_id=provider_id,
        person_id=person.id,
        address_id=address.id,
        content=inbound.to_json(),
        state=InboundState.DONE,
        attempts=0,
        received_at=now,
        **reading,
    )
    session.add(message)
    await session.flush()


async def test_officers_read_what_was_not_understood_and_nothing_else(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        unreal = await builders.person(session, now, "telegram:2", synthetic=True)
        await received(session, person, "وين الطريق الساحلي", now - timedelta(days=8), GUESS)
        await received(session, person, "شن الجو عندكم", now - timedelta(days=2), STRANGE)
        await received(session, person, "الطريق فاتح ولا لا", now - timedelta(days=1), GUESS)
        await received(session, person, "أنا بخير", now, SURE)
        await received(session, person, "stop", now, EXACT)
        await received(session, person, "/safe", now, GUESS, Kind.BUTTON)
        await received(session, unreal, "كلام", now, GUESS)
        texts = await misunderstood.recent(session, team.officer, 7, now)
        assert [
            (text.text, text.intent, text.confidence, text.understood_by) for text in texts
        ] == [
            ("الطريق فاتح ولا لا", "ask_routes", 0.41, "rasa"),
            ("شن الجو عندكم", "out_of_scope", 0.9, "fallback"),
        ]
        (note,) = await trail.of(session, "texts")
        assert (note.actor, note.action) == (f"staff:{team.officer.id}", "texts.read")
        assert note.detail == {"texts": 2, "days": 7}


async def test_names_and_numbers_are_hidden(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1")
        await facts.set_name(session, person, "سالم بن عمران")
        words = "معاك سالم عمران رقمي 0912345678 و +218 91 234 5678 بجنب 3 عمارات"
        await received(session, person, words, now, GUESS)
        (text,) = await misunderstood.recent(session, team.admin, 7, now)
    assert text.text == "معاك […] […] رقمي […] و […] بجنب 3 عمارات"


@pytest.mark.parametrize("role", ["post", "auditor"])
async def test_other_accounts_may_not_read_them(runtime: Runtime, role: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError, match="may not"):
            await misunderstood.recent(session, getattr(team, role), 7, now)
        assert await trail.of(session, "texts") == []
