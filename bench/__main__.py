"""`python -m bench [NAME…]`: all measurements, or those named; the exit code is 1 where a target is missed."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console

from bench import audience, bulk, databases, embedded, free_text, sending, turns, webhook
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
    "sending": ("An advisory to 100,000 people, beside others that send", sending.measure),
    "free-text": ("Free text through Rasa, webhook to reply handed over", free_text.measure),
}
GROUPS: Mapping[str, tuple[str, ...]] = {"advisories": ("audience", "sending")}
console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def main() -> None:
    """Measures what was asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*MEASURES, *GROUPS]))
    asked = parser.parse_args().names or list(MEASURES)
    names = [name for one in asked for name in GROUPS.get(one, (one,))]
    if unknown := set(names) - MEASURES.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose of {', '.join(MEASURES)}")
    session.begin()
    try:
        missed = asyncio.run(_run(databases.served(), names))
    finally:
        session.end()
    sys.exit(1 if missed else 0)


async def _run(place: Databases, names: list[str]) -> int:
    """How many targets were missed."""
    await _machine(place)
    figures: list[Figure] = []
    for name in names:
        title, measure = MEASURES[name]
        began = time.monotonic()
        found = await measure(place)
        show(f"{title} ({time.monotonic() - began:.0f} s)", found, console)
        figures += found
    missed = [figure.what for figure in figures if not figure.is_met]
    console.print(
        f"[bold red]Missed: {'; '.join(missed)}[/]"
        if missed
        else "[bold green]Every target is met.[/]"
    )
    return len(missed)


async def _machine(place: Databases) -> None:
    now = await ground(place.server)
    figures = [
        Figure("cores", cores(), ""),
        Figure("Python loops on one core", now.loops, "million/s"),
        Figure("commits of one row, one connection", now.commits, "/s"),
        Figure("commits of one row, eight connections", now.commits_together, "/s"),
    ]
    show("This machine, now", figures, console)


if __name__ == "__main__":
    main()
