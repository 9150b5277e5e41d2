"""Surveys: the list; one with what people read, whom it asks, and what came of it; who comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.console.surveys import figure_files, writing
from bot.consular.changes import changes
from bot.consular.changes.kinds import SurveyOpening
from bot.consular.staff import accounts
from bot.consular.surveys import course, drafts, figures, sign_ups, ways
from bot.consular.surveys.audiences import countries_of
from bot.messages import Form
from bot.models import SignUpAnswer, Staff, Survey, SurveyKind, SurveyState
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text import rendering
from bot.text.text import LANGUAGES

Step = Callable[[AsyncSession, Staff, Survey, datetime], Awaitable[object]]


async def listed(visit: Visit) -> Response:
    """Show the surveys that the account may see."""
    async with visit.runtime.db.read() as session:
        surveys = await drafts.listed(session, visit.staff)
    return visit.page(
        "surveys/surveys.html",
        surveys=surveys,
        countries_of=countries_of,
    )


async def show(visit: Visit) -> Response:
    """Show a survey: of a draft whom it would ask, of an open one what people answered so far."""
    survey = await writing.of_visit(visit)
    has_link = visit.runtime.settings.public_url is not None
    async with visit.runtime.db.read() as session:
        preview = None
        if survey.state is SurveyState.DRAFT:
            preview = await ways.preview(
                session,
                survey,
                has_link,
                visit.now,
            )
        change = await changes.of_survey(session, survey.id)
        counts = await course.count(session, survey)
        published = await figures.of_survey(
            session,
            visit.staff,
            survey.id,
        )
        emails = await accounts.addresses(session)
    return visit.page(
        "surveys/survey.html",
        survey=survey,
        author=emails.get(survey.author_id, ""),
        countries=countries_of(survey.audience),
        preview=preview,
        change=change,
        counts=counts,
        tables=figure_files.tables(
            survey,
            published,
            visit,
        ),
        shown=_shown(survey),
        is_event=survey.kind is SurveyKind.EVENT,
    )


def _shown(survey: Survey) -> dict[str, list[tuple[str, list[str]]]]:
    """Return what people read in chat, by language: each text, and the labels of its buttons."""
    by_language: dict[str, list[tuple[str, list[str]]]] = {}
    for language in LANGUAGES:
        texts: list[tuple[str, list[str]]] = []
        for asked in drafts.asked_by(
            survey,
            language,
            Form.CHAT,
        ):
            content = rendering.render(
                asked,
                language,
                Form.CHAT,
            )
            labels = [button.label for button in content.buttons]
            texts.append((content.text, labels))
        by_language[language] = texts
    return by_language


async def submit(visit: Visit) -> Response:
    """Ask a second person to open the survey."""
    number = visit.number("id")
    async with visit.runtime.db.begin() as session:
        await changes.propose(
            session,
            visit.staff,
            SurveyOpening(number),
            visit.now,
        )
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go(f"/surveys/{number}?done=proposed")


async def cancel(visit: Visit) -> Response:
    """Give a draft up."""
    await _do(visit, drafts.cancel)
    return go("/surveys?done=cancelled")


async def close(visit: Visit) -> Response:
    """Close an open survey before its end."""
    await _do(visit, course.close)
    return go(f"/surveys/{visit.number('id')}?done=saved")


async def _do(visit: Visit, step: Step) -> None:
    async with visit.runtime.db.begin() as session:
        survey = await drafts.get(
            session,
            visit.staff,
            visit.number("id"),
            is_locked=True,
        )
        await step(
            session,
            visit.staff,
            survey,
            visit.now,
        )


async def names(visit: Visit) -> Response:
    """List who comes to an event, by name; each look at a person is written down."""
    survey = await writing.of_visit(visit)
    async with visit.runtime.db.begin() as session:
        people = await sign_ups.names(
            session,
            visit.staff,
            survey,
            visit.now,
        )
        attendance = await sign_ups.attendance(session, survey)
    coming = [line for line in people if line[0].answer is SignUpAnswer.COMING]
    waiting = [line for line in people if line[0].answer is SignUpAnswer.WAITING]
    return visit.page(
        "surveys/names.html",
        survey=survey,
        coming=coming,
        waiting=waiting,
        attendance=attendance,
    )


ROUTES = [
    Page(
        "/surveys",
        listed,
        may="advisories",
    ),
    *writing.ROUTES,
    Page(
        "/surveys/{id:int}",
        show,
        may="advisories",
    ),
    Page(
        "/surveys/{id:int}/names",
        names,
        may="people",
    ),
    *(
        Page(
            f"/surveys/{{id:int}}/{name}",
            step,
            may="advisories",
            methods=("POST",),
        )
        for name, step in {
            "submit": submit,
            "cancel": cancel,
            "close": close,
        }.items()
    ),
    *figure_files.ROUTES,
]
