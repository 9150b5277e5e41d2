"""Figures and the tables they are shown in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One result. `target` is a floor, or a ceiling when `most`; without one the figure only informs.

    `beside` is the ratio to a peer or to what the machine itself could do in the same run: such ratios compare between
    machines and days, the figures do not.
    """

    what: str
    measured: float
    unit: str
    target: float | None = None
    most: bool = False
    beside: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the target is reached."""
        if self.target is None:
            return True
        return self.measured <= self.target if self.most else self.measured >= self.target


def show(title: str, figures: Iterable[Figure], console: Console) -> None:
    """A table of figures."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("what", "measured", "target", "", "beside"):
        table.add_column(name, justify="right" if name in {"measured", "target"} else "left")
    for figure in figures:
        table.add_row(
            figure.what,
            f"{_number(figure.measured)} {figure.unit}",
            _target(figure),
            _verdict(figure),
            figure.beside,
        )
    console.print(table)


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≤' if figure.most else '≥'} {_number(figure.target)}"


def _verdict(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return "[green]met[/]" if figure.is_met else "[bold red]missed[/]"


def _number(value: float) -> str:
    return (
        f"{value:,.0f}"
        if abs(value) >= 100
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of 100 lie."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
