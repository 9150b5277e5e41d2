"""A person's own copy, in words; and which offices saw their data, never which officer."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import select

from bot.consular.audit import trail
from bot.consular.crises import cases, checkins
from bot.consular.people import search
from bot.consular.trust import export, looks, own_copy
from bot.documents import html
from bot.messages import Channel, Form, Language, MediaKind
from bot.models import (
    AuditNote,
    CaseKind,
    CaseState,
    CheckInStatus,
    LetterDirection,
    SeatState,
    Staff,
)
from bot.runtime.runtime import Runtime
from bot.text.catalogues import say
from tests import builders
from tests.clock import SetClock

HANDLED = {"person", "tags", "handled"}  # facts, a note, and "who saw my data"
CODES = (CheckInStatus, CaseKind, CaseState, SeatState, Channel, LetterDirection, MediaKind)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_copy_is_in_words_and_holds_what_was_said(
    runtime: Runtime, language: Language
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(
            session, now, "telegram:1001", name="محمد سالم <b>", city="TR/Istanbul", party_size=4
        )
        await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
        await cases.open_case(session, person, CaseKind.HUMAN, "يريد أن يكلم أحداً", now)
        page = html.write(await own_copy.write(session, person, language, now)).decode()
    for words in ("محمد سالم", "يريد أن يكلم أحداً", "1001", "4"):
        assert words in page
    for code in ("checked_in", "row_key", "party_size", "TR/Istanbul", "{'", "<b>"):
        assert code not in page
    assert say("copy_word_safe", language, Form.CHAT) in page


async def test_every_part_of_the_export_is_in_the_copy(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(session, runtime.clock(), "telegram:1001")
        exported = await export.export(session, person)
    assert set(exported) - HANDLED == set(own_copy.TABLES)


def test_every_code_has_a_word_in_both_languages() -> None:
    codes = {member.value for kind in CODES for member in kind} | {"true", "false", "link", "staff"}
    for language in get_args(Language):
        for code in codes:
            assert say(f"copy_word_{code}", language, Form.CHAT)


async def test_looks_name_the_office_and_the_latest_come_first(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(session, clock(), "telegram:1001", country="TR")
        team = await builders.team(session, clock())
        officers = [team.officer] * 12 + [team.post]
        for officer in officers:
            await search.view(session, officer, person.id, clock.advance(minutes=1))
        own = f"person:{person.id}"
        await trail.note(session, own, "person.stopped", own, clock())
        await trail.note(session, trail.SYSTEM, "person.checked_in", own, clock())
        seen = await looks.of(session, person.id)
        emails = [staff.email for staff in await session.scalars(select(Staff))]
        words = [own_copy.office(look, "en") for look in seen.latest]
    assert len(seen.latest) == looks.SHOWN_LOOKS
    assert (seen.latest[0].office, seen.latest[0].country) == ("post", "TR")
    assert "Türkiye" in words[0]
    assert words[1] == "headquarters"
    assert seen.earlier == {"2026-11": 3}
    assert not [email for email in emails for text in words if email in text]


async def test_somebody_whom_nobody_looked_at_is_told_so(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        person = await builders.person(session, runtime.clock(), "telegram:1001")
        seen = await looks.of(session, person.id)
        assert (seen.latest, seen.earlier) == ([], {})
        assert (await session.scalars(select(AuditNote))).all() == []
