"""The end of a crisis: its outcome is written down, people are thanked and asked where they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import selection
from bot.consular.broadcasts import fan_out, place_question_words, place_questions
from bot.consular.crises import areas, course, crises
from bot.consular.errors import ConsularError
from bot.messages import Channel, Content, Form, Language
from bot.models import BroadcastKind, Crisis, CrisisEntryKind, Lane, Staff, closures
from bot.text import catalogues, sms, text

# Those who told us how they are.
ANSWERED = ("safe", "help", "evacuate", "staying")


async def close(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    outcome: str,
    thanks: bool,
    now: datetime,
) -> None:
    """Close a crisis with its outcome, in an officer's words. Raises ConsularError.

    `thanks`: those who answered are thanked, by day, and asked whether their place is the same.
    """
    if not text.clean(outcome, course.MAX_WORDS_CHARS):
        raise ConsularError("Write how it ended.")
    await crises.close(session, staff, crisis, now)
    await course.write(
        session,
        staff,
        crisis,
        outcome,
        now,
        CrisisEntryKind.OUTCOME,
    )
    if thanks:
        await _thank(session, crisis, now)


async def _thank(session: AsyncSession, crisis: Crisis, now: datetime) -> None:
    covered = areas.audience(crises.countries_of(crisis), crisis.area)
    answered = {"status": {"crisis": crisis.id, "is": list(ANSWERED)}}
    audience = {"all": [covered, answered]}
    await fan_out.create(
        session,
        BroadcastKind.ADVISORY,
        Lane.ROUTINE,
        _contents(crisis),
        audience,
        crisis.drill,
        now,
        real_people=crisis.real_people,
    )
    people = selection.everyone_in(audience, now, crisis.drill, crisis.real_people)
    has_chat = closures.has_open_address((Channel.TELEGRAM,))  # an SMS thanks, and asks nothing
    await place_questions.note_asked(session, people.where(has_chat), now)


def _contents(crisis: Crisis) -> fan_out.Contents:
    """Write the thanks by language and form."""
    contents: fan_out.Contents = {}
    for language in text.LANGUAGES:
        contents[language] = _thanks(language, crisis.public_names[language])
    return contents


def _thanks(language: Language, name: str) -> dict[str, object]:
    contents: dict[str, object] = {}
    for form in Form:
        words = catalogues.say("crisis_over", language, form, name=name)
        if form is Form.TEXT:
            words = sms.for_sms(words)
        buttons = place_question_words.answers(language, form) if form is Form.CHAT else ()
        contents[form.value] = Content(words, buttons, language=language).to_json()
    return contents
