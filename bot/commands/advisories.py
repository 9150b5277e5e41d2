"""`tammen advisories`: the console's functions, for the night the console is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import drafting, figures, ground
from bot.commands.drafting import By, Files, Id
from bot.commands.ground import Code, CommandError
from bot.consular.advisories import corrections, lifecycle, wording
from bot.consular.advisories.wording import Draft
from bot.consular.audiences import reach
from bot.consular.audiences.answering import Sending
from bot.messages import Language
from bot.models import Advisory, AdvisoryText, Staff
from bot.runtime.characters import spelled_out
from bot.signals import paces
from bot.text.text import LANGUAGES

app = typer.Typer(
    no_args_is_help=True,
    help="Write, submit, approve and cancel advisories; see what became of them.",
)

Reason = Annotated[str, typer.Option(help="Why, in a sentence.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Step = Callable[[AsyncSession, Staff, Advisory, datetime], Awaitable[Any]]
SHOWN_FIGURES = ("recipients", "delivered_share", "seconds_to_95")


app.command()(drafting.draft)
app.command()(drafting.edit)


@app.command("list")
def list_() -> None:
    """List the newest fifty: number, state, headline."""
    ground.run(_list())


async def _list() -> None:
    async with ground.reading() as (_runtime, session):
        for advisory in await lifecycle.recent(session):
            headline = advisory.headline(LANGUAGES[0])
            line = f"{advisory.id}\t{advisory.state.value}\t{headline}"
            typer.echo(spelled_out(line))


@app.command()
def preview(number: Id, as_json: AsJson = False) -> None:
    """Say whom it would reach and what it would take if it went out now."""
    ground.run(_preview(number, as_json))


async def _preview(number: int, as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        advisory = await lifecycle.get(session, number)
        if not advisory.audience:
            raise CommandError("nobody is chosen yet: `advisories edit ID --audience FILE`")
        rates = await paces.rates(runtime)
        contents = wording.contents(advisory)
        estimate = await reach.estimate(
            session,
            advisory.audience,
            contents,
            rates,
            runtime.clock(),
            advisory.drill,
        )
    shown = figures.estimate(estimate)
    sending = Sending(asks=False, has_link=runtime.settings.public_url is not None)
    shown["answering_in_words"] = figures.answering_in_words(estimate, sending)
    if as_json:
        ground.show_json(shown)
    else:
        _print_preview(shown)


def _print_preview(shown: dict[str, Any]) -> None:
    del shown["answering"]
    sentences = shown.pop("answering_in_words")
    for name, figure in shown.items():
        ground.out.print(f"{name}: {figure}", markup=False)
    for line in sentences["en"]:
        ground.out.print(line, markup=False, soft_wrap=True)


@app.command()
def submit(number: Id, by: By) -> None:
    """Hand a draft to somebody else for approval."""
    ground.run(_act(number, by, lifecycle.submit))


@app.command()
def approve(number: Id, by: By, code: Code = "") -> None:
    """Approve it, by somebody other than the submitter; sending begins at once."""
    ground.run(_approve(number, by, code))


async def _approve(number: int, by: str, code: str) -> None:
    await ground.prove(by, code)
    await _act(number, by, lifecycle.approve)


@app.command("return")
def return_(number: Id, by: By, reason: Reason) -> None:
    """Return a submitted one to its author, with a reason."""

    async def step(
        session: AsyncSession,
        staff: Staff,
        advisory: Advisory,
        now: datetime,
    ) -> None:
        await lifecycle.return_(
            session,
            staff,
            advisory,
            reason,
            now,
        )

    ground.run(_act(number, by, step))


@app.command()
def override(number: Id, by: By, reason: Reason) -> None:
    """Send a submitted one without a second person, in an emergency; every approver hears of it."""

    async def step(
        session: AsyncSession,
        staff: Staff,
        advisory: Advisory,
        now: datetime,
    ) -> None:
        await lifecycle.override(
            session,
            staff,
            advisory,
            reason,
            now,
        )

    ground.run(_act(number, by, step))


@app.command()
@drafting.with_files()
def correct(number: Id, *, by: By, **files: Path | None) -> None:
    """Stop it, begin a correction for those who got it, and print the id of the correction."""
    ground.run(_correct(number, by, files))


async def _correct(number: int, by: str, files: Files) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        wrong = await lifecycle.get(session, number)
        right = await corrections.begin(session, staff, wrong, runtime.clock())
        if any(files.values()):
            draft = _corrected(right, files)
            await lifecycle.edit(
                session,
                staff,
                right,
                draft,
                runtime.clock(),
            )
        correction_id = right.id
    ground.out.print(f"id: {correction_id}")


def _corrected(wrong: Advisory, files: Files) -> Draft:
    """Return the right texts, without the shorter SMS, which shortened the wrong ones."""
    texts: dict[Language, AdvisoryText] = {}
    for language, text in wrong.texts.items():
        texts[language] = replace(text, sms="")
    return replace(Draft.of(wrong), texts=drafting.read_texts(files, texts))


@app.command()
def cancel(
    number: Id,
    by: By,
    tell: Annotated[bool, typer.Option("--tell", help="Notify those who got it.")] = False,
) -> None:
    """Withdraw it; what is queued is not sent."""
    ground.run(_act(number, by, partial(corrections.withdraw, tell=tell)))


async def _act(number: int, by: str, step: Step) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        advisory = await lifecycle.get(session, number)
        await step(session, staff, advisory, runtime.clock())
        state = advisory.state
    drafting.show_state(number, state)


@app.command()
def show(number: Id, as_json: AsJson = False) -> None:
    """Show an advisory and how many people it reached."""
    ground.run(_show(number, as_json))


async def _show(number: int, as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        shown = await figures.advisory(session, await lifecycle.get(session, number))
    if as_json:
        ground.show_json(shown)
        return
    headlines = [figures.headline_name(language) for language in LANGUAGES]
    for name in ("id", "state", *headlines, *SHOWN_FIGURES):
        ground.out.print(f"{name}: {shown[name]}", markup=False)
    for state, people in shown["counts"].items():
        ground.out.print(f"  {state}: {people}")
