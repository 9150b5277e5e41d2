"""What must not be in the repository, and what must be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT

# Locks and settings must work from any mirror and on any machine. The names are split, so that
# this file does not find itself.
HOSTS = (
    "pypi." + "org",
    "pythonhosted." + "org",
    "registry.npmjs." + "org",
    "extra-index-" + "url",
)
PLACES = (r"/ro" + r"ot/", r"/wo" + r"rk/", r"/home/[a-z]+/", r"/Users/[a-z]+/")
GENERIC = {".woff2", ".png", ".gz", ".ico", ".mo", ".svg"}


def tracked() -> list[Path]:
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    files = [ROOT / name for name in names if name]
    return [file for file in files if file.is_file() and file.suffix not in GENERIC]


def offenders(pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked()
        for number, line in enumerate(
            file.read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if wanted.search(line)
    ]


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_package_registry(host: str) -> None:
    assert offenders(re.escape(host)) == []


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_a_place_on_somebodys_machine(place: str) -> None:
    assert offenders(place) == []


def test_no_lock_of_uv_is_kept_because_it_names_its_registry() -> None:
    assert ROOT / "uv.lock" not in tracked()


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "nlu/requirements.lock"]
)
def test_every_locked_package_has_a_hash_and_an_exact_version(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry or "==" not in entry] == []


def test_the_development_lock_has_exactly_the_versions_that_run() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(
                r"^[\w.\[\]-]+==[^ ;\\]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
            )
        )

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_no_secret_or_data_of_a_running_tammen_is_tracked() -> None:
    kept_out = ("var/", ".cache/", ".venv/", "nlu/.venv/", ".tools/", ".env")
    assert [
        str(file) for file in tracked() if str(file.relative_to(ROOT)).startswith(kept_out)
    ] == []
