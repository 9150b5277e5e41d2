"""What people read of a survey: the question with its answers, and what became of an answer.

An answer is a button; on a screen without buttons it is a numbered line. Its payload names the
survey and the question, so that no answer is ever taken for that of another survey.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any

from bot.consular.reference import timezones
from bot.consular.surveys.audiences import countries_of
from bot.messages import Form, Language, Option, Reply, TextKey, Verbatim
from bot.models import SignUp, SignUpAnswer, Survey, SurveyKind
from bot.text import catalogues, rendering, sms, times
from bot.text.text import in_language

EVENT = "event"  # of payloads: `/event 12 1`
COMPANIONS = "event_with"  # `/event_with 12 3`
QUESTION = "survey"  # `/survey 12 1 3`
MAX_COMPANIONS = 8
FIRST_QUESTION = 1


class EventChoice(IntEnum):
    """The answers to an invitation, by the numbers of their lines."""

    COMING = 1
    WITH_OTHERS = 2
    NOT_COMING = 3


EVENT_LABELS = {
    EventChoice.COMING: "survey_coming",
    EventChoice.WITH_OTHERS: "survey_with_others",
    EventChoice.NOT_COMING: "survey_not_coming",
}


def opening(
    survey: Survey,
    language: Language,
    form: Form,
) -> Reply:
    """Word what a survey asks first."""
    if survey.kind is SurveyKind.EVENT:
        return invitation(survey, language, form)
    return question(survey, FIRST_QUESTION, language)


def invitation(
    survey: Survey,
    language: Language,
    form: Form,
) -> Reply:
    """Word the invitation to an event."""
    return Reply(
        "survey_event",
        event_details(survey, language, form),
        event_options(survey),
    )


def event_details(
    survey: Survey,
    language: Language,
    form: Form,
) -> dict[str, Any]:
    """Return what a text may name of an event."""
    return {
        "title": in_language(survey.titles, language),
        "venue": in_language(survey.venues, language),
        "when": moment(survey, survey.starts_at or survey.ends_at, language, form),
        "until": moment(survey, survey.ends_at, language, form),
    }


def moment(
    survey: Survey,
    at: datetime,
    language: Language,
    form: Form,
) -> str:
    """Word a time in the zone of the countries that are asked; in UTC where they have several."""
    zones = {timezones.of(country, None) for country in countries_of(survey.audience)}
    zone = zones.pop() if len(zones) == 1 else None
    if zone is not None:
        return times.spoken(at, zone, language)
    return catalogues.say(
        "transport_utc",
        language,
        form,
        when=times.spoken(at, "UTC", language),
    )


def event_options(survey: Survey) -> tuple[Option, ...]:
    """Return the answers to an invitation."""
    options: list[Option] = []
    for choice, key in EVENT_LABELS.items():
        options.append(Option(TextKey(key), f"/{EVENT} {survey.id} {choice.value}"))
    return tuple(options)


def how_many(
    survey: Survey,
    sign_up: SignUp,
    language: Language,
    form: Form,
) -> Reply:
    """Ask how many come along, of whom one is counted until the answer comes."""
    key = "survey_how_many"
    if sign_up.answer is SignUpAnswer.WAITING:
        key = "survey_how_many_waiting"
    options: list[Option] = []
    for number in range(1, MAX_COMPANIONS + 1):
        label = catalogues.say("survey_companions", language, Form.TEXT, n=number)
        payload = f"/{COMPANIONS} {survey.id} {number}"
        options.append(Option(Verbatim(label), payload))
    return Reply(key, event_details(survey, language, form), tuple(options))


def question(
    survey: Survey,
    number: int,
    language: Language,
) -> Reply:
    """Word a question of a survey; `number` counts from 1."""
    asked = survey.questions[number - 1]
    count = len(survey.questions)
    details = {
        "title": in_language(survey.titles, language),
        "words": in_language(asked["words"], language),
        "number": number,
        "count": count,
    }
    key = "survey_question" if count == 1 else "survey_question_of"
    return Reply(key, details, question_options(survey, number, language))


def question_options(
    survey: Survey,
    number: int,
    language: Language,
) -> tuple[Option, ...]:
    """Return the answers to a question."""
    options: list[Option] = []
    for choice, words in enumerate(survey.questions[number - 1]["answers"], 1):
        label = Verbatim(in_language(words, language))
        payload = f"/{QUESTION} {survey.id} {number} {choice}"
        options.append(Option(label, payload))
    return tuple(options)


def thanks(
    survey: Survey,
    number: int,
    choice: int,
    language: Language,
    form: Form,
) -> Reply:
    """Acknowledge the last answer of a survey, with the way to change it."""
    chosen = survey.questions[number - 1]["answers"][choice - 1]
    details = {
        "answer": in_language(chosen, language),
        "until": moment(survey, survey.ends_at, language, form),
    }
    if len(survey.questions) == 1:
        options = question_options(survey, number, language)
        return Reply("survey_counted", details, options)
    again = Option(TextKey("survey_again"), f"/{QUESTION} {survey.id} 0 0")
    return Reply("survey_all_counted", details, (again,))


def standing(
    survey: Survey,
    sign_up: SignUp,
    place_in_line: int,
    language: Language,
    form: Form,
) -> Reply:
    """Say whether somebody is signed up for an event, with the answers that would change it."""
    details = {
        **event_details(survey, language, form),
        "n": sign_up.companions,
        "place": place_in_line,
    }
    return Reply(_standing_key(sign_up), details, event_options(survey))


def _standing_key(sign_up: SignUp) -> str:
    match sign_up.answer:
        case SignUpAnswer.WAITING:
            return "survey_waiting"
        case SignUpAnswer.NOT_COMING:
            return "survey_declined"
        case SignUpAnswer.COMING:
            return "survey_signed_with" if sign_up.companions else "survey_signed"


def no_room(
    survey: Survey,
    sign_up: SignUp,
    language: Language,
    form: Form,
) -> Reply:
    """Say that there is no room for more companions, and that the earlier answer holds."""
    key = "survey_no_room_with" if sign_up.companions else "survey_no_room"
    details = {**event_details(survey, language, form), "n": sign_up.companions}
    return Reply(key, details, event_options(survey))


def moved_up(
    survey: Survey,
    language: Language,
    form: Form,
) -> Reply:
    """Tell the next in line that a place is theirs."""
    return Reply(
        "survey_moved_up",
        event_details(survey, language, form),
        event_options(survey),
    )


def with_link(
    survey: Survey,
    link: str,
    language: Language,
    form: Form,
) -> Reply:
    """Word the question for a number whose answers do not come back: a page takes them."""
    details = {"title": in_language(survey.titles, language), "link": link}
    if survey.kind is SurveyKind.EVENT:
        details["when"] = moment(survey, survey.starts_at or survey.ends_at, language, form)
        return Reply("survey_event_link", details)
    return Reply("survey_link", details)


def on_page(
    reply: Reply,
    language: Language,
) -> str:
    """Word a reply for a page, where its choices are fields of a form."""
    return rendering.render(reply, language, Form.CHAT).text


def written(
    reply: Reply,
    language: Language,
) -> str:
    """Write a reply as an SMS shows it, its choices as numbered lines."""
    message = rendering.render(reply, language, Form.TEXT)
    lines = [message.text]
    for number, button in enumerate(message.buttons, 1):
        lines.append(f"{number}. {button.label}")
    return sms.for_sms("\n".join(lines))
