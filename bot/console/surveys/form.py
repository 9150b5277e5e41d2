"""The form of a survey: what was typed into it, what it means, and a survey written into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.consular.audiences import rules
from bot.consular.audiences.kinds import Cities
from bot.consular.crises import areas
from bot.consular.errors import ConsularError
from bot.consular.reference import places
from bot.consular.surveys.audiences import countries_of
from bot.consular.surveys.drafts import (
    MAX_ANSWERS,
    MAX_QUESTION_CHARS,
    MAX_QUESTIONS,
    Draft,
    Question,
)
from bot.messages import Language
from bot.models import Survey, SurveyKind
from bot.pages import zones
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.text.text import LANGUAGES, ascii_digits, row_number

MAX_CHARS = MAX_QUESTION_CHARS + 1  # one letter too many is refused, and never cut off
MAX_CITIES_CHARS = 4000
COMMAS: Mapping[Language, str] = {"ar": "، ", "en": ", "}
# The numbers of questions and answers in the form.
QUESTIONS = range(1, MAX_QUESTIONS + 1)
ANSWERS = range(1, MAX_ANSWERS + 1)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields of the form, by the name of the field; and the ticked countries."""

    kind: SurveyKind
    fields: Mapping[str, str] = field(default_factory=dict)
    countries: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """Return what stands in a field; "" where nothing does."""
        return self.fields.get(name, "")


def names() -> list[str]:
    """Return the names of all fields that hold text."""
    listed = ["starts_at", "ends_at", "seats", "cities"]
    for language in LANGUAGES:
        listed += [f"title_{language}", f"venue_{language}"]
        for number in QUESTIONS:
            listed.append(f"q{number}_{language}")
            listed += [f"q{number}_a{answer}_{language}" for answer in ANSWERS]
    return listed


def read(visit: Visit) -> Typed:
    """Read the form."""
    kind = SurveyKind.SURVEY
    if visit.field("kind") == SurveyKind.EVENT:
        kind = SurveyKind.EVENT
    fields: dict[str, str] = {}
    for name in names():
        most = MAX_CITIES_CHARS if name == "cities" else MAX_CHARS
        fields[name] = visit.field(name, most)
    countries = list(dict.fromkeys(visit.fields("country")))
    return Typed(
        kind,
        fields,
        countries,
    )


def draft(typed: Typed, zone: str) -> Draft:
    """Return what the form means. Raises ConsularError for what cannot be read."""
    ends_at = zones.read(typed["ends_at"], zone)
    if ends_at is None:
        raise ConsularError(N_("Write until when people can answer."))
    audience = {"countries": typed.countries} if typed.countries else {}
    if typed["cities"]:
        area = areas.of_fields(areas.Fields(cities=typed["cities"]), typed.countries)
        audience = area or audience
    return Draft(
        typed.kind,
        _words(typed, "title"),
        audience,
        ends_at,
        _words(typed, "venue"),
        zones.read(typed["starts_at"], zone),
        _seats(typed),
        tuple(_questions(typed)),
    )


def _seats(typed: Typed) -> int | None:
    digits = ascii_digits(typed["seats"])
    if not digits:
        return None
    return row_number(digits) or 0  # which is refused: an event has one place at least


def _questions(typed: Typed) -> list[Question]:
    """Return the questions that have anything written in them."""
    questions: list[Question] = []
    for number in QUESTIONS:
        answers: list[Mapping[str, str]] = []
        for answer in ANSWERS:
            words = _words(typed, f"q{number}_a{answer}")
            if any(words.values()):
                answers.append(words)
        words = _words(typed, f"q{number}")
        if any(words.values()) or answers:
            questions.append(Question(words, tuple(answers)))
    return questions


def _words(typed: Typed, name: str) -> dict[str, str]:
    return {language: typed[f"{name}_{language}"] for language in LANGUAGES}


def written(survey: Survey, zone: str, reader: Language) -> Typed:
    """Write a survey into the form."""
    fields = {
        "ends_at": zones.shown(survey.ends_at, zone),
        "starts_at": zones.shown(survey.starts_at, zone),
        "seats": str(survey.seats or ""),
        "cities": _cities(survey, reader),
    }
    for language in LANGUAGES:
        fields[f"title_{language}"] = survey.titles.get(language, "")
        fields[f"venue_{language}"] = survey.venues.get(language, "")
        for number, question in enumerate(survey.questions, 1):
            fields[f"q{number}_{language}"] = question["words"][language]
            for place, answer in enumerate(question["answers"], 1):
                fields[f"q{number}_a{place}_{language}"] = answer[language]
    return Typed(
        survey.kind,
        fields,
        countries_of(survey.audience),
    )


def _cities(survey: Survey, reader: Language) -> str:
    rule = rules.stored(survey.audience)
    if not isinstance(rule, Cities):
        return ""
    named = [places.city_name(city, reader) for city in rule.names]
    return COMMAS[reader].join(named)
