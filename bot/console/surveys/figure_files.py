"""The published figures of a survey: as tables of its page, and as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bot.console.surveys import writing
from bot.consular.reference import places
from bot.consular.surveys import course, figures
from bot.consular.surveys.audiences import countries_of
from bot.consular.surveys.figures import ANYBODY, EVERYWHERE, WHOLE_COUNTRY
from bot.documents import sheets
from bot.documents.parts import Cell, Number, Table
from bot.messages import Language
from bot.models import Survey, SurveyFigure, SurveyKind
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit
from bot.text import spreadsheets
from bot.text.text import in_language

HEADINGS = (N_("Country"), N_("City"), N_("Question"), N_("Answer"), N_("People, at least"))
COUNTS = {
    "asked": N_("Asked"),
    "unreachable": N_("Not reachable"),
    "coming": N_("Answered that they come"),
    "people": N_("Come, with their companions"),
    "waiting": N_("On the waiting list"),
    "not_coming": N_("Do not come"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """The figures of a place for one question; `figures` are those of its answers, by number."""

    place: str
    question: str
    answered: int  # at least so many, 0 where it is not shown
    figures: Sequence[tuple[str, int]]


def tables(
    survey: Survey,
    published: Sequence[SurveyFigure],
    visit: Visit,
) -> list[Block]:
    """Sort the figures by place and question, with the words of every answer."""
    people: dict[tuple[str, str, int], dict[int, int]] = {}
    for figure in published:
        place = (figure.country, figure.city, figure.question)
        people.setdefault(place, {})[figure.choice] = figure.people
    blocks: list[Block] = []
    for (country, city, number), by_choice in people.items():
        if not _is_repeated(
            survey,
            country,
            city,
        ):
            place_name = _place(
                country,
                city,
                visit,
            )
            question = survey.questions[number - 1]
            blocks.append(
                _block(
                    place_name,
                    question,
                    by_choice,
                    visit.language,
                )
            )
    return blocks


def _block(
    place_name: str,
    question: Mapping[str, Any],
    by_choice: Mapping[int, int],
    language: Language,
) -> Block:
    answers: list[tuple[str, int]] = []
    for choice, words in enumerate(question["answers"], 1):
        label = in_language(words, language)
        people = by_choice.get(choice, 0)
        answers.append((label, people))
    return Block(
        place_name,
        in_language(question["words"], language),
        by_choice.get(ANYBODY, 0),
        answers,
    )


def _is_repeated(survey: Survey, country: str, city: str) -> bool:
    """Tell whether a place is all there is: the only country of a survey."""
    is_country = country != EVERYWHERE and city == WHOLE_COUNTRY
    return is_country and countries_of(survey.audience) == [country]


def _place(country: str, city: str, visit: Visit) -> str:
    if country == EVERYWHERE:
        return visit.say(N_("Everybody"))
    if city == WHOLE_COUNTRY:
        return places.country_name(country, visit.language)
    return places.city_name(city, visit.language)


async def download_csv(visit: Visit) -> Response:
    """Send the results as CSV."""
    table = await _table(visit)
    rows: list[Sequence[str]] = [table.headings]
    for cells in table.rows:
        rows.append([cell.text if isinstance(cell, Number) else cell for cell in cells])
    written = spreadsheets.UTF_8_MARK + spreadsheets.lines(rows)
    return _file(
        written.encode(),
        spreadsheets.CSV_TYPE,
        visit,
        "csv",
    )


async def download_xlsx(visit: Visit) -> Response:
    """Send the results as XLSX."""
    sheet = sheets.Sheet(
        visit.say(N_("Results")),
        (),
        await _table(visit),
    )
    content = await asyncio.to_thread(
        sheets.book,
        visit.language,
        [sheet],
    )
    return _file(
        content,
        spreadsheets.XLSX_TYPE,
        visit,
        "xlsx",
    )


async def _table(visit: Visit) -> Table:
    survey = await writing.of_visit(visit)
    async with visit.runtime.db.read() as session:
        counts = await course.count(session, survey)
        published = await figures.of_survey(
            session,
            visit.staff,
            survey.id,
        )
    headings = [visit.say(heading) for heading in HEADINGS]
    rows = [
        _count_cells(
            visit,
            name,
            counts[name],
        )
        for name in COUNTS
        if name in counts
    ]
    if survey.kind is SurveyKind.SURVEY:
        rows += [
            _figure_cells(
                visit,
                survey,
                figure,
            )
            for figure in published
        ]
    return Table(headings, rows)


def _count_cells(visit: Visit, name: str, people: int) -> list[Cell]:
    label = visit.say(COUNTS[name])
    return ["", "", "", label, Number(people, str(people))]


def _figure_cells(visit: Visit, survey: Survey, figure: SurveyFigure) -> list[Cell]:
    country = ""
    if figure.country != EVERYWHERE:
        country = places.country_name(figure.country, visit.language)
    city = ""
    if figure.city != WHOLE_COUNTRY:
        city = places.city_name(figure.city, visit.language)
    question = survey.questions[figure.question - 1]
    answer = visit.say(N_("anybody who answered"))
    if figure.choice != ANYBODY:
        answer = in_language(question["answers"][figure.choice - 1], visit.language)
    return [
        country,
        city,
        in_language(question["words"], visit.language),
        answer,
        Number(figure.people, str(figure.people)),
    ]


def _file(content: bytes, media_type: str, visit: Visit, ending: str) -> Response:
    name = f"tammen-survey-{visit.number('id')}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        content,
        media_type=media_type,
        headers=headers,
    )


ROUTES = [
    Page(
        "/surveys/{id:int}/results.csv",
        download_csv,
        may="advisories",
    ),
    Page(
        "/surveys/{id:int}/results.xlsx",
        download_xlsx,
        may="advisories",
    ),
]
