"""Reports at the command line: situation and after-action reports, contingency plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.crises import after_action, crises, plans, sitreps
from bot.consular.errors import ConsularError
from bot.consular.reference import posts
from bot.documents.parts import Document
from bot.messages import Language
from bot.models import Post
from bot.reports import after_action as after_action_words
from bot.reports import formats
from bot.reports import plans as plan_words
from bot.reports import sitreps as sitrep_words
from bot.reports.formats import Format
from bot.text.text import row_number

SitRepFormat = Literal["pdf", "xlsx", "html", "json"]
ReviewFormat = Literal["pdf", "html"]
CrisisNumber = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where to write it; else a file in this folder."),
]
Lang = Annotated[Literal["ar", "en"], typer.Option(help="Its language.")]


def sitrep(
    number: CrisisNumber,
    by: By,
    file_format: Annotated[
        SitRepFormat,
        typer.Option("--format", help="What it is written as; json: the figures."),
    ] = "pdf",
    lang: Lang = "ar",
    out: Out = None,
) -> None:
    """Make a situation report of this moment, keep it, and write it to a file."""
    ground.run(_sitrep(number, by, file_format, lang, out))


async def _sitrep(
    number: int,
    by: str,
    file_format: SitRepFormat,
    language: Language,
    out: Path | None,
) -> None:
    async with ground.opened(ground.load()) as runtime:
        async with runtime.db.read() as session:
            staff = await ground.account(session, by)
        sitrep_id = await sitreps.make(runtime.db, number, staff, runtime.clock())
        async with runtime.db.read() as session:
            reading = await sitreps.read(session, staff, sitrep_id)
    if file_format == "json":
        report = {"id": sitrep_id, "number": reading.sitrep.number, "at": reading.sitrep.at}
        ground.show_json({**report, **reading.figures})
        return
    document = sitrep_words.document(reading, language)
    name = f"sitrep-{number}-{reading.sitrep.number}"
    await _write(document, Format(file_format), name, out)


def sitrep_hours(
    number: CrisisNumber,
    hours: Annotated[int, typer.Argument(metavar="HOURS", help="0: never.")],
    by: By,
) -> None:
    """Let the worker make a situation report every so many hours."""
    ground.run(_sitrep_hours(number, hours, by))


async def _sitrep_hours(number: int, hours: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await crises.get(session, number)
        await sitreps.schedule(session, staff, crisis, hours, runtime.clock())
    ground.out.print(f"hours: {hours}")


def review(
    number: CrisisNumber,
    by: By,
    file_format: Annotated[
        ReviewFormat,
        typer.Option("--format", help="What it is written as."),
    ] = "pdf",
    lang: Lang = "ar",
    out: Out = None,
) -> None:
    """Write the after-action report of a closed crisis or drill to a file."""
    ground.run(_review(number, by, Format(file_format), lang, out))


async def _review(
    number: int,
    by: str,
    file_format: Format,
    language: Language,
    out: Path | None,
) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.snapshot() as session:
        staff = await ground.account(session, by)
        report = await after_action.report(session, staff, number, runtime.clock())
    document = after_action_words.document(report, language)
    await _write(document, file_format, f"after-action-{number}", out)


def plan(
    post: Annotated[
        str,
        typer.Argument(metavar="POST|COUNTRY", help="The post's number, or a country's code."),
    ],
    by: By,
    lang: Lang = "ar",
    out: Out = None,
) -> None:
    """Write the contingency plan of a post as PDF."""
    ground.run(_plan(post, by, lang, out))


async def _plan(
    name: str,
    by: str,
    language: Language,
    out: Path | None,
) -> None:
    post_id = row_number(name)
    async with ground.opened(ground.load()) as runtime, runtime.db.snapshot() as session:
        staff = await ground.account(session, by)
        if post_id is None:
            country = name.upper()
            of_country = await posts.covering(session, country)
            post = of_country[0] if of_country else None
        else:
            post = await session.get(Post, post_id)
            if post is None:
                raise ConsularError("There is no such post.")
            country = post.country
        figures = await plans.plan(session, staff, country, post, runtime.clock())
    document = plan_words.document(figures, language)
    await _write(document, Format.PDF, f"plan-{name.lower()}", out)


async def _write(
    document: Document,
    file_format: Format,
    name: str,
    out: Path | None,
) -> None:
    """Write a document to a file, and print where it is. Raises CommandError."""
    path = out or Path(f"{name}-{document.language}.{file_format.value}")
    content = await formats.write(document, file_format)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    ground.out.print(f"file: {path}", markup=False)
