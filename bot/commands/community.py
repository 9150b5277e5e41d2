"""`tammen community`: figures of profiles, as they are published."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands import ground
from bot.consular.people import profile_figures, profile_words
from bot.consular.people.profile_figures import ANYBODY

app = typer.Typer(no_args_is_help=True, help="Work, skills and languages of the community.")

By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


@app.command()
def figures(
    country: Annotated[str, typer.Argument(metavar="CC")],
    by: By,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print the published figures of a country: at least so many people, never below five."""
    ground.run(_figures(country.upper(), by, as_json))


async def _figures(country: str, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (_runtime, session, staff):
        published = await profile_figures.of_country(session, staff, country)
    if as_json:
        entries = []
        for figure in published:
            entry = {
                "country": figure.country,
                "city": figure.city or None,
                "question": figure.dimension,
                "answer": figure.code or None,
                "people": figure.people,
                "published_at": figure.published_at,
            }
            entries.append(entry)
        ground.show_json(entries)
        return
    for figure in published:
        place = figure.city or figure.country
        answer = "anybody"
        if figure.code != ANYBODY:
            answer = profile_words.name(figure.dimension, figure.code, "en")
        ground.out.print(f"{place}: {figure.dimension}, {answer}: {figure.people}")
    ground.out.print(f"figures: {len(published)}")


@app.command()
def publish(by: By) -> None:
    """Publish figures now instead of waiting for the daily run."""
    ground.run(_publish(by))


async def _publish(by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        await profile_figures.publish_by(session, staff, runtime.clock())
    ground.out.print("published")
