"""`tammen freshness`: how old the places on record are, and who is asked about theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from bot.commands import ground
from bot.consular.broadcasts import place_questions
from bot.consular.people import confirmations, search
from bot.consular.reference import freshness

app = typer.Typer(
    no_args_is_help=True,
    help="How old the places on record are, and who is asked whether they are still there.",
)
NOWHERE = "nowhere"


@app.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show by country who is present, who is doubtful, who is to be asked, and who cannot be."""
    ground.run(_show(as_json))


@app.command()
def curve() -> None:
    """Show the curve: for how many days a place is believed, and in how many of a hundred."""
    for days, percent in freshness.CURVE:
        ground.out.print(f"up to {days} days: {percent} %")
    oldest = freshness.UNKNOWN_PERCENT
    present = freshness.PRESENT_PERCENT
    ground.out.print(f"longer, or never: {oldest} %")
    ground.out.print(f"counted as present: {present} % and more")


async def _show(as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        now = runtime.clock()
        report = {"per_hour": runtime.settings.freshness_questions_per_hour}
        has_link = runtime.settings.public_url is not None
        due = await place_questions.count_due(
            session,
            now,
            has_link,
        )
        not_reachable = await place_questions.count_unreachable(
            session,
            now,
            has_link,
        )
        report["due"] = sum(due.values())
        report["not_reachable"] = sum(not_reachable.values())
        half_year = now - place_questions.REST
        questions = await confirmations.count_questions(session, half_year)
        everywhere = await search.by_country(session, now)
    countries = _countries(everywhere, due, not_reachable)
    if as_json:
        everything = {**report, **questions, "countries": countries}
        ground.show_json(everything)
        return
    _print(report | questions, countries)


def _print(report: Mapping[str, int], countries: Mapping[str, Mapping[str, int]]) -> None:
    for name, figure in report.items():
        ground.out.print(f"{name}: {figure}")
    for country, counts in countries.items():
        words = _words(counts)
        ground.out.print(f"  {country}: {words}", markup=False)


def _countries(
    everywhere: Sequence[tuple[str | None, int, int]],
    due: Mapping[str, int],
    not_reachable: Mapping[str, int],
) -> dict[str, dict[str, int]]:
    """Return the counts of each country; they are 0 where nobody is due."""
    countries: dict[str, dict[str, int]] = {}
    for code, people, stale in everywhere:
        country = code or NOWHERE
        countries[country] = {
            "people": people,
            "present": people - stale,
            "stale": stale,
            "due": due.get(country, 0),
            "not_reachable": not_reachable.get(country, 0),
        }
    return countries


def _words(counts: Mapping[str, int]) -> str:
    words: list[str] = []
    for name, count in counts.items():
        words.append(f"{name} {count}")
    return ", ".join(words)
