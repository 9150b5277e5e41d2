"""`tammen communities`: who is registered where, beside the estimates of how many live there."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.consular.people import communities
from bot.consular.people.communities import Community
from bot.consular.reference import estimates

app = typer.Typer(
    no_args_is_help=True,
    help="Registered people by country and city, beside estimates of all who live there.",
)

By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
Place = Annotated[str, typer.Argument(metavar="CC[/CITY]", help="TR, or TR/Istanbul.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def figures(community: Community) -> dict[str, Any]:
    """Return a community as JSON. `share` is registered ÷ estimated."""
    estimate = community.estimate
    last_confirmed = community.last_confirmed
    return {
        "country": community.country,
        "city": community.city or None,
        "registered": community.registered,
        "doubtful": community.doubtful,
        "unregistered": community.unregistered,
        "with_them": community.with_them,
        "median_days": community.median_days,
        "last_confirmed": last_confirmed.isoformat() if last_confirmed else None,
        "estimated": estimate.people if estimate else None,
        "share": community.share,
        "source": estimate.source if estimate else None,
        "dated": estimate.dated.isoformat() if estimate else None,
        "entered_at": estimate.entered_at.isoformat() if estimate else None,
    }


@app.command("list")
def list_(
    by: By,
    country: Annotated[
        str,
        typer.Option(metavar="CC", help="The cities of this country instead of all countries."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the communities, the most registered people first."""
    ground.run(_list(by, country.upper(), as_json))


async def _list(by: str, country: str, as_json: bool) -> None:
    async with ground.reading() as (runtime, session):
        staff = await ground.account(session, by)
        now = runtime.clock()
        if country:
            counted = await communities.by_city(session, staff, country, now)
        else:
            counted = await communities.by_country(session, staff, now)
    in_order = communities.in_order(counted, "registered")
    if as_json:
        ground.show_json([figures(community) for community in in_order])
        return
    for community in in_order:
        ground.out.print(_line(community), markup=False)


def _line(community: Community) -> str:
    words = [
        community.city or community.country,
        f"registered {community.registered}",
        f"doubtful {community.doubtful}",
        f"not registered {community.unregistered}",
    ]
    if community.median_days is not None:
        words.append(f"half confirmed within {community.median_days} days")
    estimate = community.estimate
    if estimate is not None and community.share is not None:
        words.append(
            f"estimated {estimate.people} ({community.share:.0%} registered; "
            f"{estimate.source}, {estimate.dated})"
        )
    return " · ".join(words)


@app.command("set")
def set_(
    place: Place,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="How many live there.")],
    source: Annotated[str, typer.Option(help="Where the figure comes from.")],
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day of the figure.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Enter an estimate, in place of the one before."""
    ground.run(_set(place, figure, source, date, by, as_json))


async def _set(place: str, figure: str, source: str, date: str, by: str, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        estimate = await estimates.set_estimate(
            session,
            staff,
            _named(place),
            figure,
            source,
            date,
            runtime.clock(),
        )
        entered = {
            "id": estimate.id,
            "country": estimate.country,
            "city": estimate.city or None,
            "estimated": estimate.people,
            "source": estimate.source,
            "dated": estimate.dated.isoformat(),
        }
    if as_json:
        ground.show_json(entered)
        return
    ground.out.print(f"id: {entered['id']}")
    ground.out.print(f"estimated: {entered['estimated']}")


@app.command()
def remove(place: Place, by: By) -> None:
    """Take the estimate of a place away."""
    ground.run(_remove(place, by))


async def _remove(place: str, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        await estimates.remove(session, staff, _named(place), runtime.clock())
    ground.out.print("removed", markup=False)


def _named(place: str) -> str:
    """Write the country of a place in capitals: `tr/Istanbul` is meant as `TR/Istanbul`."""
    country, separator, city = place.strip().partition("/")
    return f"{country.upper()}{separator}{city.strip()}"
