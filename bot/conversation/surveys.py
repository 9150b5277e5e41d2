"""Answers to surveys: read before the conversation, which knows nothing of them.

A press names its survey. A typed number, label, yes or no is for what we asked last, or for the
question that the message points at. A cry for help is never an answer, and while a roll call waits
only a press is.
"""

from __future__ import annotations

import re

from bot import actions
from bot.actions import Context
from bot.consular.surveys import answers, sign_ups, wording
from bot.consular.surveys.answers import Refusal
from bot.consular.surveys.wording import EventChoice
from bot.conversation import asked
from bot.conversation.repeats import CRIES
from bot.dialogue import choices
from bot.messages import Kind, Option, Reply, Verbatim
from bot.models import SignUpAnswer, Survey, SurveyKind
from nlu.language import exact

ALONE = 0
WITH_ONE = 1  # until they say with how many
START_AGAIN = 0  # in the place of a question
_NUMBER = "([0-9]{1,18})"
_SMALL = "([0-9]{1,2})"
_EVENT = re.compile(rf"/{wording.EVENT} {_NUMBER} {_SMALL}")
_COMPANIONS = re.compile(rf"/{wording.COMPANIONS} {_NUMBER} {_SMALL}")
_QUESTION = re.compile(rf"/{wording.QUESTION} {_NUMBER} {_SMALL} {_SMALL}")
_REFUSALS = {
    Refusal.CLOSED: "survey_closed",
    Refusal.NOT_ASKED: "survey_not_asked",
    Refusal.NO_SUCH_ANSWER: "survey_no_such_answer",
}


async def reply(ctx: Context) -> Reply | None:
    """Take an answer to a survey, and return the reply to it; None for everything else."""
    if not await _may_answer(ctx):
        return None
    event = await asked.pressed(ctx, _EVENT)
    if event is not None:
        return await _of_event(ctx, int(event[1]), int(event[2]))
    companions = await asked.pressed(ctx, _COMPANIONS, _nothing)
    if companions is not None:
        return await _of_companions(ctx, int(companions[1]), int(companions[2]))
    question = await asked.pressed(ctx, _QUESTION, _label_that_agrees)
    if question is not None:
        number, choice = int(question[2]), int(question[3])
        return await _of_question(ctx, int(question[1]), number, choice)
    return await _beyond(ctx)


async def _beyond(ctx: Context) -> Reply | None:
    """Say that a typed number is that of no line, and show the lines again."""
    if ctx.inbound.kind is not Kind.TEXT or ctx.inbound.is_forwarded:
        return None
    number = choices.number(ctx.inbound.text)
    if number is None:
        return None
    options = await asked.offered(ctx)
    if not any(_is_answer(option.payload) for option in options):
        return None
    return Reply(_REFUSALS[Refusal.NO_SUCH_ANSWER], buttons=options)


def _is_answer(payload: str) -> bool:
    """Tell whether a button answers a survey."""
    return any(pattern.fullmatch(payload) for pattern in (_EVENT, _COMPANIONS, _QUESTION))


async def _may_answer(ctx: Context) -> bool:
    """Tell whether a message may be an answer to a survey at all."""
    if ctx.inbound.kind is Kind.BUTTON:
        return True
    if ctx.inbound.kind is not Kind.TEXT:
        return False
    is_cry = ctx.heard.intent in CRIES or exact.match(ctx.inbound.text) in CRIES
    if is_cry:
        return False
    return await actions.roll_call(ctx) is None


def _nothing(_ctx: Context, _options: tuple[Option, ...]) -> str:
    """Return nothing: "yes" is no number of people."""
    return ""


def _label_that_agrees(ctx: Context, options: tuple[Option, ...]) -> str:
    """Return the payload of the one answer that says yes, or no, as the message does."""
    intent = asked.meant(ctx)
    if intent not in {"affirm", "deny"}:
        return ""
    agreeing: list[str] = []
    for option in options:
        if not isinstance(option.label, Verbatim):
            continue
        if exact.match(option.label.text) == intent:
            agreeing.append(option.payload)
    return agreeing[0] if len(agreeing) == 1 else ""


async def _of_event(ctx: Context, survey_id: int, choice: int) -> Reply:
    """Take whether somebody comes."""
    survey = await _survey(ctx, survey_id, SurveyKind.EVENT)
    if isinstance(survey, Refusal):
        return Reply(_REFUSALS[survey])
    match choice:
        case EventChoice.COMING:
            return await _sign_up(ctx, survey, ALONE)
        case EventChoice.WITH_OTHERS:
            return await _with_others(ctx, survey)
        case EventChoice.NOT_COMING:
            standing = await sign_ups.decline(
                ctx.session,
                ctx.person,
                survey,
                ctx.now,
            )
            return wording.standing(survey, standing.sign_up, 0, ctx.language, ctx.address.form)
        case _:
            return Reply(_REFUSALS[Refusal.NO_SUCH_ANSWER])


async def _with_others(ctx: Context, survey: Survey) -> Reply:
    """Sign somebody up with one other, unless they said with how many; then ask how many."""
    own = await sign_ups.of_person(ctx.session, ctx.person, survey)
    has_told = own is not None and own.companions > ALONE
    if own is None or own.answer is SignUpAnswer.NOT_COMING or not has_told:
        standing = await sign_ups.sign_up(
            ctx.session,
            ctx.person,
            survey,
            WITH_ONE,
            ctx.now,
        )
        if standing.is_refused:
            return wording.no_room(survey, standing.sign_up, ctx.language, ctx.address.form)
        own = standing.sign_up
    return wording.how_many(survey, own, ctx.language, ctx.address.form)


async def _of_companions(ctx: Context, survey_id: int, companions: int) -> Reply:
    """Take how many come along."""
    survey = await _survey(ctx, survey_id, SurveyKind.EVENT)
    if isinstance(survey, Refusal):
        return Reply(_REFUSALS[survey])
    if not 1 <= companions <= wording.MAX_COMPANIONS:
        return Reply(_REFUSALS[Refusal.NO_SUCH_ANSWER])
    return await _sign_up(ctx, survey, companions)


async def _sign_up(ctx: Context, survey: Survey, companions: int) -> Reply:
    standing = await sign_ups.sign_up(
        ctx.session,
        ctx.person,
        survey,
        companions,
        ctx.now,
    )
    if standing.is_refused:
        return wording.no_room(survey, standing.sign_up, ctx.language, ctx.address.form)
    return wording.standing(
        survey,
        standing.sign_up,
        standing.place_in_line,
        ctx.language,
        ctx.address.form,
    )


async def _of_question(
    ctx: Context,
    survey_id: int,
    number: int,
    choice: int,
) -> Reply:
    """Take an answer to a question, and ask the next one."""
    survey = await _survey(ctx, survey_id, SurveyKind.SURVEY)
    if isinstance(survey, Refusal):
        return Reply(_REFUSALS[survey])
    if number == START_AGAIN:
        return wording.opening(survey, ctx.language, ctx.address.form)
    refusal = await answers.choose(
        ctx.session,
        ctx.person,
        survey,
        number,
        choice,
        ctx.now,
    )
    if refusal is not None:
        return Reply(_REFUSALS[refusal])
    if number < len(survey.questions):
        return wording.question(survey, number + 1, ctx.language)
    return wording.thanks(survey, number, choice, ctx.language, ctx.address.form)


async def _survey(
    ctx: Context,
    survey_id: int,
    kind: SurveyKind,
) -> Survey | Refusal:
    return await answers.asked(
        ctx.session,
        ctx.person,
        survey_id,
        kind,
        ctx.now,
    )
