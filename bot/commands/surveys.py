"""`tammen surveys`: write, submit, approve and close surveys and events; see what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground, survey_files
from bot.commands.ground import Code
from bot.consular.changes import changes
from bot.consular.changes.kinds import SurveyOpening
from bot.consular.errors import ConsularError
from bot.consular.surveys import course, drafts, figures, sign_ups, ways
from bot.consular.surveys.drafts import Draft
from bot.consular.surveys.figures import ANYBODY
from bot.models import Survey, SurveyFigure
from bot.runtime.characters import spelled_out
from bot.runtime.runtime import Runtime
from bot.text.text import LANGUAGES

app = typer.Typer(
    no_args_is_help=True,
    help="Surveys and events: draft, preview, submit, approve, close; results, and who comes.",
)

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
WordsFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The survey as JSON; see the docs.")
]


@app.command("list")
def list_(by: By, as_json: AsJson = False) -> None:
    """List the surveys that the account may see, the newest first."""
    ground.run(_list(by, as_json))


async def _list(by: str, as_json: bool) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        surveys = [_summary(survey) for survey in await drafts.listed(session, staff)]
    if as_json:
        ground.show_json(surveys)
        return
    for survey in surveys:
        title = survey["titles"][LANGUAGES[0]]
        line = f"{survey['id']}\t{survey['kind']}\t{survey['state']}\t{title}"
        typer.echo(spelled_out(line))


def _summary(survey: Survey) -> dict[str, Any]:
    return {
        "id": survey.id,
        "kind": survey.kind.value,
        "state": survey.state.value,
        "titles": survey.titles,
        "audience": survey.audience,
        "ends_at": survey.ends_at.isoformat(),
    }


@app.command()
def draft(words: WordsFile, by: By, as_json: AsJson = False) -> None:
    """Write a draft out of a JSON file; nobody is asked anything yet."""
    ground.run(
        _draft(
            survey_files.read(words),
            by,
            as_json,
        )
    )


async def _draft(written: Draft, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        survey = await drafts.write(
            session,
            staff,
            written,
            runtime.clock(),
        )
        shown = _summary(survey)
    _say_state(
        shown["id"],
        "draft",
        as_json,
    )


@app.command()
def preview(number: Id, by: By, as_json: AsJson = False) -> None:
    """Say what people would read, whom it would ask now, and how they could answer."""
    ground.run(
        _preview(
            number,
            by,
            as_json,
        )
    )


async def _preview(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        survey = await drafts.get(
            session,
            staff,
            number,
        )
        shown = await _previewed(
            runtime,
            session,
            survey,
        )
    if as_json:
        ground.show_json(shown)
        return
    for language in LANGUAGES:
        for text in shown["sms"][language]:
            typer.echo(spelled_out(text))
    for name, count in shown["people"].items():
        ground.out.print(f"{name}: {count}")


async def _previewed(runtime: Runtime, session: AsyncSession, survey: Survey) -> dict[str, Any]:
    has_link = runtime.settings.public_url is not None
    reached = await ways.preview(
        session,
        survey,
        has_link,
        runtime.clock(),
    )
    people = {"asked": reached.asked}
    for way, count in reached.by_way.items():
        people["unreachable" if way is ways.Way.NONE else way.value] = count
    people |= {"in_crisis": reached.in_crisis, "stopped": reached.stopped}
    return {
        "id": survey.id,
        "sms": {language: drafts.written(survey, language) for language in LANGUAGES},
        "parts": reached.parts,
        "people": people,
    }


@app.command()
def submit(number: Id, by: By, as_json: AsJson = False) -> None:
    """Ask a second person to open a survey."""
    ground.run(
        _submit(
            number,
            by,
            as_json,
        )
    )


async def _submit(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        change = await changes.propose(
            session,
            staff,
            SurveyOpening(number),
            runtime.clock(),
        )
        change_id = change.id
    if as_json:
        ground.show_json({"id": number, "change": change_id})
        return
    ground.out.print(f"id: {number}")
    ground.out.print(f"change: {change_id}")


@app.command()
def approve(number: Id, by: By, code: Code = "", as_json: AsJson = False) -> None:
    """Open a survey as a second person: people are asked by day from now on."""
    ground.run(
        _approve(
            number,
            by,
            code,
            as_json,
        )
    )


async def _approve(number: int, by: str, code: str, as_json: bool) -> None:
    await ground.prove(by, code)
    async with ground.acting(by) as (runtime, session, staff):
        change = await changes.of_survey(session, number)
        if change is None:
            raise ConsularError("No survey of this number waits for a second person.")
        await changes.approve(
            session,
            staff,
            change.id,
            runtime.clock(),
        )
    _say_state(
        number,
        "open",
        as_json,
    )


@app.command()
def show(number: Id, by: By, as_json: AsJson = False) -> None:
    """Print a survey with all its words, in both languages."""
    ground.run(
        _show(
            number,
            by,
            as_json,
        )
    )


async def _show(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        survey = await drafts.get(
            session,
            staff,
            number,
        )
        shown = {
            **_summary(survey),
            "venues": survey.venues,
            "starts_at": survey.starts_at.isoformat() if survey.starts_at else None,
            "seats": survey.seats,
            "questions": survey.questions,
        }
        texts = [text for language in LANGUAGES for text in drafts.written(survey, language)]
    if as_json:
        ground.show_json(shown)
        return
    ground.out.print(f"id: {number}")
    ground.out.print(f"state: {shown['state']}")
    for text in texts:
        typer.echo(spelled_out(text))


@app.command()
def results(number: Id, by: By, as_json: AsJson = False) -> None:
    """Print the counts, and the published figures: at least so many people, never below five."""
    ground.run(
        _results(
            number,
            by,
            as_json,
        )
    )


async def _results(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        survey = await drafts.get(
            session,
            staff,
            number,
        )
        counts = await course.count(session, survey)
        published = await figures.of_survey(
            session,
            staff,
            number,
        )
        lines = [_figure(survey, figure) for figure in published]
    if as_json:
        ground.show_json({"id": number, "counts": counts, "figures": lines})
        return
    for name, count in counts.items():
        ground.out.print(f"{name}: {count}")
    for line in lines:
        place = line["city"] or line["country"] or "everybody"
        answer = line["answer"]["en"] if line["answer"] else "anybody"
        typer.echo(spelled_out(f"{place}\t{line['question']}\t{answer}\t{line['people']}"))


def _figure(survey: Survey, figure: SurveyFigure) -> dict[str, Any]:
    answers = survey.questions[figure.question - 1]["answers"]
    answer = None if figure.choice == ANYBODY else answers[figure.choice - 1]
    return {
        "country": figure.country or None,
        "city": figure.city or None,
        "question": figure.question,
        "answer": answer,
        "people": figure.people,
    }


@app.command()
def names(number: Id, by: By, as_json: AsJson = False) -> None:
    """List who comes to an event and who waits; the audit trail notes the look at each."""
    ground.run(
        _names(
            number,
            by,
            as_json,
        )
    )


async def _names(number: int, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        survey = await drafts.get(
            session,
            staff,
            number,
        )
        listed: list[dict[str, Any]] = []
        for own, person in await sign_ups.names(
            session,
            staff,
            survey,
            runtime.clock(),
        ):
            line = {
                "person": person.id,
                "name": person.name,
                "answer": own.answer.value,
                "companions": own.companions,
            }
            listed.append(line)
    if as_json:
        ground.show_json(listed)
        return
    for line in listed:
        name = line["name"] or "-"
        text = f"{line['person']}\t{line['answer']}\t{name}\t+{line['companions']}"
        typer.echo(spelled_out(text))


@app.command()
def close(number: Id, by: By, as_json: AsJson = False) -> None:
    """Close an open survey before its end."""
    ground.run(
        _step(
            number,
            by,
            as_json,
            course.close,
            "closed",
        )
    )


@app.command()
def cancel(number: Id, by: By, as_json: AsJson = False) -> None:
    """Give a draft up."""
    ground.run(
        _step(
            number,
            by,
            as_json,
            drafts.cancel,
            "cancelled",
        )
    )


async def _step(
    number: int,
    by: str,
    as_json: bool,
    step: Any,
    state: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        survey = await drafts.get(
            session,
            staff,
            number,
            is_locked=True,
        )
        await step(
            session,
            staff,
            survey,
            runtime.clock(),
        )
    _say_state(
        number,
        state,
        as_json,
    )


def _say_state(number: int, state: str, as_json: bool) -> None:
    if as_json:
        ground.show_json({"id": number, "state": state})
        return
    ground.out.print(f"id: {number}")
    ground.out.print(f"state: {state}")
