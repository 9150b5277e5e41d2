"""The bootstrap: right on the first go, quick on the second, plain about what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

NLU_PYTHON = "3.11"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the bootstrap with one small package to install for the NLU side."""
    shutil.copytree(
        ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    if (ROOT / ".tools").exists():
        (tmp_path / ".tools").symlink_to(ROOT / ".tools")
    (tmp_path / "nlu").mkdir()
    lock(tmp_path, "idna")
    return tmp_path


def lock(project: Path, *names: str) -> None:
    """Locks these packages as they are locked here."""
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    chosen = [entry for entry in entries if entry.split("==")[0] in names]
    assert len(chosen) == len(names)
    (project / "nlu" / "requirements.lock").write_text("\n".join(chosen) + "\n", encoding="utf-8")


def make(project: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/environments.py", "nlu"]
    return subprocess.run(
        command, cwd=project, env=os.environ | env, capture_output=True, text=True, check=False
    )


def python(project: Path, code: str) -> str:
    return subprocess.check_output(
        [project / "nlu" / ".venv" / "bin" / "python", "-c", code], text=True
    ).strip()


def skip_without_python() -> None:
    if not (ROOT / "nlu" / ".venv").exists():
        pytest.skip(f"no Python {NLU_PYTHON} could be had on this machine")


def test_it_makes_what_the_lock_says_with_the_python_it_needs(project: Path) -> None:
    skip_without_python()
    done = make(project)
    assert done.returncode == 0, done.stderr
    assert python(project, "import sys, idna; print('%d.%d' % sys.version_info[:2])") == NLU_PYTHON


def test_the_second_time_it_does_nothing_and_says_nothing(project: Path) -> None:
    skip_without_python()
    make(project)
    again = make(project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_changed_lock_changes_the_environment(project: Path) -> None:
    skip_without_python()
    make(project)
    lock(project, "idna", "markupsafe")
    assert "is ready" in make(project).stdout
    assert python(project, "import idna, markupsafe; print('both')") == "both"


def test_a_broken_environment_is_made_anew(project: Path) -> None:
    skip_without_python()
    make(project)
    link = project / "nlu" / ".venv" / "bin" / "python"
    link.unlink()
    link.symlink_to("/nowhere/python3.11")
    assert make(project).returncode == 0
    assert python(project, "print('runs')") == "runs"


def test_a_package_that_is_not_what_was_locked_is_refused(project: Path) -> None:
    skip_without_python()
    path = project / "nlu" / "requirements.lock"
    path.write_text(
        re.sub(r"sha256:\w{8}", "sha256:00000000", path.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    done = make(project)
    assert done.returncode == 1
    assert "hash" in done.stderr.lower()


def test_without_a_fitting_python_it_says_what_to_do(project: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    for name in ("sh", "env"):
        (nothing / name).symlink_to(shutil.which(name) or name)
    uv = ROOT / ".tools" / "uv" / "bin" / "uv"
    (nothing / "uv").symlink_to(uv if uv.exists() else shutil.which("uv") or "uv")
    (project / ".tools").unlink(missing_ok=True)
    bare = {
        "PATH": str(nothing),
        "HOME": str(nothing),
        "PYENV_ROOT": str(nothing),
        "XDG_DATA_HOME": str(nothing),
    }
    done = make(project, **bare, UV_OFFLINE="1")
    assert done.returncode == 3
    assert f"No Python {NLU_PYTHON} was found" in done.stderr
    assert "Install one" in done.stderr
