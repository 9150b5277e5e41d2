"""Who may import whom: the table of the architecture page, held here. A wall that is not tested is a curtain."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

# The foundation: each may import those before it, everyone may import `messages`, the words all modules share.
FOUNDATION = ("keys", "settings", "messages", "text", "models")
EVERYONE = {"messages"}
# Leaves without a thought of their own: counters, lines of log, and the keyring that `runtime` hands around.
LEAVES = {"metrics", "log", "keys"}
WITHOUT_LEAVES = {*FOUNDATION, "channels", "dialogue", "embedded", "metrics", "log"}
MAY: dict[str, set[str]] = {
    **{name: set(FOUNDATION[:row]) for row, name in enumerate(FOUNDATION)},
    "runtime": {"settings", "keys"},
    "metrics": set(),
    "log": set(),
    "embedded": {"settings"},
    "channels": {"messages", "text"},
    "dialogue": {"messages", "text"},
    "queue": {"runtime", "messages"},
    "limits": {"runtime", "messages", "queue"},
    "understanding": {"runtime", "messages"},
    "migrations": {"runtime", "models"},
    "inbox": {"models", "messages", "text"},
    "outbox": {"models", "messages"},
    "consular": {"models", "outbox", "text"},
    "actions": {"consular", "models", "text"},
    "delivery": {"runtime", "channels", "outbox", "limits", "queue", "consular", "models"},
    "conversation": {"runtime", "inbox", "outbox", "actions", "dialogue", "understanding", "text", "queue", "models"},
    "hooks": {"runtime", "settings", "channels", "inbox", "outbox", "limits", "queue", "delivery"},
    "polling": {"runtime", "channels", "hooks"},
    "feeds": {"runtime", "settings", "consular", "models", "text"},
    "subscriptions": {"runtime", "consular", "models"},
    "console": {"runtime", "consular", "models", "text", "limits", "queue"},
}
# The top of the house may import everything below it; here is what it may not.
ABOVE = {"commands", "embedded", "__main__"}
TOP = {
    "web": {"worker", "polling", "talk", *ABOVE},
    "worker": {"web", "talk", "console", *ABOVE},
}
FREE = {"commands", "__main__", "talk"}


def modules() -> list[Path]:
    return sorted(path for path in (ROOT / "bot").rglob("*.py") if "__pycache__" not in path.parts)


def part_of(path: Path) -> str:
    """`bot/consular/people.py` → `consular`, `bot/web.py` → `web`."""
    return path.relative_to(ROOT / "bot").parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, part) of everything a file imports from `bot`, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} imports relatively: write the whole name"
            names = [f"bot.{alias.name}" for alias in node.names] if node.module == "bot" else [node.module or ""]
        else:
            continue
        yield from ((node.lineno, name.split(".")[1]) for name in names if name.startswith("bot."))


def is_allowed(importer: str, target: str) -> bool:
    if importer == target or importer in FREE or target in EVERYONE:
        return True
    if importer in TOP:
        return target not in TOP[importer]
    return target in MAY[importer] or (target in LEAVES and importer not in WITHOUT_LEAVES)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_the_architecture_allows(path: Path) -> None:
    importer = part_of(path)
    if importer == "__init__":
        assert not list(imported(path))
        return
    assert importer in MAY or importer in TOP or importer in FREE, f"{importer} has no row in the table of imports yet"
    where = path.relative_to(ROOT)
    assert [f"{where}:{line} imports {part}" for line, part in imported(path) if not is_allowed(importer, part)] == []


def test_the_language_package_imports_nothing_but_itself_and_the_standard_library() -> None:
    foreign = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "nlu" / "language").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names(node)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("nlu.language")
    ]
    assert foreign == []


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
