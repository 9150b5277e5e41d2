"""Surveys as staff write them: what is right, who sees which, and the states of a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import N_, ConsularError, Term, check_move
from bot.consular.staff import roles
from bot.consular.surveys import audiences, wording
from bot.messages import Form, Language, Reply
from bot.models import (
    Change,
    ChangeKind,
    ChangeState,
    Staff,
    Survey,
    SurveyCountry,
    SurveyKind,
    SurveyState,
)
from bot.text import sms, text
from bot.text.text import LANGUAGES

TRANSITIONS: Mapping[SurveyState, frozenset[SurveyState]] = {
    SurveyState.DRAFT: frozenset({SurveyState.OPEN, SurveyState.CANCELLED}),
    SurveyState.OPEN: frozenset({SurveyState.CLOSED}),
    SurveyState.CLOSED: frozenset(),
    SurveyState.CANCELLED: frozenset(),
}
MAX_TITLE_CHARS = 60
MAX_VENUE_CHARS = 80
MAX_QUESTION_CHARS = 160
MAX_ANSWER_CHARS = 30
MAX_QUESTIONS = 3
MIN_ANSWERS = 2
MAX_ANSWERS = 5
MAX_SEATS = 5000
MAX_PARTS = 2  # of an SMS: a question with its answers
MAX_AHEAD = timedelta(days=90)
SHOWN = 200  # of a list
LANGUAGE_NAMES: Mapping[Language, str] = {"ar": N_("Arabic"), "en": N_("English")}

Words = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers, in both languages."""

    words: Words
    answers: Sequence[Words]


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff write: `venues`, `starts_at` and `seats` of an event, `questions` of a survey."""

    kind: SurveyKind
    titles: Words
    audience: Mapping[str, Any]
    ends_at: datetime
    venues: Words
    starts_at: datetime | None = None
    seats: int | None = None
    questions: Sequence[Question] = ()


# --- what is right --------------------------------------------------------------------------------


def check(draft: Draft, now: datetime) -> Draft:
    """Return a draft with its words cleaned. Raises ConsularError with what is wrong."""
    titles = _cleaned(draft.titles, MAX_TITLE_CHARS, N_("the title"))
    cleaned = replace(
        draft,
        titles=titles,
        audience=audiences.check(draft.audience),
    )
    if not now < draft.ends_at < now + MAX_AHEAD:
        raise ConsularError(
            "Answers must end later than now, within {days} days.", days=MAX_AHEAD.days
        )
    if draft.kind is SurveyKind.EVENT:
        cleaned = _checked_event(cleaned, now)
    else:
        cleaned = _checked_survey(cleaned)
    _check_parts(cleaned)
    return cleaned


def _checked_event(draft: Draft, now: datetime) -> Draft:
    if draft.starts_at is None or draft.starts_at <= now:
        raise ConsularError("Write when the event begins: later than now.")
    if draft.ends_at > draft.starts_at:
        raise ConsularError("Answers must end before the event begins.")
    if draft.seats is not None and not 1 <= draft.seats <= MAX_SEATS:
        raise ConsularError("An event has 1 to {most} places, or no limit.", most=MAX_SEATS)
    venues = _cleaned(draft.venues, MAX_VENUE_CHARS, N_("the place"))
    return replace(
        draft,
        venues=venues,
        questions=(),
    )


def _checked_survey(draft: Draft) -> Draft:
    if not 1 <= len(draft.questions) <= MAX_QUESTIONS:
        raise ConsularError("A survey has 1 to {most} questions.", most=MAX_QUESTIONS)
    questions = [_checked_question(question) for question in draft.questions]
    return replace(
        draft,
        venues={},
        starts_at=None,
        seats=None,
        questions=tuple(questions),
    )


def _checked_question(question: Question) -> Question:
    if not MIN_ANSWERS <= len(question.answers) <= MAX_ANSWERS:
        raise ConsularError(
            "A question has {least} to {most} answers.",
            least=MIN_ANSWERS,
            most=MAX_ANSWERS,
        )
    words = _cleaned(question.words, MAX_QUESTION_CHARS, N_("the question"))
    answers: list[Words] = []
    for answer in question.answers:
        answers.append(_cleaned(answer, MAX_ANSWER_CHARS, N_("every answer")))
    for language in LANGUAGES:
        different = {answer[language].casefold() for answer in answers}
        if len(different) < len(answers):
            raise ConsularError("Two answers to a question are the same.")
    return Question(words, tuple(answers))


def _cleaned(words: Words, most: int, name: str) -> dict[str, str]:
    """Clean words by language. Raises ConsularError unless every language has some."""
    cleaned: dict[str, str] = {}
    for language in LANGUAGES:
        typed = text.clean(words.get(language, ""), most + 1)
        one_line = " ".join(typed.split())
        if not 1 <= len(one_line) <= most:
            raise ConsularError(
                "Write {name} in both languages, with at most {most} letters each.",
                name=Term(name),
                most=most,
            )
        cleaned[language] = one_line
    return cleaned


def _check_parts(draft: Draft) -> None:
    """Raise ConsularError where a question with its answers takes too many parts of an SMS."""
    survey = unsaved(draft)
    for language in LANGUAGES:
        for number, shown in enumerate(written(survey, language), 1):
            parts = sms.sms_parts(shown).count
            if parts > MAX_PARTS:
                raise ConsularError(
                    "By SMS question {number} takes {parts} parts in {language}, and {most} are "
                    "the most: write fewer letters.",
                    number=number,
                    parts=parts,
                    language=Term(LANGUAGE_NAMES[language]),
                    most=MAX_PARTS,
                )


def written(survey: Survey, language: Language) -> list[str]:
    """Write all that a survey asks, as an SMS shows it."""
    return [wording.written(asked, language) for asked in asked_by(survey, language, Form.TEXT)]


def asked_by(survey: Survey, language: Language, form: Form) -> list[Reply]:
    """Word all that a survey asks, for a screen."""
    if survey.kind is SurveyKind.EVENT:
        return [wording.invitation(survey, language, form)]
    numbers = range(1, len(survey.questions) + 1)
    return [wording.question(survey, number, language) for number in numbers]


def unsaved(draft: Draft) -> Survey:
    """Return a survey of a draft that is in no database."""
    survey = Survey(id=0)
    _fill(survey, draft)
    return survey


def _fill(survey: Survey, draft: Draft) -> None:
    questions: list[dict[str, Any]] = []
    for question in draft.questions:
        answers = [dict(answer) for answer in question.answers]
        questions.append({"words": dict(question.words), "answers": answers})
    survey.kind = draft.kind
    survey.titles = dict(draft.titles)
    survey.venues = dict(draft.venues)
    survey.starts_at = draft.starts_at
    survey.seats = draft.seats
    survey.questions = questions
    survey.audience = dict(draft.audience)
    survey.ends_at = draft.ends_at


def of_survey(survey: Survey) -> Draft:
    """Return what staff wrote."""
    questions: list[Question] = []
    for question in survey.questions:
        questions.append(Question(question["words"], question["answers"]))
    return Draft(
        survey.kind,
        survey.titles,
        survey.audience,
        survey.ends_at,
        survey.venues,
        survey.starts_at,
        survey.seats,
        tuple(questions),
    )


# --- writing --------------------------------------------------------------------------------------


async def write(
    session: AsyncSession,
    staff: Staff,
    draft: Draft,
    now: datetime,
) -> Survey:
    """Keep a draft; nobody is asked anything yet. Raises ConsularError."""
    cleaned = _checked_for(staff, draft, now)
    survey = Survey(
        state=SurveyState.DRAFT,
        author_id=staff.id,
        created_at=now,
    )
    _fill(survey, cleaned)
    session.add(survey)
    await session.flush()
    await _set_countries(session, survey)
    await note(session, roles.actor(staff), "survey.drafted", survey, now)
    return survey


def _checked_for(staff: Staff, draft: Draft, now: datetime) -> Draft:
    cleaned = check(draft, now)
    countries = audiences.countries_of(cleaned.audience)
    roles.require(staff, "advisories", *countries)
    return cleaned


async def rewrite(
    session: AsyncSession,
    staff: Staff,
    survey: Survey,
    draft: Draft,
    now: datetime,
) -> None:
    """Change a draft that waits for nobody. Raises ConsularError."""
    await _check_draft(session, survey)
    _fill(survey, _checked_for(staff, draft, now))
    await session.flush()
    await _set_countries(session, survey)
    await note(session, roles.actor(staff), "survey.edited", survey, now)


async def cancel(
    session: AsyncSession,
    staff: Staff,
    survey: Survey,
    now: datetime,
) -> None:
    """Give a draft up. Raises ConsularError."""
    await _check_draft(session, survey)
    survey.state = check_move(TRANSITIONS, survey.state, SurveyState.CANCELLED)
    survey.closed_at = now
    await session.flush()
    await note(session, roles.actor(staff), "survey.cancelled", survey, now)


async def _check_draft(session: AsyncSession, survey: Survey) -> None:
    """Raise ConsularError unless nobody decided on a survey, or is about to."""
    if survey.state is not SurveyState.DRAFT:
        raise ConsularError("Only a draft can be changed.")
    waiting = select(Change.id).where(
        Change.kind == ChangeKind.SURVEY,
        Change.subject == subject(survey),
        Change.state == ChangeState.WAITING,
    )
    if await session.scalar(waiting.limit(1)) is not None:
        raise ConsularError("A change of this waits for a second person already.")


async def _set_countries(session: AsyncSession, survey: Survey) -> None:
    forgetting = delete(SurveyCountry).where(SurveyCountry.survey_id == survey.id)
    await session.execute(forgetting)
    for country in audiences.countries_of(survey.audience):
        session.add(
            SurveyCountry(
                survey_id=survey.id,
                country=country,
            )
        )
    await session.flush()


def subject(survey: Survey) -> str:
    """Name a survey as the audit trail does."""
    return f"survey:{survey.id}"


async def note(
    session: AsyncSession,
    actor: str,
    action: str,
    survey: Survey,
    now: datetime,
) -> None:
    """Note in the audit trail what happened to a survey."""
    await trail.note(
        session,
        actor,
        action,
        subject(survey),
        now,
        kind=survey.kind.value,
    )


# --- reading --------------------------------------------------------------------------------------


async def get(
    session: AsyncSession,
    staff: Staff,
    survey_id: int,
    *,
    is_locked: bool = False,
) -> Survey:
    """Return a survey that the account may see. Raises ConsularError."""
    roles.require(staff, "advisories")
    query = select(Survey).where(Survey.id == survey_id, _is_seen_by(staff))
    if is_locked:
        query = query.with_for_update()
    survey = await session.scalar(query)
    if survey is None:
        raise ConsularError("There is no such survey.")
    return survey


async def listed(session: AsyncSession, staff: Staff) -> list[Survey]:
    """Return the surveys that the account may see, the newest first. Raises ConsularError."""
    roles.require(staff, "advisories")
    query = select(Survey).where(_is_seen_by(staff)).order_by(Survey.id.desc())
    return list(await session.scalars(query.limit(SHOWN)))


def _is_seen_by(staff: Staff) -> ColumnElement[bool]:
    """Say in SQL whether an account looks after every country of a survey."""
    covered = roles.countries(staff)
    if covered is None:
        return true()
    elsewhere = exists().where(
        SurveyCountry.survey_id == Survey.id,
        SurveyCountry.country.not_in(covered),
    )
    return ~elsewhere
