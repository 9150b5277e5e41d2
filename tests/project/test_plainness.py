"""The code stays plain: few thoughts in a line, short functions, names that say something."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT
from tests.project.density import Density, sources

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 400
MAX_COMPREHENSIONS = 25  # in 1,000 lines
MAX_CONDITIONALS = 15  # in 1,000 lines
MAX_PACKAGE_NODES_A_LINE = 4.5
MAX_FILE_NODES_A_LINE = 5.2
MAX_FUNCTION_NODES = 130
MAX_VAGUE_PERCENT = 2.0
MAX_COLUMNS = {".py": 100, ".html": 140, ".xml": 140, ".md": 120}


DENSITY_FOLDERS = ("bot", "nlu", "bench", "tools")
SIZE_FOLDERS = ("bot", "nlu", "bench", "tools", "tests")


def is_package(folder: Path) -> bool:
    """Tell whether Python files lie right in a folder."""
    return any(path.name != "__init__.py" for path in folder.glob("*.py"))


def packages() -> list[str]:
    """Name every package: `bot`, `bot/outbox`, `bot/consular/people`, `nlu/language` …"""
    names = []
    for root in DENSITY_FOLDERS:
        folders = [ROOT / root, *sorted((ROOT / root).rglob("*"))]
        for folder in folders:
            is_written = not any(part.startswith((".", "versions")) for part in folder.parts)
            if folder.is_dir() and is_written and is_package(folder):
                names.append(str(folder.relative_to(ROOT)))
    return names


def modules(package: str) -> list[Path]:
    """Return the files that lie right in a package."""
    return sorted((ROOT / package).glob("*.py"))


@pytest.fixture(params=packages())
def package(request: pytest.FixtureRequest) -> str:
    """Name a package."""
    name: str = request.param
    return name


def test_a_line_of_a_package_holds_few_nodes(package: str) -> None:
    assert round(Density(modules(package)).nodes_a_line, 2) <= MAX_PACKAGE_NODES_A_LINE


def test_a_line_of_a_file_holds_few_nodes(package: str) -> None:
    dense = {}
    for path in modules(package):
        nodes_a_line = round(Density([path]).nodes_a_line, 2)
        if nodes_a_line > MAX_FILE_NODES_A_LINE:
            dense[path.name] = nodes_a_line
    assert dense == {}


def test_a_function_holds_few_nodes(package: str) -> None:
    functions = Density(modules(package)).functions
    assert [function for function in functions if function.node_count > MAX_FUNCTION_NODES] == []


def test_names_say_something(package: str) -> None:
    assert round(Density(modules(package)).vague_names, 1) <= MAX_VAGUE_PERCENT


@pytest.mark.parametrize("folder", DENSITY_FOLDERS)
def test_statements_are_plain(folder: str) -> None:
    density = Density(sources(ROOT / folder))
    assert round(density.comprehensions) <= MAX_COMPREHENSIONS
    assert round(density.conditionals) <= MAX_CONDITIONALS


@pytest.mark.parametrize("folder", SIZE_FOLDERS)
def test_functions_are_short(folder: str) -> None:
    functions = Density(sources(ROOT / folder)).functions
    assert [function for function in functions if function.line_count > MAX_FUNCTION_LINES] == []


@pytest.mark.parametrize("folder", SIZE_FOLDERS)
def test_files_are_short(folder: str) -> None:
    long = {}
    for path in sources(ROOT / folder):
        line_count = len(path.read_text("utf-8").splitlines())
        if line_count > MAX_FILE_LINES:
            long[str(path.relative_to(ROOT))] = line_count
    assert long == {}


@pytest.mark.parametrize("suffix", MAX_COLUMNS)
def test_lines_are_short(suffix: str) -> None:
    wide = []
    for path in texts(suffix):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if len(line) > MAX_COLUMNS[suffix] and not may_be_wide(line, suffix):
                wide.append(f"{path.relative_to(ROOT)}:{number}: {len(line)}")
    assert wide == []


def texts(suffix: str) -> list[Path]:
    """Return the files with a suffix that Git knows and that people write."""
    command = ["git", "ls-files", "-z", f"*{suffix}"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
    paths = [ROOT / name for name in names if name and "/versions/" not in name]
    return [path for path in paths if path.is_file() and is_ours(path)]


def is_ours(path: Path) -> bool:
    """Tell whether we wrote a file; test data and pages of other programs are not ours."""
    if path.suffix in {".html", ".xml"}:
        return "templates" in path.parts
    if path.name == "report.md":  # `make nlu-report` writes it
        return False
    return not {"vendor", "oasis"} & set(path.parts)


def may_be_wide(line: str, suffix: str) -> bool:
    """Tell whether a line cannot be broken: a table or a link in Markdown."""
    if suffix != ".md":
        return False
    return line.lstrip().startswith("|") or re.search(r"https?://\S{60,}", line) is not None
