"""Write a survey: a new one, or a draft once more."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.parts import picker
from bot.console.surveys import form
from bot.console.surveys.form import ANSWERS, QUESTIONS, Typed
from bot.consular.errors import ConsularError
from bot.consular.surveys import drafts
from bot.models import Survey, SurveyKind, SurveyState
from bot.pages import zones
from bot.pages.visit import Page, Visit, go


async def new(visit: Visit) -> Response:
    """Show an empty form for an event (`?kind=event`) or a survey."""
    kind = SurveyKind.SURVEY
    if visit.request.query_params.get("kind") == SurveyKind.EVENT:
        kind = SurveyKind.EVENT
    return await _page(visit, Typed(kind))


async def write(visit: Visit) -> Response:
    """Keep a draft, or show the form again with what is wrong."""
    typed = form.read(visit)
    try:
        draft = form.draft(typed, zones.of(visit))
        async with visit.runtime.db.begin() as session:
            survey = await drafts.write(
                session,
                visit.staff,
                draft,
                visit.now,
            )
    except ConsularError as error:
        return await _page(
            visit,
            typed,
            visit.explain(error),
        )
    return go(f"/surveys/{survey.id}?done=saved")


async def edit(visit: Visit) -> Response:
    """Show a draft in the form."""
    survey = await of_visit(visit)
    if survey.state is not SurveyState.DRAFT:
        raise HTTPException(404)
    typed = form.written(
        survey,
        zones.of(visit),
        visit.language,
    )
    return await _page(
        visit,
        typed,
        number=survey.id,
    )


async def rewrite(visit: Visit) -> Response:
    """Change a draft, or show the form again with what is wrong."""
    await of_visit(visit)
    number = visit.number("id")
    typed = form.read(visit)
    try:
        draft = form.draft(typed, zones.of(visit))
        async with visit.runtime.db.begin() as session:
            survey = await drafts.get(
                session,
                visit.staff,
                number,
                is_locked=True,
            )
            await drafts.rewrite(
                session,
                visit.staff,
                survey,
                draft,
                visit.now,
            )
    except ConsularError as error:
        return await _page(
            visit,
            typed,
            visit.explain(error),
            number,
        )
    return go(f"/surveys/{number}?done=saved")


async def of_visit(visit: Visit) -> Survey:
    """Return the survey of the address. Raises HTTPException 404 where it is not the account's."""
    try:
        async with visit.runtime.db.read() as session:
            return await drafts.get(
                session,
                visit.staff,
                visit.number("id"),
            )
    except ConsularError:
        raise HTTPException(404) from None


async def _page(
    visit: Visit,
    typed: Typed,
    wrong: str = "",
    number: int | None = None,
) -> Response:
    zone = zones.of(visit)
    async with visit.runtime.db.read() as session:
        choices = await picker.choices(session, visit)
    return visit.page(
        "surveys/form.html",
        422 if wrong else 200,
        typed=typed,
        number=number,
        choices=choices,
        question_numbers=QUESTIONS,
        answer_numbers=ANSWERS,
        least_answers=drafts.MIN_ANSWERS,
        most_parts=drafts.MAX_PARTS,
        title_chars=drafts.MAX_TITLE_CHARS,
        venue_chars=drafts.MAX_VENUE_CHARS,
        question_chars=drafts.MAX_QUESTION_CHARS,
        answer_chars=drafts.MAX_ANSWER_CHARS,
        zone=zone,
        zone_name=zones.name(
            zone,
            visit.language,
            visit.now,
        ),
        wrong=wrong,
    )


ROUTES = [
    Page(
        "/surveys/new",
        new,
        may="advisories",
    ),
    Page(
        "/surveys",
        write,
        may="advisories",
        methods=("POST",),
    ),
    Page(
        "/surveys/{id:int}/edit",
        edit,
        may="advisories",
    ),
    Page(
        "/surveys/{id:int}",
        rewrite,
        may="advisories",
        methods=("POST",),
    ),
]
