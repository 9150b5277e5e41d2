"""Places looked up by name, with a typo and by position: the time of each, and the memory of all.

A process of its own looks them up, so that what the gazetteer takes can be told from the rest.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from bench.databases import Databases
from bench.report import Figure, percentile
from bot.consular.reference import places
from bot.messages import Location
from nlu.language import gazetteer, index, typos

NAMES = Path(__file__).parents[1] / "tests" / "nlu" / "towns" / "libyans.tsv"
SEED = 14  # the same typos in every run
POSITIONS = 500
MAX_MS = 1.0  # of a look-up, at the 95th percentile
MAX_MB = 60.0
PAGE_BYTES = 4096
BYTES_IN_MB = 1e6
SENTENCES = (
    "سجلني أنا علي في {} معي مرتي وزوز صغار ونبوا نروحوا",
    "I am in {} with my wife and two children and we need help to leave",
    "rani fi {} m3a 3ayelti w nebbou nrawhou",
)

Sought = TypeVar("Sought")
Times = dict[str, list[float]]  # milliseconds by kind of look-up


async def measure(_databases: Databases) -> list[Figure]:
    """Measure look-ups in a fresh process."""
    command = (sys.executable, "-m", "bench.places")
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the process that looks places up failed")
    measured = json.loads(output)
    figures = [
        Figure(
            "memory of all places",
            measured["megabytes"],
            "MB",
            MAX_MB,
            is_ceiling=True,
        ),
        Figure(
            "loading them, once",
            measured["load_ms"],
            "ms",
        ),
    ]
    for kind, times in measured["times"].items():
        median = percentile(
            times,
            50,
        )
        slow = percentile(
            times,
            95,
        )
        figures.append(
            Figure(
                f"{kind}, p50",
                median,
                "ms",
                MAX_MS,
                is_ceiling=True,
            )
        )
        figures.append(
            Figure(
                f"{kind}, p95",
                slow,
                "ms",
                MAX_MS,
                is_ceiling=True,
            )
        )
    return figures


def main() -> None:
    """Look places up, and print the times of all and the memory."""
    before = _megabytes()
    started = time.thread_time()
    gazetteer.find("طرابلس")
    gazetteer.nearest(
        32.9,
        13.2,
    )
    index.by_value()
    load_ms = (time.thread_time() - started) * 1e3
    megabytes = _megabytes() - before
    print(json.dumps({"megabytes": megabytes, "load_ms": load_ms, "times": look_up()}))


def look_up() -> Times:
    """Time every kind of look-up; nothing is looked up twice."""
    chance = random.Random(SEED)  # a sample, not a secret
    names = _names()
    mistyped = [
        _mistype(
            name,
            chance,
        )
        for name in names
    ]
    sentences = [chance.choice(SENTENCES).format(name) for name in names]
    positions = [_position(chance) for _ in range(POSITIONS)]
    for _city, position, _people in places.large_cities():
        places.place_at(Location(*position))  # lists the towns of each country, once
    return {
        "a name": _timed(
            gazetteer.find,
            names,
        ),
        "a sentence": _timed(
            gazetteer.find,
            sentences,
        ),
        "an answer with a typo": _timed(
            typos.guessed,
            mistyped,
        ),
        "the nearest town of a position": _timed(
            _nearest,
            positions,
        ),
    }


def _timed(
    look: Callable[[Sought], object],
    all_sought: Iterable[Sought],
) -> list[float]:
    """Time each look-up, in milliseconds of the processor: others may keep the machine busy."""
    times: list[float] = []
    for sought in all_sought:
        started = time.thread_time()
        look(sought)
        times.append((time.thread_time() - started) * 1e3)
    return times


def _names() -> Sequence[str]:
    """List what people write, in both scripts, each name once."""
    names: dict[str, None] = {}
    for line in NAMES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            _value, *listings = line.split("\t")
            names.update(dict.fromkeys("|".join(listings).split("|")))
    return list(names)


def _mistype(
    name: str,
    chance: random.Random,
) -> str:
    """Exchange two letters of a name."""
    at = chance.randrange(
        max(
            1,
            len(name) - 1,
        )
    )
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]


def _position(chance: random.Random) -> tuple[float, float]:
    """Choose a position near a large city."""
    _city, (latitude, longitude), _people = chance.choice(places.large_cities())
    return latitude + chance.uniform(
        -0.2,
        0.2,
    ), longitude + chance.uniform(
        -0.2,
        0.2,
    )


def _nearest(position: tuple[float, float]) -> object:
    latitude, longitude = position
    return places.place_at(
        Location(
            latitude,
            longitude,
        )
    )


def _megabytes() -> float:
    """Return what the process takes of the memory of the machine."""
    pages = Path("/proc/self/statm").read_text("utf-8").split()[1]
    return int(pages) * PAGE_BYTES / BYTES_IN_MB


if __name__ == "__main__":
    main()
