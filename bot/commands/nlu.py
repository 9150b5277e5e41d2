"""`tammen nlu`: what the readers of texts did not understand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bot.commands import ground
from bot.consular.people import misunderstood as misunderstood_texts
from bot.consular.people.misunderstood import Text

DEFAULT_DAYS = 7

app = typer.Typer(no_args_is_help=True, help="What the readers of texts did not understand.")


@app.command()
def misunderstood(
    by: Annotated[str, typer.Option(metavar="E-MAIL", help="The account that reads.")],
    days: Annotated[
        int,
        typer.Option(min=1, max=90, help="How many days to look back."),
    ] = DEFAULT_DAYS,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show texts that were not understood, without names and numbers. The look is audited."""
    ground.run(_misunderstood(by, days, as_json))


async def _misunderstood(by: str, days: int, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        texts = await misunderstood_texts.recent(session, staff, days, runtime.clock())
    if as_json:
        ground.show_json([asdict(text) for text in texts])
    else:
        ground.out.print(_table(texts))


def _table(texts: list[Text]) -> Table:
    table = Table("received", "text", "guess", "confidence", "by")
    for text in texts:
        confidence = "" if text.confidence is None else f"{text.confidence:.2f}"
        table.add_row(
            f"{text.at:%Y-%m-%d %H:%M}",
            text.text,
            text.intent or "",
            confidence,
            text.understood_by or "",
        )
    return table
