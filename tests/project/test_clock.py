"""One module tells the time, so that a test can set it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

CLOCK = ROOT / "bot" / "runtime" / "clock.py"
CALLS = frozenset(
    {
        "date.today",
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.time",
        "time.time_ns",
    }
)


def calls(source: str) -> Iterator[str]:
    """Yield where the code asks the operating system for the time."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            name = ".".join(ast.unparse(node).split(".")[-2:])
            if name in CALLS:
                yield f"{node.lineno}: {name}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield f"{node.lineno}: from time import"


@pytest.mark.parametrize(
    "source",
    [
        "import time\nbegan = time.monotonic()",
        "import datetime\nnow = datetime.datetime.now(datetime.UTC)",
        "from time import monotonic",
        "field(default_factory=datetime.utcnow)",
    ],
)
def test_a_clock_of_its_own_is_found(source: str) -> None:
    assert list(calls(source))


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "bot").rglob("*.py")) if path != CLOCK],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_module_asks_the_clock_of_its_process(path: Path) -> None:
    assert list(calls(path.read_text(encoding="utf-8"))) == []
