"""Lint, format, types and shell, as part of the one command that checks everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

BIN = Path(sys.executable).parent


def passes(*command: str | Path) -> None:
    """Runs a checker and shows what it found."""
    done = subprocess.run(list(command), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_clean() -> None:
    passes(BIN / "ruff", "check", "--output-format=concise", ".")


def test_the_code_is_formatted() -> None:
    passes(BIN / "ruff", "format", "--check", ".")


@pytest.mark.timeout(300)
def test_the_types_agree() -> None:
    passes(BIN / "mypy")


def test_the_shell_scripts_are_clean() -> None:
    passes(BIN / "shellcheck", *shell_scripts())


def shell_scripts() -> list[Path]:
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    files = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [
        file
        for file in files
        if file.suffix == ".sh" or file.read_bytes()[:30].startswith(b"#!/usr/bin/env bash")
    ]


def test_the_bootstrap_code_runs_on_an_old_python() -> None:
    """`tools/` runs before any environment is there, so it must not use what Python 3.8 lacks."""
    passes(BIN / "ruff", "check", "--target-version=py38", "--select=E9,F", "tools")
