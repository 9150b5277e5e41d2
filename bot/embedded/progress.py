"""What is being done and how long it took: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.runtime.clock import SYSTEM_CLOCK

Say = Callable[[str], None]

console = Console(stderr=True, highlight=False)


@contextmanager
def step(title: str, shown: Console = console) -> Iterator[Say]:
    """Shows `title` while the block runs and what it took afterwards. Gives a function that says how far it is."""
    began = SYSTEM_CLOCK.monotonic()
    try:
        with _live(title, shown) if shown.is_terminal else _plain(title, shown) as say:
            yield say
    except BaseException:
        shown.print(f"[red]✗[/] {title} [dim]{SYSTEM_CLOCK.monotonic() - began:.1f} s[/]")
        raise
    shown.print(f"[green]✓[/] {title} [dim]{SYSTEM_CLOCK.monotonic() - began:.1f} s[/]")


@contextmanager
def _live(title: str, shown: Console) -> Iterator[Say]:
    columns = (SpinnerColumn(), TextColumn(title), TimeElapsedColumn(), TextColumn("[dim]{task.fields[detail]}"))
    with Progress(*columns, console=shown, transient=True) as progress:
        task = progress.add_task(title, total=None, detail="")

        def say(detail: str) -> None:
            if detail:
                progress.update(task, detail=detail.replace("[", "\\[")[:100])

        yield say


@contextmanager
def _plain(title: str, shown: Console) -> Iterator[Say]:
    shown.print(f"… {title}")
    yield lambda _detail: None
