"""Documents agree with the code: settings, commands, links between pages."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.__main__ import app
from bot.settings import ROOT, Settings

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
SETTING = re.compile(r"^\| `([A-Z0-9_]+)` \|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = SETTING.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    known = [field.alias for field in Settings.model_fields.values()]
    assert sorted(documented) == sorted(filter(None, known))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in folder.glob("*.md") if page.name != "README.md" and page.name not in index] == []


def test_every_command_is_documented_and_nothing_else() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z ]+)` \|", page, re.MULTILINE)
    assert sorted(documented) == sorted(_commands(get_command(app), ""))


def _commands(command: Any, path: str) -> list[str]:
    inside = getattr(command, "commands", {})
    return (
        [path]
        if not inside
        else [name for key, one in inside.items() for name in _commands(one, f"{path} {key}".strip())]
    )
