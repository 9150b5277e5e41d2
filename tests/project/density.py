"""A measure of how dense Python code is: syntax-tree nodes in a line, and names that say nothing.

Nodes are the statements and expressions of the syntax tree. A line of code is neither blank, nor a
comment, nor part of a docstring.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

VAGUE_NAMES = {
    "found", "one", "said", "kept", "told", "some", "more", "facts", "made", "given",
    "known", "row", "value", "values", "each", "other", "both", "which", "wanted", "mine",
    "theirs", "here", "there", "what", "who", "whom", "words", "asked", "chosen",
}  # fmt: skip
GENERATED_FOLDERS = frozenset({"__pycache__", "versions", "vendor", ".venv"})

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class FunctionSize:
    """The size of a function; lines count from `def` to the end."""

    place: str
    node_count: int
    line_count: int


class Density:
    """The figures of some files together."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.functions: list[FunctionSize] = []
        self._totals: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        for path in paths:
            self._add(path)

    @property
    def nodes_a_line(self) -> float:
        return self._totals["nodes"] / max(self._totals["lines"], 1)

    @property
    def comprehensions(self) -> float:
        """Comprehensions in 1,000 lines."""
        return 1000 * self._totals["comprehensions"] / max(self._totals["lines"], 1)

    @property
    def conditionals(self) -> float:
        """Conditional expressions in 1,000 lines."""
        return 1000 * self._totals["conditionals"] / max(self._totals["lines"], 1)

    @property
    def vague_names(self) -> float:
        """The share of bound names that say nothing, in percent."""
        vague = sum(self._names[name] for name in VAGUE_NAMES)
        return 100 * vague / max(self._names.total(), 1)

    def _add(self, path: Path) -> None:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        self._totals["lines"] += code_lines(text, tree)
        self._totals["nodes"] += node_count(tree)
        for node in ast.walk(tree):
            if isinstance(node, Function):
                self.functions.append(function_size(node, path))
            elif isinstance(node, Comprehension):
                self._totals["comprehensions"] += 1
            elif isinstance(node, ast.IfExp):
                self._totals["conditionals"] += 1
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._names[node.id] += 1
            elif isinstance(node, ast.arg):
                self._names[node.arg] += 1


def sources(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder that people write."""
    for path in sorted(folder.rglob("*.py")):
        if not GENERATED_FOLDERS & set(path.relative_to(folder).parts):
            yield path


def function_size(function: Function, path: Path) -> FunctionSize:
    """Measure a function of a file."""
    last_line = function.end_lineno or function.lineno
    return FunctionSize(
        place=f"{path}:{function.lineno} {function.name}",
        node_count=node_count(function),
        line_count=last_line - function.lineno + 1,
    )


def node_count(tree: ast.AST) -> int:
    """Count statements and expressions."""
    return sum(isinstance(node, ast.expr | ast.stmt) for node in ast.walk(tree))


def code_lines(text: str, tree: ast.AST) -> int:
    """Count the lines that are neither blank, nor comment, nor docstring."""
    count = 0
    for line in text.splitlines():
        code = line.strip()
        if code and not code.startswith("#"):
            count += 1
    return count - docstring_lines(tree)


def docstring_lines(tree: ast.AST) -> int:
    """Count the lines that docstrings take."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node):
            docstring = node.body[0]
            last_line = docstring.end_lineno or docstring.lineno
            count += last_line - docstring.lineno + 1
    return count
