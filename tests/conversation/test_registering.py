"""A registration in one sentence: what it costs the database, and what is kept of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, func, select

from bot.consular.people import household, search
from bot.messages import Kind
from bot.models import AuditNote, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.conversation.test_turns import message, tell, text

SENTENCE = "سجلني أنا سالم المصراتي في صفاقس معي مرتي وزوز صغار"
MOST_OF_THE_SENTENCE = 30  # one of them looks for surveys of which the text may be a copy
MOST_OF_THE_CONSENT = 46  # 64 before


@asynccontextmanager
async def statements(runtime: Runtime) -> AsyncIterator[list[str]]:
    """Collect the statements that the database gets meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    engine = runtime.db.writer.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def registered(runtime: Runtime) -> Person:
    """Register by one sentence and the consent; return the person."""
    await tell(runtime, text(SENTENCE))
    await tell(runtime, message(Kind.BUTTON, "/slot consent true"))
    async with runtime.db.read() as session:
        return (await session.scalars(select(Person))).one()


async def test_a_registration_takes_few_statements(runtime: Runtime) -> None:
    async with statements(runtime) as of_sentence:
        await tell(runtime, text(SENTENCE))
    async with statements(runtime) as of_consent:
        await tell(runtime, message(Kind.BUTTON, "/slot consent true"))

    assert len(of_sentence) <= MOST_OF_THE_SENTENCE
    assert len(of_consent) <= MOST_OF_THE_CONSENT


async def test_one_registration_tells_the_place_once(runtime: Runtime) -> None:
    person = await registered(runtime)

    async with runtime.db.read() as session:
        notes = select(func.count()).where(AuditNote.action == "person.placed")
        assert await session.scalar(notes) == 1
    assert (person.name, person.city, person.party_size) == ("سالم المصراتي", "TN/Sfax", 4)
    assert person.registered_at is not None


async def test_whoever_registers_is_found_by_name_and_number(runtime: Runtime) -> None:
    person = await registered(runtime)
    await tell(runtime, text("+905321234567"))

    async with runtime.db.begin() as session:
        staff = (await builders.team(session, runtime.clock())).officer
        for query in ("سالم المسراتي", "Salem Misrati", "000000123", "+905321234567", "234567"):
            people = await search.search(session, staff, query, runtime.clock())
            assert [found.id for found in people] == [person.id], query


async def test_a_need_that_ends_is_no_longer_found(runtime: Runtime) -> None:
    person = await registered(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await household.tell(session, person, {"own": {"needs": ["medical"]}}, now)
        assert await household.needs_of(session, [person.id]) == {person.id: ["medical"]}

    async with runtime.db.begin() as session:
        await household.tell(session, person, {"own": {"lacks": ["medical"]}}, now)

    async with runtime.db.read() as session:
        assert await household.needs_of(session, [person.id]) == {}
        present = await household.of(session, person.id)
        assert [member.relation for member in present.members] == ["wife", "child", "child"]
