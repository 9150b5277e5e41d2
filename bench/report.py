"""Figures and the tables that show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """Hold one result and its target.

    The target is a ceiling when `is_ceiling`, otherwise a floor; without a target the figure only
    informs. `comparison` is the ratio to a peer or to what the machine itself could do in the same
    run: such ratios compare between machines and days, the figures do not.
    """

    name: str
    measured: float
    unit: str
    target: float | None = None
    is_ceiling: bool = False
    comparison: str = ""

    @property
    def is_met(self) -> bool:
        """Tell whether the figure meets its target."""
        if self.target is None:
            return True
        if self.is_ceiling:
            return self.measured <= self.target
        return self.measured >= self.target


def show(title: str, figures: Iterable[Figure], console: Console) -> None:
    """Print a table of figures."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    table.add_column("beside")
    for figure in figures:
        measured = f"{_number(figure.measured)} {figure.unit}"
        table.add_row(
            figure.name,
            measured,
            _target(figure),
            _verdict(figure),
            figure.comparison,
        )
    console.print(table)


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    sign = "≤" if figure.is_ceiling else "≥"
    return f"{sign} {_number(figure.target)}"


def _verdict(figure: Figure) -> str:
    if figure.target is None:
        return ""
    if figure.is_met:
        return "[green]met[/]"
    return "[bold red]missed[/]"


def _number(number: float) -> str:
    """Write a number with about three significant digits."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    if abs(number) >= 10:
        return f"{number:.1f}"
    return f"{number:.2f}"


def percentile(numbers: Sequence[float], percent: int) -> float:
    """Return the number below which `percent` of 100 numbers lie."""
    cuts = quantiles(numbers, n=100, method="inclusive")
    return cuts[percent - 1]
