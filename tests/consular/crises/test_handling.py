"""What officers do with a case, and what the audit trail says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consular.audit import trail
from bot.consular.crises import caseload, cases, clocks, handling
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.models import Case, CaseKind, CaseNote, CaseNoteKind, CaseOutcome, CaseState, Role
from bot.runtime.runtime import Runtime
from tests import builders, closing

MINUTE = timedelta(minutes=1)


async def test_a_case_ends_with_an_outcome_and_is_opened_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        await handling.take(session, team.officer, case, now)
        with pytest.raises(ConsularError, match="how it ended"):
            await handling.close(session, team.officer, case, CaseOutcome.FOUND, " ", now)
        await session.refresh(case)
        assert (case.state, case.outcome) == (CaseState.TAKEN, None)
        await handling.close(session, team.officer, case, CaseOutcome.FOUND, "وصل بيته", now)
        assert (case.outcome, case.closed_by) == (CaseOutcome.FOUND, team.officer.id)
        with pytest.raises(ConsularError, match="why the case is opened again"):
            await handling.reopen(session, team.approver, case, "", now)
        await session.refresh(case)
        await handling.reopen(session, team.approver, case, "اتصل أخوه", now)
        assert (case.state, case.owner_id, case.outcome, case.closed_at) == (
            CaseState.OPEN,
            None,
            None,
            None,
        )
        notes = [(note.kind, note.words) for note in await handling.notes(session, case)]
        course = [note.action for note in await trail.of(session, f"case:{case.id}")]
    assert notes == [(CaseNoteKind.REOPENED, "اتصل أخوه"), (CaseNoteKind.CLOSED, "وصل بيته")]
    assert course == ["case.reopened", "case.closed", "case.taken", "case.opened"]


async def test_a_close_is_taken_back_for_half_a_minute_by_whoever_closed(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        case = await cases.open_case(
            session, await builders.person(session, now), CaseKind.LIFE, "محاصرون", now
        )
        await handling.take(session, team.officer, case, now)
        await closing.close_case(session, team.officer, case, now)
        with pytest.raises(ConsularError, match="too late"):
            await handling.undo_close(session, team.approver, case, now)
        late = now + handling.UNDO_TIME + timedelta(seconds=1)
        with pytest.raises(ConsularError, match="too late"):
            await handling.undo_close(session, team.officer, case, late)
        await handling.undo_close(session, team.officer, case, now + handling.UNDO_TIME)
        assert (case.state, case.owner_id) == (CaseState.TAKEN, team.officer.id)
        assert (case.closed_at, case.outcome) == (None, None)


async def test_a_case_is_handed_to_a_colleague_who_looks_after_it(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        elsewhere, _token = await accounts.add(
            session, "tunis@mofa.example", Role.POST_OFFICER, "TN", now, None
        )
        case = await cases.open_case(
            session, await builders.person(session, now), CaseKind.HUMAN, "", now
        )
        for stranger in (elsewhere, team.auditor):
            with pytest.raises(ConsularError, match="does not look after this case"):
                await handling.hand(session, team.officer, case, stranger, now)
        with pytest.raises(ConsularError, match="looks after TN only"):
            await handling.hand(session, elsewhere, case, team.officer, now)
        await handling.hand(session, team.officer, case, team.post, now)
        assert (case.state, case.owner_id) == (CaseState.TAKEN, team.post.id)
        (note, *_) = await trail.of(session, f"case:{case.id}")
    assert (note.action, note.detail) == ("case.handed", {"to": f"staff:{team.post.id}"})


async def test_staff_change_the_kind_and_write_notes(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        case = await cases.open_case(
            session, await builders.person(session, now), CaseKind.UNCLEAR, "", now
        )
        await handling.change_kind(session, team.post, case, CaseKind.MEDICAL, now)
        await handling.change_kind(session, team.post, case, CaseKind.MEDICAL, now)
        await handling.add_note(session, team.post, case, "والدته تحتاج الأنسولين", now)
        assert case.kind is CaseKind.MEDICAL
        course = [note.action for note in await trail.of(session, f"case:{case.id}")]
        stored = await session.scalar(select(func.count()).select_from(CaseNote))
    assert course == ["case.noted", "case.kind_changed", "case.opened"]
    assert stored == 1


async def test_life_at_risk_that_nobody_sees_climbs_after_five_minutes(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        drill_person = await builders.person(session, now, synthetic=True)
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        await cases.open_case(session, drill_person, CaseKind.LIFE, "تمرين", now)
        early, late = now + 5 * MINUTE, now + 6 * MINUTE
        assert await clocks.alarm(session, team.post, early) == clocks.Alarm(1, 1, 0)
        assert clocks.light(case, early) == "green"
        for account in (team.post, team.officer, team.approver):
            assert await clocks.alarm(session, account, late) == clocks.Alarm(1, 1, 1)
        assert await clocks.alarm(session, team.auditor, late) == clocks.Alarm()
        assert clocks.light(case, late) == "red"
        await caseload.look(session, team.post, case.id, late)
        assert case.seen_at == late
        assert await clocks.alarm(session, team.officer, late) == clocks.Alarm(0, 1, 0)
        over = now + clocks.MAX_WAIT[CaseKind.LIFE] + MINUTE
        assert (await clocks.alarm(session, team.officer, over)).cases == 1


async def test_a_case_that_becomes_graver_waits_for_a_new_look(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        case = await cases.report(session, person, "brother", "missing", "أخي مفقود", now)
        await caseload.look(session, team.post, case.id, now)
        await cases.report(session, person, "brother", "danger", "القصف قريب منه", now)
        assert (case.kind, case.seen_at) == (CaseKind.LIFE, None)
        (note, *_) = await trail.of(session, f"case:{case.id}")
    assert (note.action, note.detail) == (
        "case.kind_changed",
        {"kind": "life", "kind_before": "relative"},
    )


async def test_cases_of_a_blocked_account_are_nobodys_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        done = await cases.open_case(session, person, CaseKind.MEDICAL, "دواء", now)
        for each in (case, done):
            await handling.take(session, team.post, each, now)
        await closing.close_case(session, team.post, done, now)
        await accounts.block(session, team.post, now, team.admin)
        assert (case.state, case.owner_id, case.seen_at) == (CaseState.OPEN, None, None)
        assert done.owner_id == team.post.id
        late = await clocks.alarm(session, team.officer, now + 6 * MINUTE)
        assert late.lives == 1
        (note, *_) = await trail.of(session, f"case:{case.id}")
        assert (note.action, note.detail) == (
            "case.put_back",
            {"account": f"staff:{team.post.id}"},
        )
        assert await session.scalar(select(Case.state).where(Case.id == done.id)) == "closed"
