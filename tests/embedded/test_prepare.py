"""What is shown while Rasa is made ready, and when it cannot be."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bot.embedded.progress import step
from bot.runtime.settings import ROOT
from tests.embedded.test_model import PHRASES


def shown(*, terminal: bool) -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, force_terminal=terminal, width=120, highlight=False), written


def test_elsewhere_than_on_a_terminal_a_step_is_two_plain_lines() -> None:
    console, written = shown(terminal=False)
    with step("Training Rasa", console) as say:
        say("learning: DIETClassifier")
    first, last = written.getvalue().splitlines()
    assert first == "… Training Rasa"
    assert last.startswith("✓ Training Rasa 0.")


def test_on_a_terminal_it_shows_how_far_it_is() -> None:
    console, written = shown(terminal=True)
    with step("Training Rasa", console) as say:
        say("learning: [DIETClassifier]")
    assert "learning: [DIETClassifier]" in written.getvalue()


def test_a_step_that_fails_says_so_and_lets_the_error_pass() -> None:
    console, written = shown(terminal=False)
    with pytest.raises(OSError, match="disk"), step("Training Rasa", console):
        raise OSError("no space left on the disk")
    assert written.getvalue().splitlines()[-1].startswith("✗ Training Rasa")


def test_without_the_python_of_rasa_it_says_loudly_that_rasa_is_missing_and_goes_on(
    tmp_path: Path,
) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "static")
    for folder in ("bot", "tools", "nlu/language"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=unwanted)
    shutil.copy(ROOT / "nlu" / "requirements.lock", tmp_path / "nlu")
    (tmp_path / "nlu" / "data" / "ar").mkdir(parents=True)
    (tmp_path / "nlu" / "data" / "ar" / "safety.yml").write_text(PHRASES, encoding="utf-8")
    if (ROOT / ".tools" / "uv").exists():
        (tmp_path / ".tools").mkdir()
        (tmp_path / ".tools" / "uv").symlink_to(ROOT / ".tools" / "uv")
    uv = shutil.which("uv")
    bare = tmp_path / "bare"
    bare.mkdir()
    if uv:
        (bare / "uv").symlink_to(uv)
    env = {
        "PATH": str(bare),
        "HOME": str(bare),
        "PYENV_ROOT": str(bare),
        "UV_OFFLINE": "1",
        "LANG": "C.UTF-8",
    }
    command = [sys.executable, "-m", "bot.embedded"]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Rasa is missing" in done.stderr
    assert "No Python 3.11 was found" in done.stderr
    assert len(list((tmp_path / ".cache" / "models").glob("built-in-*.npz"))) == 1
