"""Documents agree with the code: settings, commands, links between pages."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.commands.tree import COMMANDS
from bot.runtime.settings import ROOT, Settings

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SETTING = re.compile(r"^\| `([A-Z0-9_]+)` \|", re.MULTILINE)
PLACE = re.compile(r"`((?:bot|bench|deploy|flows|locales|nlu|tests|tools)/[\w./-]*)`")
PART = re.compile(
    r"`([a-z]+)\.(\w+)`"
)  # of a module or package: `advisories.draft`, `outbox.ending`
TERMS = re.compile(r"^\| ([^|]+?) \|", re.MULTILINE)
HEAD_OF_TABLE = {"term", "---"}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = SETTING.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    known = [field.alias for field in Settings.model_fields.values()]
    assert sorted(documented) == sorted(filter(None, known))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [
        target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target
    ]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_folders_that_are_named_exist(page: Path) -> None:
    named = PLACE.findall(page.read_text(encoding="utf-8"))
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_modules_and_functions_that_the_architecture_names_exist() -> None:
    named = PART.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    assert [f"{module}.{part}" for module, part in named if not _is_there(module, part)] == []


def _is_there(module: str, part: str) -> bool:
    """Whether some module of this name defines it, or a package of this name holds it."""
    defined = re.compile(rf"^(?:async def|def|class) {part}\b", re.MULTILINE)
    sources = (ROOT / "bot").rglob(f"{module}.py")
    return any(defined.search(source.read_text(encoding="utf-8")) for source in sources) or any(
        (folder / f"{part}.py").exists() for folder in (ROOT / "bot").rglob(module)
    )


def test_the_glossary_has_no_term_twice() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [row for row in TERMS.findall(page) if row not in HEAD_OF_TABLE]
    terms = Counter(term for row in rows for term in row.split(", "))
    assert [term for term, times in terms.items() if times > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_row_of_a_table_and_no_number_of_a_list_is_there_twice(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    rows = Counter(_in_its_table(lines))
    assert [row for row, times in rows.items() if times > 1] == []
    numbers = [_number(line) for line in lines]
    assert [pair for pair in pairwise(numbers) if pair[0] and pair[1] and pair[1] <= pair[0]] == []


def _in_its_table(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the rows of tables, each with the number of its table."""
    table = 0
    for line in lines:
        if line.startswith("|"):
            yield table, line
        else:
            table += 1


def _number(line: str) -> int:
    """The number of an item of a list; 0 for every other line."""
    found = re.match(r"(\d+)\. ", line)
    return int(found[1]) if found else 0


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [
        page.name
        for page in folder.glob("*.md")
        if page.name != "README.md" and page.name not in index
    ] == []


def test_every_command_is_documented_and_nothing_else() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z -]+)` \|", page, re.MULTILINE)
    commands: list[str] = []
    for name, entry in COMMANDS.items():
        commands += _commands(entry.load(name), name)
    assert sorted(documented) == sorted(commands)


def _commands(command: Any, path: str) -> list[str]:
    inside = getattr(command, "commands", {})
    return (
        [path]
        if not inside
        else [
            name for key, one in inside.items() for name in _commands(one, f"{path} {key}".strip())
        ]
    )
