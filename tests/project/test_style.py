"""Style, types, dead code, dependencies, templates and shell scripts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

BIN = Path(sys.executable).parent


def passes(*command: str | Path) -> None:
    """Run a checker and show its findings."""
    done = subprocess.run(list(command), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_clean() -> None:
    passes(BIN / "ruff", "check", "--output-format=concise", ".")


def test_the_code_is_formatted() -> None:
    passes(BIN / "ruff", "format", "--check", ".")


@pytest.mark.timeout(300)
def test_the_types_agree() -> None:
    passes(BIN / "mypy")


def test_no_code_is_dead() -> None:
    """What vulture finds and neither a template reads nor a table of commands names is dead."""
    vulture = subprocess.run(
        [str(BIN / "vulture")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = names_in_templates() | names_of_commands()
    dead = []
    for finding in vulture.stdout.splitlines():
        name = finding.split("'")[1] if "'" in finding else ""
        if name not in names:
            dead.append(finding)
    assert dead == []
    assert vulture.stderr == ""


def names_in_templates() -> set[str]:
    """Return the words of all templates: attributes that pages read are among them."""
    words: set[str] = set()
    for path in (ROOT / "bot").rglob("templates/**/*"):
        if path.is_file():
            words |= set(re.findall(r"[a-z_]+", path.read_text("utf-8")))
    return words


def names_of_commands() -> set[str]:
    """Return the words in the table of commands, which names their functions."""
    table = ROOT / "bot" / "commands" / "tree.py"
    return set(re.findall(r"[a-z_]+", table.read_text("utf-8")))


def test_every_dependency_is_named_and_used() -> None:
    passes(BIN / "deptry", "--no-ansi", ".")


def test_the_templates_are_clean() -> None:
    passes(BIN / "djlint", "--lint", "--quiet", "bot/pages/templates")


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
