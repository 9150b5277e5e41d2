"""`python -m bench [NAME…]`: runs all measurements or some; exits with 1 on a missed target."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console

from bench import (
    audience,
    bulk,
    crises,
    databases,
    embedded,
    free_text,
    people,
    places,
    roster,
    sending,
    turns,
    watching,
    webhook,
)
from bench.databases import Databases
from bench.machine import cores, ground
from bench.report import Figure, show
from tests.servers import session

Measure = Callable[[Databases], Awaitable[list[Figure]]]
MEASURES: Mapping[str, tuple[str, Measure]] = {
    "webhook": ("Webhooks accepted", webhook.measure),
    "embedded": ("Webhooks accepted on SQLite", embedded.measure),
    "turns": ("Check-ins, webhook to reply handed over", turns.measure),
    "bulk": ("An advisory to 50,000 people", bulk.measure),
    "audience": ("An audience of 500,000 people", audience.measure),
    "roster": ("The people of a crisis with 100,000 people", roster.measure),
    "crises": ("Crises with 100,000 and 500,000 people", crises.measure),
    "sending": ("An advisory to 100,000 people, beside others that send", sending.measure),
    "watching": ("500 consoles and 5,000 phone pages, open and listening", watching.measure),
    "places": ("Places looked up among 52,000", places.measure),
    "people": ("200,000 people: added, found and listed, and 100,000 registering", people.measure),
    "free-text": ("Free text through Rasa, webhook to reply handed over", free_text.measure),
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "advisories": ("audience", "sending"),
}
FILE_COLUMNS = 120  # where the output is not a terminal
console = Console(width=None if sys.stdout.isatty() else FILE_COLUMNS, highlight=False)


def main() -> None:
    """Run the measurements that the command line names, one after the other."""
    names = _names()
    session.begin()
    try:
        missed = asyncio.run(_run(databases.served(), names))
    finally:
        session.end()
    sys.exit(1 if missed else 0)


def _names() -> list[str]:
    """Read the names of the measurements from the command line; a group stands for its members."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    choices = ", ".join([*MEASURES, *GROUPS])
    parser.add_argument("names", nargs="*", metavar="NAME", help=choices)
    arguments = parser.parse_args()
    names: list[str] = []
    for name in arguments.names or MEASURES:
        names += GROUPS.get(name, (name,))
    unknown = sorted(set(names) - MEASURES.keys())
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}: choose of {', '.join(MEASURES)}")
    return names


async def _run(place: Databases, names: list[str]) -> int:
    """Run the measurements and show their figures; return the number of missed targets."""
    await _machine(place)
    missed: list[str] = []
    for name in names:
        title, measure = MEASURES[name]
        began = time.monotonic()
        figures = await measure(place)
        seconds = time.monotonic() - began
        show(f"{title} ({seconds:.0f} s)", figures, console)
        for figure in figures:
            if not figure.is_met:
                missed.append(figure.name)
    if missed:
        console.print(f"[bold red]Missed: {'; '.join(missed)}[/]")
    else:
        console.print("[bold green]Every target is met.[/]")
    return len(missed)


async def _machine(place: Databases) -> None:
    """Show the speed of the machine."""
    now = await ground(place.server)
    figures = [
        Figure(
            name="cores",
            measured=cores(),
            unit="",
        ),
        Figure(
            name="Python loops on one core",
            measured=now.loops,
            unit="million/s",
        ),
        Figure(
            name="commits of one row, one connection",
            measured=now.commits,
            unit="/s",
        ),
        Figure(
            name="commits of one row, eight connections",
            measured=now.commits_together,
            unit="/s",
        ),
    ]
    show("This machine, now", figures, console)


if __name__ == "__main__":
    main()
