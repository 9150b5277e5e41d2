"""Short functions and files, without an exception list: what cannot be seen at once cannot be checked at once."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from bot.runtime.settings import ROOT

FOLDERS = ("bot", "nlu", "tools", "tests", "bench")
LONGEST_FILE, LONGEST_FUNCTION = 400, 50  # lines
MEDIAN_FUNCTION, P90_FUNCTION = 8, 25
GENERATED = (
    ROOT / "bot" / "migrations" / "versions"
)  # written by Alembic, one function per schema change
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            hidden = any(
                part.startswith(".") or part == "__pycache__"
                for part in path.relative_to(ROOT).parts
            )
            if not hidden and GENERATED not in path.parents:
                yield path


def functions(folder: str = "") -> Iterator[tuple[str, int]]:
    """(place, lines without docstring) of every function below a folder."""
    for path in sources():
        where = str(path.relative_to(ROOT))
        if where.startswith(folder):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, Function):
                    yield f"{where}:{node.lineno} {node.name}", lines(node)


def lines(node: Function) -> int:
    """From `def` to the end; the docstring does not count, so that nobody saves on words."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    words = (
        (first.end_lineno or 0) - first.lineno + 1
        if is_docstring and ast.get_docstring(node)
        else 0
    )
    return (node.end_lineno or 0) - node.lineno + 1 - words


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert [
        f"{path.relative_to(ROOT)}: {size}" for path, size in sizes.items() if size > LONGEST_FILE
    ] == []


def test_no_function_is_longer_than_50_lines() -> None:
    assert [f"{place}: {size}" for place, size in functions() if size > LONGEST_FUNCTION] == []


def test_most_functions_are_short() -> None:
    sizes = [size for _place, size in functions("bot")]
    assert statistics.median(sizes) <= MEDIAN_FUNCTION
    assert statistics.quantiles(sizes, n=10)[-1] <= P90_FUNCTION
