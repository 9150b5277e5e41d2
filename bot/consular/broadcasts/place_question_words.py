"""The words of "are you still there?": two buttons, which a text has as a numbered list."""

from __future__ import annotations

from dataclasses import replace

from bot.consular.people import confirmations
from bot.consular.reference import places
from bot.messages import Button, Content, Form, Language
from bot.models import Person, PlaceQuestionKind
from bot.text import catalogues, sms
from bot.text.text import language_of

STILL_COMMAND = "still_there"
MOVED_COMMAND = "moved_away"


def is_answer(payload: str) -> bool:
    """Tell whether a button answers the question about the place."""
    return payload.startswith((f"/{STILL_COMMAND}", f"/{MOVED_COMMAND}"))


def question(person: Person, kind: PlaceQuestionKind, form: Form) -> Content:
    """Word the question for a screen: two buttons, which a text has as a numbered list."""
    language = language_of(person.language)
    place = _place(person, language)
    asked = wording(place, kind, language, form)
    return replace(asked, buttons=answers(language, form, person))


def wording(place: str, kind: PlaceQuestionKind, language: Language, form: Form) -> Content:
    """Word the question about a place, to nobody in particular."""
    words = catalogues.say(f"place_question_{kind.value}", language, form, place=place)
    if form is Form.TEXT:
        words = sms.for_sms(words)
    return Content(words, answers(language, form), language=language)


def answers(language: Language, form: Form, person: Person | None = None) -> tuple[Button, ...]:
    """Return the buttons of the question; with a person they name the place that they mean."""
    code = confirmations.code_of(person) if person is not None else None
    still_label = catalogues.say(
        "place_answer_still",
        language,
        form,
    )
    moved_label = catalogues.say(
        "place_answer_moved",
        language,
        form,
    )
    still_payload = confirmations.payload(STILL_COMMAND, code)
    return (
        Button(still_label, still_payload),
        Button(moved_label, f"/{MOVED_COMMAND}"),
    )


def _place(person: Person, language: Language) -> str:
    """Name the city, or the country where the city has no name in the language."""
    if person.city is not None and places.has_name(person.city, language):
        return places.city_name(person.city, language)
    return places.country_name(person.country or "", language)
