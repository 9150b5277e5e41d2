"""What is being done and how long it took: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.runtime.clock import SYSTEM_CLOCK

MAX_DETAIL_CHARS = 100
OK = "[green]✓[/]"
FAILED = "[red]✗[/]"

Say = Callable[[str], None]

console = Console(stderr=True, highlight=False)


@contextmanager
def step(title: str, shown: Console = console) -> Iterator[Say]:
    """Show `title` while the block runs, and afterwards how long it took.

    Gives a function that shows how far the block is.
    """
    began = SYSTEM_CLOCK.monotonic()
    try:
        with _progress(title, shown) as say:
            yield say
    except BaseException:
        _print_end(FAILED, title, began, shown)
        raise
    _print_end(OK, title, began, shown)


def _print_end(sign: str, title: str, began: float, shown: Console) -> None:
    seconds = SYSTEM_CLOCK.monotonic() - began
    shown.print(f"{sign} {title} [dim]{seconds:.1f} s[/]")


def _progress(title: str, shown: Console) -> AbstractContextManager[Say]:
    if shown.is_terminal:
        return _live(title, shown)
    return _plain(title, shown)


@contextmanager
def _live(title: str, shown: Console) -> Iterator[Say]:
    columns = (
        SpinnerColumn(),
        TextColumn(title),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[detail]}"),
    )
    with Progress(*columns, console=shown, transient=True) as progress:
        task = progress.add_task(title, total=None, detail="")

        def say(detail: str) -> None:
            if detail:
                escaped = detail.replace("[", "\\[")
                progress.update(task, detail=escaped[:MAX_DETAIL_CHARS])

        yield say


@contextmanager
def _plain(title: str, shown: Console) -> Iterator[Say]:
    shown.print(f"… {title}")
    yield _ignore


def _ignore(_detail: str) -> None:
    """Show no details where lines stay."""
