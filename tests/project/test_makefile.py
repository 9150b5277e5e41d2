"""The two commands and their companions."""

from __future__ import annotations

import re
import subprocess

from bot.runtime.settings import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", MAKEFILE, re.MULTILINE))


def test_help_explains_every_target() -> None:
    shown = subprocess.check_output(["make", "help"], cwd=ROOT, text=True)
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    assert {line.split()[1] for line in plain.splitlines()} == targets()


def test_no_target_is_taken_for_a_file() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets()


def test_the_continuous_integration_calls_make_test_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    does = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]
    assert does == ["exec make test"]
