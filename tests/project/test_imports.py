"""Who may import whom: `.importlinter` holds the floors of docs/architecture.md."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
LANGUAGE = ROOT / "nlu" / "language"


def lint_imports(cwd: Path) -> subprocess.CompletedProcess[str]:
    config = ROOT / ".importlinter"
    command = [str(LINT_IMPORTS), "--no-cache", "--no-logo", "--config", str(config)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_packages_import_lower_floors_only() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "package",
    sorted(path.name for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()),
)
def test_every_package_stands_on_a_floor(package: str) -> None:
    floors = (
        (ROOT / ".importlinter")
        .read_text(encoding="utf-8")
        .partition("[importlinter:contract:consular]")[0]
    )
    assert f"bot.{package}\n" in floors.replace(" | ", "\n") + "\n"


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def test_the_language_package_imports_itself_the_standard_library_and_numpy_only() -> None:
    allowed = {"numpy", *sys.stdlib_module_names}  # what both environments have
    foreign = []
    for path in sorted(LANGUAGE.rglob("*.py")):
        for name in imported_names(ast.parse(path.read_text(encoding="utf-8"))):
            if name.split(".")[0] not in allowed and not name.startswith("nlu.language"):
                foreign.append(f"{path.relative_to(ROOT)} imports {name}")
    assert foreign == []
