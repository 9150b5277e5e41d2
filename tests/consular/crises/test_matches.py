"""What officers decide about a report and a person, and what either of them is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import asking, caseload, cases, checkins, matches, reports
from bot.consular.crises.reports import Description
from bot.consular.errors import ConsularError
from bot.consular.people import addressing, facts, merging
from bot.consular.trust import export, rights
from bot.models import (
    Case,
    CheckInStatus,
    MatchVerdict,
    OutboundMessage,
    Person,
    ReportMatch,
    SoughtPerson,
)
from bot.runtime.runtime import Runtime
from bot.text.text import ISOLATE, POP
from tests import builders
from tests.builders import Team

QUESTION = (
    "وصلنا سؤال عنك من منى (صلتك: أخ). هل نطمّنهم بأنك على تواصل معنا، أو بأنك بخير إن "
    "أخبرتنا بذلك؟ لا نذكر مكانك أبدًا."
)


class Story:
    """Mona, who asks about her brother, and Ali, who is on record in Turkey."""

    team: Team
    reporter: Person
    sought: Person
    report: Case


async def story(session: AsyncSession, runtime: Runtime) -> Story:
    now = runtime.clock()
    told = Story()
    told.team = await builders.team(session, now)
    told.reporter = await builders.person(session, now, "telegram:501", country=None, language="en")
    await facts.set_name(session, told.reporter, "منى سالم الورفلي")
    told.sought = await builders.person(session, now, "telegram:502")
    await facts.set_name(session, told.sought, "Ali Salem")
    told.report = await cases.report(
        session, told.reporter, "brother", "missing", "خوي علي مفقود", now
    )
    await reports.describe(session, told.report, Description("علي سالم", "أنقرة", "من يومين"))
    return told


async def sent_to(session: AsyncSession, person: Person) -> list[str]:
    """What we wrote to a person without being asked."""
    query = select(OutboundMessage).where(OutboundMessage.person_id == person.id)
    rows = await session.scalars(query.order_by(OutboundMessage.id))
    texts = [(row.content or {})["text"] for row in rows]
    return [words.replace(ISOLATE, "").replace(POP, "") for words in texts]


async def test_a_confirmed_person_is_asked_once_and_the_reporter_learns_what_they_allow(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        await checkins.record(
            session, told.sought, CheckInStatus.SAFE, "telegram", now - timedelta(days=2)
        )
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        assert await sent_to(session, told.sought) == [QUESTION]
        assert await sent_to(session, told.reporter) == []
        assert await asking.answer(session, told.sought, told.report.id, True, now)
        day = now - timedelta(days=2)
        (words,) = await sent_to(session, told.reporter)
        assert words == (
            f"You asked about علي: they told us on {day.day} {day:%B} that they are safe, and "
            "allowed us to let you know."
        )
        assert "TR" not in "".join(await sent_to(session, told.reporter))
        await asking.answer(session, told.sought, told.report.id, True, now)
        await matches.undo(session, told.team.officer, told.report, told.sought.id, now)
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        assert len(await sent_to(session, told.sought)) == 1
        assert len(await sent_to(session, told.reporter)) == 1
        actions = {note.action for note in await trail.of(session, f"person:{told.sought.id}")}
    assert {"match.confirmed", "match.asked", "match.allowed", "match.undone"} <= actions


async def test_silence_and_no_look_the_same_to_the_reporter(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        await asking.answer(session, told.sought, told.report.id, False, now)
        assert await sent_to(session, told.reporter) == []
        match = await session.get_one(ReportMatch, (told.report.id, told.sought.id))
        assert (match.may_tell, match.told_at) == (False, None)
        await asking.answer(session, told.sought, told.report.id, True, now)
        assert len(await sent_to(session, told.reporter)) == 1


async def test_whoever_never_answered_how_they_are_is_in_touch_and_not_safe(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        await checkins.record(session, told.sought, CheckInStatus.HELP, "telegram", now)
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        await asking.answer(session, told.sought, told.report.id, True, now)
        (words,) = await sent_to(session, told.reporter)
    assert words.startswith("You asked about علي: they are in touch with us, last on ")
    assert "safe" not in words


async def test_nothing_is_told_once_the_match_was_taken_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        await matches.undo(session, told.team.officer, told.report, told.sought.id, now)
        assert await asking.answer(session, told.sought, told.report.id, True, now)
        assert await sent_to(session, told.reporter) == []


async def test_nobody_answers_a_question_that_they_were_not_asked(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        stranger = await builders.person(session, now, "telegram:666")
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        assert not await asking.answer(session, stranger, told.report.id, True, now)
        assert await sent_to(session, told.reporter) == []


async def test_whoever_said_stop_or_was_forgotten_is_neither_asked_nor_spoken_of(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        told.sought.stopped_at = now
        match = await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        assert (match.asked_at, await sent_to(session, told.sought)) == (None, [])
        told.sought.stopped_at = None
        told.sought.erasure_asked_at = now
        match = await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        assert (match.asked_at, await sent_to(session, told.sought)) == (None, [])
        told.sought.erasure_asked_at = None
        match = await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        assert match.asked_at == now
        await rights.erase(session, told.sought, "system", now)
        assert await session.scalar(select(func.count()).select_from(ReportMatch)) == 0
        dossier = await caseload.look(session, told.team.officer, told.report.id, now)
        assert dossier.search is not None
        assert (dossier.search.candidates, dossier.search.decisions) == ([], [])
        assert await sent_to(session, told.reporter) == []


async def test_what_a_reporter_told_goes_with_the_reporter(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        copy = await export.export(session, told.reporter)
        assert copy["sought"] == [
            {"case_id": told.report.id, "last_place": "أنقرة", "last_contact": "من يومين"}
        ]
        assert copy["asked"] == []
        asked = (await export.export(session, told.sought))["asked"]
        assert asked == [{"asked_at": now.isoformat()}]
        await rights.erase(session, told.reporter, "system", now)
        for table in (SoughtPerson, ReportMatch):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_report_has_one_person_and_rejected_people_are_not_shown_again(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        officer = told.team.officer
        namesake = await builders.person(session, now)
        await facts.set_name(session, namesake, "علي سالم")
        await matches.reject(session, officer, told.report, namesake.id, now)
        search = (await caseload.look(session, officer, told.report.id, now)).search
        assert search is not None
        assert [each.person.id for each in search.candidates] == [told.sought.id]
        assert [each.person.id for each in search.rejected] == [namesake.id]
        await matches.confirm(session, officer, told.report, told.sought.id, now)
        with pytest.raises(ConsularError, match="take that back first"):
            await matches.confirm(session, officer, told.report, namesake.id, now)
        seekers = await matches.seekers(session, officer, told.sought)
        assert [report.id for report in seekers] == [told.report.id]
        await matches.undo(session, officer, told.report, told.sought.id, now)
        assert await matches.seekers(session, officer, told.sought) == []
        with pytest.raises(ConsularError, match="Nothing was decided"):
            await matches.undo(session, officer, told.report, told.sought.id, now)


async def test_only_officers_who_see_both_may_decide(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        abroad = await builders.person(session, now, country="SD")
        told.reporter.country = "TR"
        for account in (told.team.post, told.team.auditor):
            with pytest.raises(ConsularError):
                await matches.confirm(session, account, told.report, abroad.id, now)
        await matches.confirm(session, told.team.post, told.report, told.sought.id, now)
        with pytest.raises(ConsularError, match="wrote the report"):
            await matches.reject(session, told.team.officer, told.report, told.reporter.id, now)
        own = await cases.open_case(session, abroad, told.report.kind, "مفقود", now)
        with pytest.raises(ConsularError, match="nobody else"):
            await matches.confirm(session, told.team.officer, own, told.sought.id, now)
        shown = [note.action for note in await trail.of(session, f"person:{told.sought.id}")]
        assert shown == ["match.asked", "match.confirmed"]


async def test_two_officers_who_confirm_at_once_leave_one_person(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        namesake = await builders.person(session, now, "telegram:503")
        await facts.set_name(session, namesake, "علي سالم")

    async def confirm(person_id: int) -> str:
        try:
            async with runtime.db.begin() as session:
                report = await cases.get(session, told.report.id)
                await matches.confirm(session, told.team.officer, report, person_id, now)
        except ConsularError:
            return "refused"
        return "confirmed"

    outcomes = await asyncio.gather(confirm(told.sought.id), confirm(namesake.id))
    assert sorted(outcomes) == ["confirmed", "refused"]
    async with runtime.db.read() as session:
        confirmed = ReportMatch.verdict == MatchVerdict.CONFIRMED
        assert len((await session.scalars(select(ReportMatch).where(confirmed))).all()) == 1


async def test_a_match_goes_along_when_two_records_become_one(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        await matches.confirm(session, told.team.officer, told.report, told.sought.id, now)
        other = await builders.person(session, now, "telegram:504")
        await merging.merge(session, other, told.sought.id, "system", now)
        match = await matches.confirmed(session, told.report)
        assert match is not None
        assert match.person_id == other.id
        await session.execute(delete(Case).where(Case.id == told.report.id))
        assert await session.scalar(select(func.count()).select_from(SoughtPerson)) == 0


async def test_somebody_to_be_added_to_a_household_is_not_sought(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        told = await story(session, runtime)
        report = await cases.report(session, told.reporter, "son", "household", "مولود", now)
        dossier = await caseload.look(session, told.team.officer, report.id, now)
    assert dossier.search is None


async def test_a_reporter_opens_three_reports_a_day_and_dangers_beside_them(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        reporter = await builders.person(session, now)
        opened = []
        for relation in ("brother", "sister", "mother", "father"):
            report = await cases.report(session, reporter, relation, "missing", relation, now)
            opened.append(report.id)
        assert len(set(opened)) == 3
        newest = await cases.get(session, opened[2])
        assert (newest.relation, newest.note) == ("mother", "mother\nfather")
        danger = await cases.report(session, reporter, "son", "danger", "ولدي محاصر", now)
        assert danger.id not in opened
        tomorrow = now + cases.LIMIT_PERIOD + timedelta(minutes=1)
        later = await cases.report(session, reporter, "father", "missing", "بوي", tomorrow)
        assert later.id not in opened


@pytest.mark.parametrize(
    ("name", "first"),
    [("عبد الله سالم", "عبد الله"), ("أبو بكر", "أبو بكر"), ("Mona Salem", "Mona"), ("", "")],
)
def test_a_first_name_is_one_name(name: str, first: str) -> None:
    assert addressing.first_name(name) == first
