"""The page of a survey, for numbers whose own answers do not come back: the same questions."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.people import splitting
from bot.consular.surveys import answers, links, sign_ups, wording
from bot.consular.surveys.answers import Refusal
from bot.consular.surveys.wording import EventChoice
from bot.messages import Form
from bot.models import Person, SignUp, SignUpAnswer, Survey, SurveyKind
from bot.pages.visit import ANYONE, Page, Visit
from bot.text.text import row_number

NOBODY = 0  # no person has this number
MAX_CHOICE_CHARS = 4
COMPANIONS = range(1, wording.MAX_COMPANIONS + 1)


async def ask(visit: Visit) -> Response:
    """Show the questions, with what was answered so far."""
    async with visit.runtime.db.begin() as session:
        person, survey = await _check(visit, session)
        if survey is None:
            return visit.page("public/survey_over.html")
        return await _form(visit, session, person, survey)


async def answer(visit: Visit) -> Response:
    """Keep the answers, or show the questions again where one is missing."""
    async with visit.runtime.db.begin() as session:
        person, survey = await _check(visit, session)
        if survey is None:
            return visit.page("public/survey_over.html", 409)
        if survey.kind is SurveyKind.EVENT:
            standing = await _sign_up(visit, session, person, survey)
            if standing is None:
                return await _form(visit, session, person, survey, 422)
            return _signed_up(visit, survey, standing)
        if not await _choose(visit, session, person, survey):
            return await _form(visit, session, person, survey, 422)
    return visit.page("public/survey_done.html", standing="")


async def _sign_up(
    visit: Visit,
    session: AsyncSession,
    person: Person,
    survey: Survey,
) -> sign_ups.Standing | None:
    """Take whether somebody comes; None where they chose nothing that there is."""
    choice = _number(visit, "choice")
    companions = 0
    match choice:
        case EventChoice.NOT_COMING:
            return await sign_ups.decline(session, person, survey, visit.now)
        case EventChoice.WITH_OTHERS:
            companions = _number(visit, "companions")
            if companions not in COMPANIONS:
                return None
        case EventChoice.COMING:
            companions = 0
        case _:
            return None
    return await sign_ups.sign_up(
        session,
        person,
        survey,
        companions,
        visit.now,
    )


async def _choose(
    visit: Visit,
    session: AsyncSession,
    person: Person,
    survey: Survey,
) -> bool:
    """Keep an answer to every question; False, and none is kept, where one is missing or wrong."""
    choices: dict[int, int] = {}
    for number, question in enumerate(survey.questions, 1):
        choices[number] = _number(visit, f"q{number}")
        if not 1 <= choices[number] <= len(question["answers"]):
            return False
    for number, choice in choices.items():
        await answers.choose(
            session,
            person,
            survey,
            number,
            choice,
            visit.now,
        )
    return True


def _number(visit: Visit, name: str) -> int:
    return row_number(visit.field(name, MAX_CHOICE_CHARS)) or 0


def _signed_up(
    visit: Visit,
    survey: Survey,
    standing: sign_ups.Standing,
) -> Response:
    """Say where somebody stands, in the words that chat has for it."""
    if standing.is_refused:
        reply = wording.no_room(survey, standing.sign_up, visit.language, Form.TEXT)
    else:
        reply = wording.standing(
            survey,
            standing.sign_up,
            standing.place_in_line,
            visit.language,
            Form.TEXT,
        )
    return visit.page("public/survey_done.html", standing=wording.on_page(reply, visit.language))


async def _form(
    visit: Visit,
    session: AsyncSession,
    person: Person,
    survey: Survey,
    status: int = 200,
) -> Response:
    own = await sign_ups.of_person(session, person, survey)
    return visit.page(
        "public/survey.html",
        status,
        survey=survey,
        details=wording.event_details(survey, visit.language, Form.TEXT),
        is_event=survey.kind is SurveyKind.EVENT,
        chosen=await answers.chosen(session, person, survey),
        event_choice=_event_choice(own),
        own_companions=own.companions if own is not None else 0,
        companions=COMPANIONS,
        needs_answer=status != 200,
    )


def _event_choice(own: SignUp | None) -> int:
    """Return the answer that an invitation had; 0 for none."""
    if own is None:
        return 0
    if own.answer is SignUpAnswer.NOT_COMING:
        return EventChoice.NOT_COMING
    return EventChoice.WITH_OTHERS if own.companions else EventChoice.COMING


async def _check(
    visit: Visit,
    session: AsyncSession,
) -> tuple[Person, Survey | None]:
    """Return the person of the link, locked, and the survey; None once nobody can answer it.

    The link of a record that became part of another one is answered by the one that goes on.
    Raises HTTPException 404 when the link was altered or has ended, or the person was erased.
    """
    written_token = visit.request.path_params["token"]
    token = links.read(visit.runtime.keyring, written_token, visit.now)
    named_id = token.person_id if token else NOBODY
    survey_id = token.survey_id if token else NOBODY
    person_id = await splitting.going_on(session, named_id)
    person = await session.get(Person, person_id, with_for_update=True)
    survey = await session.get(Survey, survey_id)
    if token is None or survey is None or person is None or person.forgotten_at is not None:
        raise HTTPException(404)
    asked = await answers.asked(
        session,
        person,
        survey.id,
        survey.kind,
        visit.now,
    )
    match asked:
        case Refusal.NOT_ASKED:
            raise HTTPException(404)
        case Refusal():
            return person, None
        case _:
            return person, asked


ROUTES = [
    Page("/s/{token}", ask, may=ANYONE),
    Page(
        "/s/{token}",
        answer,
        may=ANYONE,
        methods=("POST",),
        is_proof=True,
    ),
]
