"""Surveys as staff write them: what is refused, who sees which, and who opens one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import changes
from bot.consular.changes.kinds import SurveyOpening
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.consular.surveys import course, drafts
from bot.consular.surveys.drafts import Question
from bot.models import AuditNote, Role, Staff, Survey, SurveyState
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock
from tests.surveying import NO, SCHOOL, YES, event, survey

LONG = {
    "ar": "هل تريدون أن نفتح مدرسة ليبية قريبة من بيوتكم لأبنائكم وبناتكم في المرحلة الابتدائية "
    "ابتداء من السنة القادمة، مع معلمين من ليبيا؟",
    "en": "Do you want a Libyan school?",
}
ANSWERS = (
    {"ar": "نعم، أريدها كثيرًا وقريبًا", "en": "Yes"},
    {"ar": "لا، لا أحتاج إليها الآن", "en": "No"},
    {"ar": "لا أعرف بعد، اسألوني لاحقًا", "en": "Later"},
)


@pytest.mark.parametrize(
    ("changes_of_draft", "reason"),
    [
        ({"ends_at": timedelta(minutes=-1)}, "Answers must end later than now"),
        ({"ends_at": timedelta(days=91)}, "within 90 days"),
        ({"questions": ()}, "A survey has 1 to 3 questions."),
        ({"questions": (SCHOOL,) * 4}, "A survey has 1 to 3 questions."),
        ({"questions": (Question(SCHOOL.words, ()),)}, "2 to 5 answers"),
        ({"questions": (Question(SCHOOL.words, (YES,)),)}, "2 to 5 answers"),
        ({"questions": (Question(SCHOOL.words, (YES, NO) * 3),)}, "2 to 5 answers"),
        ({"questions": (Question(SCHOOL.words, (YES, YES)),)}, "are the same"),
        ({"questions": (Question({"ar": "سؤال"}, (YES, NO)),)}, "the question in both languages"),
        ({"questions": (Question(LONG, ANSWERS),)}, "takes 4 parts in Arabic, and 2 are the most"),
        ({"titles": {"ar": "مدرسة", "en": " "}}, "the title in both languages"),
        ({"titles": {"ar": "م" * 61, "en": "School"}}, "at most 60 letters"),
        ({"audience": {}}, "Choose countries or cities."),
        ({"audience": {"tags": ["student"]}}, "Choose countries or cities."),
        ({"audience": {"countries": ["ZZ"]}}, "ZZ"),
        ({"audience": {"countries": ["TN"]}}, "This account looks after TR only."),
        ({"audience": {"cities": ["TR/Istanbul", "TN/Sfax"]}}, "This account looks after TR only."),
    ],
)
async def test_a_wrong_survey_is_refused_and_not_kept(
    runtime: Runtime, changes_of_draft: dict[str, Any], reason: str
) -> None:
    now = runtime.clock()
    if "ends_at" in changes_of_draft:
        changes_of_draft = {"ends_at": now + changes_of_draft["ends_at"]}
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError, match=reason):
            await drafts.write(session, team.post, survey(now, **changes_of_draft), now)
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Survey)) == 0


@pytest.mark.parametrize(
    ("changes_of_draft", "reason"),
    [
        ({"starts_at": None}, "when the event begins"),
        ({"starts_at": timedelta(hours=-1)}, "when the event begins"),
        ({"starts_at": timedelta(days=2)}, "Answers must end before the event begins."),
        ({"seats": 0}, "1 to 5000 places"),
        ({"seats": 5001}, "1 to 5000 places"),
        ({"venues": {"ar": "السفارة"}}, "the place in both languages"),
    ],
)
async def test_a_wrong_event_is_refused(
    runtime: Runtime, changes_of_draft: dict[str, Any], reason: str
) -> None:
    now = runtime.clock()
    offset = changes_of_draft.get("starts_at")
    if offset is not None:
        changes_of_draft = {"starts_at": now + offset}
    with pytest.raises(ConsularError, match=reason):
        drafts.check(event(now, **changes_of_draft), now)


async def test_a_post_sees_the_surveys_of_its_own_country_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        own = await drafts.write(session, team.post, event(now), now)
        both = event(now, audience={"countries": ["TR", "TN"]})
        wider = await drafts.write(session, team.officer, both, now)
        assert [line.id for line in await drafts.listed(session, team.post)] == [own.id]
        assert len(await drafts.listed(session, team.officer)) == 2
        for survey_id in (wider.id, 99):
            with pytest.raises(ConsularError, match="There is no such survey"):
                await drafts.get(session, team.post, survey_id)
        with pytest.raises(ConsularError, match="may not do that"):
            await drafts.listed(session, team.auditor)


async def test_nobody_opens_a_survey_alone(runtime: Runtime, clock: SetClock) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        written = await drafts.write(session, team.approver, survey(now), now)
        change = await changes.propose(session, team.approver, SurveyOpening(written.id), now)
        with pytest.raises(ConsularError, match="Somebody other than"):
            await changes.approve(session, team.approver, change.id, now)
        with pytest.raises(ConsularError, match="may not do that"):
            await changes.approve(session, team.officer, change.id, now)
        with pytest.raises(ConsularError, match="waits for a second person already"):
            await drafts.rewrite(session, team.approver, written, event(now), now)
        with pytest.raises(ConsularError, match="waits for a second person already"):
            await drafts.cancel(session, team.approver, written, now)
        assert written.state is SurveyState.DRAFT
        second = await _approver(session, now)
        await changes.approve(session, second, change.id, now)
        assert (written.state, written.opened_at) == (SurveyState.OPEN, now)
        with pytest.raises(ConsularError, match="It is open and cannot become open"):
            await changes.propose(session, team.officer, SurveyOpening(written.id), now)
        with pytest.raises(ConsularError, match="Only a draft can be changed"):
            await drafts.rewrite(session, team.approver, written, event(now), now)
        notes = select(AuditNote.action).where(AuditNote.subject == f"survey:{written.id}")
        actions = list(await session.scalars(notes.order_by(AuditNote.id)))
    assert actions == ["survey.drafted", "change.proposed", "survey.opened", "change.approved"]


async def _approver(session: AsyncSession, now: datetime) -> Staff:
    account, _token = await accounts.add(
        session, "second@mofa.example", Role.APPROVER, None, now, None
    )
    return account


async def test_a_survey_whose_end_came_meanwhile_is_not_opened(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        written = await drafts.write(session, team.officer, survey(clock()), clock())
        change = await changes.propose(session, team.officer, SurveyOpening(written.id), clock())
        clock.advance(days=4)
        with pytest.raises(ConsularError, match="Answers must end later than now"):
            await changes.approve(session, team.approver, change.id, clock())
        assert written.state is SurveyState.DRAFT


async def test_a_draft_is_written_anew_and_given_up(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        written = await drafts.write(session, team.officer, event(now), now)
        sudan = event(now, audience={"cities": ["SD/Khartoum"]}, seats=12)
        await drafts.rewrite(session, team.officer, written, sudan, now)
        assert (written.audience, written.seats) == ({"cities": ["SD/Khartoum"]}, 12)
        assert await drafts.listed(session, team.post) == []
        await drafts.cancel(session, team.officer, written, now)
        assert written.state is SurveyState.CANCELLED
        with pytest.raises(ConsularError, match="It is cancelled and cannot become closed"):
            await course.close(session, team.officer, written, now)


def test_every_move_that_the_table_lacks_is_refused() -> None:
    assert set(drafts.TRANSITIONS) == set(SurveyState)
    assert drafts.TRANSITIONS[SurveyState.CLOSED] == frozenset()
    assert drafts.TRANSITIONS[SurveyState.CANCELLED] == frozenset()
    assert drafts.TRANSITIONS[SurveyState.OPEN] == {SurveyState.CLOSED}
