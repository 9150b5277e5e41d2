"""Read the table of docs/vex.md: which known vulnerabilities harm us, or why they do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, NamedTuple, Sequence

from tools.environments import ROOT
from tools.pins import Pin

PAGE = ROOT / "docs" / "vex.md"
NOT_AFFECTED = "not_affected"
AFFECTED = "exploitable"
JUSTIFICATIONS = frozenset(
    {
        "code_not_present",
        "code_not_reachable",
        "protected_at_perimeter",
        "protected_at_runtime",
        "protected_by_mitigating_control",
        "requires_configuration",
        "requires_environment",
    }
)
ADVISORY = re.compile(r"\b(?:CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|PYSEC-\d{4}-\d+)\b")


class Statement(NamedTuple):
    """What we say about advisories of one pinned package."""

    package: str
    version: str
    advisories: tuple[str, ...]
    state: str
    justification: str
    why: str

    def is_about(self, pin: Pin, advisories: frozenset[str]) -> bool:
        """Tell whether this speaks of an advisory, by any of its names, of this very pin."""
        is_same_pin = (self.package, self.version) == (pin.name, pin.version)
        return is_same_pin and not advisories.isdisjoint(self.advisories)


def statements(page: Path = PAGE) -> list[Statement]:
    """Read all rows. Raises ValueError for one that says nothing we know."""
    rows: list[Statement] = []
    text = page.read_text(encoding="utf-8")
    for cells in _rows(text):
        statement = _statement(cells)
        rows.append(statement)
    if not rows:
        raise ValueError(f"{page}: there is no table")
    return rows


def _rows(text: str) -> Iterator[Sequence[str]]:
    for line in text.splitlines():
        is_row = line.startswith("|")
        if is_row and ADVISORY.search(line):
            cells = line.strip("|").split("|")
            yield [cell.strip() for cell in cells]


def _statement(cells: Sequence[str]) -> Statement:
    package, version, advisories, state, justification, why = cells
    is_justified = state == NOT_AFFECTED and justification in JUSTIFICATIONS
    is_known = is_justified or state == AFFECTED
    if not is_known or not why:
        raise ValueError(f"{package} {version}: {state} {justification} says nothing")
    return Statement(
        package,
        version,
        tuple(ADVISORY.findall(advisories)),
        state,
        justification,
        why,
    )
