"""What people typed is shown on a terminal, and never obeyed."""

from __future__ import annotations

import pytest
from rich.table import Table

from bot.commands import ground, terminal

ACTING = "\x1b]0;gotcha\x07\x1b[2J\x9b\u202e\u061c"
NUMBER = "\u2066+218 91 000\u2069"


def _has_acting(printed: str) -> bool:
    return bool(set(printed) & set("\x1b\x07\x9b\u202e\u061c"))


def test_lines_and_tables_show_codes_and_keep_our_isolates(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = Table("name", ACTING)
    table.add_row(ACTING, NUMBER)
    console = terminal.console()
    console.print(ACTING, markup=False)
    console.print(table)
    console.print(f"[green]{NUMBER}[/]")
    printed = capsys.readouterr().out
    assert not _has_acting(printed)
    assert "\\u202e" in printed
    assert NUMBER in printed


def test_json_stays_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    ground.show_json({"name": ACTING})
    printed = capsys.readouterr().out
    assert not _has_acting(printed)
    assert "\\u001b" in printed
