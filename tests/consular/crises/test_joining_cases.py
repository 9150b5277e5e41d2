"""Two cases of one person become one: the older, with everything of the newer."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import cases, handling, joining_cases, letters
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.models import Case, CaseKind, CaseState, Person, Role
from bot.runtime.runtime import Runtime
from tests import builders, closing


async def begun(
    session: AsyncSession, runtime: Runtime
) -> tuple[builders.Team, Person, Case, Case]:
    """A team, and a person in Turkey with an older and a newer case."""
    now = runtime.clock()
    team = await builders.team(session, now)
    person = await builders.person(session, now, "telegram:1001")
    older = await cases.open_case(session, person, CaseKind.HUMAN, "أريد موظفًا", now)
    newer = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
    return team, person, older, newer


async def test_words_notes_letters_and_owner_go_to_the_older_case(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, older, newer = await begun(session, runtime)
        await handling.take(session, team.post, newer, now)
        await handling.add_note(session, team.post, older, "اتصلنا أمس", now)
        await handling.add_note(session, team.post, newer, "الطريق مقطوع", now)
        await letters.write(session, team.post, newer, "أين أنت؟", now)
        await letters.receive(session, newer, "خلف المدرسة", "ar", now)
        await joining_cases.merge(session, team.officer, newer, older, now)
        assert (older.kind, older.state, older.owner_id) == (
            CaseKind.LIFE,
            CaseState.TAKEN,
            team.post.id,
        )
        assert older.note == "أريد موظفًا\nمحاصرون"
        notes = [note.words for note in await handling.notes(session, older)]
        assert notes == ["الطريق مقطوع", "اتصلنا أمس"]
        thread = [sheet.letter.words for sheet in await letters.thread(session, older)]
        assert thread == ["أين أنت؟", "خلف المدرسة"]
        assert await letters.conversing(session, person, now) is older
        assert (newer.state, newer.merged_into, newer.outcome) == (
            CaseState.CLOSED,
            older.id,
            None,
        )
        assert newer.note == "محاصرون"
        assert await letters.thread(session, newer) == []
        (merged, *_) = await trail.of(session, f"case:{newer.id}")
        (took_over, *_) = await trail.of(session, f"case:{older.id}")
    assert (merged.action, merged.detail) == ("case.merged", {"case": older.id})
    assert (took_over.action, took_over.detail) == ("case.took_over", {"case": newer.id})


async def test_a_merged_case_is_neither_undone_nor_opened_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, _person, older, newer = await begun(session, runtime)
        await joining_cases.merge(session, team.officer, newer, older, now)
        assert not handling.may_undo(team.officer, newer, now)
        with pytest.raises(ConsularError, match=f"goes on in case {older.id}"):
            await handling.reopen(session, team.officer, newer, "خطأ", now)


async def test_what_cannot_be_joined_is_refused(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, _person, older, newer = await begun(session, runtime)
        stranger = await builders.person(session, now)
        foreign = await cases.open_case(session, stranger, CaseKind.LIFE, "محاصرون", now)
        elsewhere, _token = await accounts.add(
            session, "tunis@mofa.example", Role.POST_OFFICER, "TN", now, None
        )
        with pytest.raises(ConsularError, match="cases of two people"):
            await joining_cases.merge(session, team.officer, foreign, older, now)
        with pytest.raises(ConsularError, match="with itself"):
            await joining_cases.merge(session, team.officer, older, older, now)
        with pytest.raises(ConsularError, match=f"Case {older.id} is the older one"):
            await joining_cases.merge(session, team.officer, older, newer, now)
        with pytest.raises(ConsularError, match="looks after TN only"):
            await joining_cases.merge(session, elsewhere, newer, older, now)
        await closing.close_case(session, team.officer, older, now)
        with pytest.raises(ConsularError, match="is closed"):
            await joining_cases.merge(session, team.officer, newer, older, now)
        assert newer.merged_into is None


async def test_what_a_case_was_about_is_not_lost(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, older, _newer = await begun(session, runtime)
        about_brother = await cases.report(session, person, "brother", "missing", "مفقود", now)
        await cases.name_other(session, person, "brother", "علي بن عمران")
        await joining_cases.merge(session, team.officer, about_brother, older, now)
        assert (older.relation, older.about_name) == (None, None)
        assert older.note == "أريد موظفًا\n👤 علي بن عمران\nمفقود"


async def test_two_officers_who_join_at_once_join_once(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        team, _person, older, newer = await begun(session, runtime)

    async def merge() -> str:
        async with runtime.db.begin() as session:
            own_newer = await cases.get(session, newer.id)
            own_older = await cases.get(session, older.id)
            await joining_cases.merge(session, team.officer, own_newer, own_older, runtime.clock())
        return "joined"

    outcomes = await asyncio.gather(merge(), merge(), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(str) == 1
    assert [type(outcome) for outcome in outcomes].count(ConsularError) == 1
    async with runtime.db.read() as session:
        course = [note.action for note in await trail.of(session, f"case:{older.id}")]
    assert course == ["case.took_over", "case.opened"]
