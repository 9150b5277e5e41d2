#!/usr/bin/env python3
"""Makes the environments of this project: `.venv` (the gateway) and `nlu/.venv` (Rasa, which needs
an older Python).

    python3 tools/environments.py gateway        # what `tammen run` needs
    python3 tools/environments.py dev            # the same and what `make test` needs
    python3 tools/environments.py nlu

Runs on any Python from 3.8 with nothing but the standard library, because it is what runs before
anything is there. When nothing changed it only compares a stamp and is done in milliseconds. Exit
3: no fitting Python could be found or fetched.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
NO_PYTHON = 3


class Environment(NamedTuple):
    """One environment: where it is, what is locked into it, and the Pythons it runs on, best
    first.
    """

    name: str
    folder: Path
    lock: Path
    pythons: Tuple[str, ...]
    editable: bool = False


GATEWAY_PYTHONS = ("3.13", "3.12", "3.11", "3.14")
ENVIRONMENTS = {
    "gateway": Environment(
        "gateway", ROOT / ".venv", ROOT / "requirements.lock", GATEWAY_PYTHONS, editable=True
    ),
    "dev": Environment(
        "dev", ROOT / ".venv", ROOT / "requirements-dev.lock", GATEWAY_PYTHONS, editable=True
    ),
    "nlu": Environment(
        "nlu", ROOT / "nlu" / ".venv", ROOT / "nlu" / "requirements.lock", ("3.11",)
    ),
}
# The development environment holds everything the gateway's does, so it serves in its place.
STANDS_IN = {"gateway": ("gateway", "dev")}


def main(names: Sequence[str]) -> int:
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown or not names:
        print("usage: environments.py {}".format(" | ".join(ENVIRONMENTS)), file=sys.stderr)
        return 2
    try:
        for name in names:
            make(ENVIRONMENTS[name])
    except LookupError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return NO_PYTHON
    except subprocess.CalledProcessError as error:
        print(
            f"\n{error.cmd[0]} failed (exit {error.returncode}); its own words are above.",
            file=sys.stderr,
        )
        return 1
    return 0


def make(environment: Environment) -> None:
    """Builds the environment, unless its stamp says that it already holds exactly what the lock
    asks for.
    """
    if is_current(environment):
        return
    began = time.monotonic()
    python, uv = find_or_fetch_python(environment.pythons), find_or_fetch_uv()
    where = environment.folder.relative_to(ROOT)
    say(f"Making {where} with {python} …")
    stamp = environment.folder / ".stamp"
    if stamp.exists():
        stamp.unlink()
    if not runs_on(environment.folder / "bin" / "python", environment.pythons):
        run(uv, "venv", "--quiet", "--clear", "--python", str(python), str(environment.folder))
    install(environment, uv)
    stamp.write_text(stamp_of(environment) + "\n", encoding="utf-8")
    say(f"{where} is ready ({time.monotonic() - began:.1f} s).")


def install(environment: Environment, uv: Path) -> None:
    target = ("--python", str(environment.folder / "bin" / "python"))
    run(uv, "pip", "sync", "--require-hashes", "--compile-bytecode", *target, str(environment.lock))
    if environment.editable:
        run(uv, "pip", "install", "--quiet", "--no-deps", *target, "--editable", str(ROOT))


def is_current(environment: Environment) -> bool:
    if not (environment.folder / "bin" / "python").exists():
        return False
    names = STANDS_IN.get(environment.name, (environment.name,))
    try:
        stamp = (environment.folder / ".stamp").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False
    return stamp in [stamp_of(ENVIRONMENTS[name]) for name in names]


def stamp_of(environment: Environment) -> str:
    """Names the environment, its place and everything that decides what is in it: a moved folder is
    built anew.
    """
    digest = hashlib.sha256(str(environment.folder).encode())
    digest.update(environment.lock.read_bytes())
    if environment.editable:
        digest.update(project_table())
    return f"{environment.name} {digest.hexdigest()}"


def project_table() -> bytes:
    """What of pyproject.toml the installed project depends on; settings of linters and tests are
    not part of it.
    """
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return text.split("[tool.ruff]")[0].encode()


# --- Pythons --------------------------------------------------------------------------------------------------------


def find_or_fetch_python(versions: Sequence[str]) -> Path:
    """The first Python of these versions that really runs. LookupError with what to do when there
    is none to be had.
    """
    found = find_python(versions)
    if found is None:
        say("No Python {} here: fetching one …".format(" or ".join(versions)))
        found = fetch_python(versions[0])
    if found is None:
        raise LookupError(
            "No Python {} was found and none could be fetched.\n"
            "Install one (for example with pyenv, or from your distribution) and run the same command again.".format(
                " or ".join(versions)
            )
        )
    return found


def find_python(versions: Sequence[str]) -> Optional[Path]:
    for version in versions:
        for candidate in candidates(version):
            if runs_on(candidate, (version,)):
                return candidate
    return None


def candidates(version: str) -> Iterator[Path]:
    """Where such a Python may be. Only running it tells: pyenv has shims for versions that are not
    active.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    shared = (
        Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share")))
        / "uv"
        / "python"
    )
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", str(shared)))
    yield from newest_first(pyenv, version + ".*")
    for folder in (TOOLS / "python", managed):
        yield from newest_first(folder, f"cpython-{version}.*")
    for name in ("python" + version, "python3", "python"):
        found = shutil.which(name)
        if found:
            yield Path(found)


def newest_first(folder: Path, pattern: str) -> List[Path]:
    """Interpreters below a folder such as `3.13.0` or `cpython-3.10.16-linux-x86_64-gnu`, newest
    patch first.
    """

    def release(path: Path) -> List[int]:
        words = path.name.replace("-", ".").split(".")
        return [int(word) for word in words if word.isdigit()]

    return [
        path / "bin" / "python3" for path in sorted(folder.glob(pattern), key=release, reverse=True)
    ]


def runs_on(python: Path, versions: Sequence[str]) -> bool:
    """Whether this file is a Python of one of these versions, asked by running it."""
    question = "import sys, ssl, sqlite3, zlib; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.check_output(
            [str(python), "-c", question], stderr=subprocess.DEVNULL, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.decode().strip() in versions


def fetch_python(version: str) -> Optional[Path]:
    folder = TOOLS / "python"
    try:
        run(
            find_or_fetch_uv(),
            "python",
            "install",
            "--install-dir",
            str(folder),
            "--no-bin",
            version,
        )
    except subprocess.CalledProcessError:
        return None
    found = newest_first(folder, f"cpython-{version}.*")
    return found[0] if found else None


# --- uv -------------------------------------------------------------------------------------------------------------


def find_or_fetch_uv() -> Path:
    """uv from PATH, else one of our own in `.tools/`, made with the venv and pip of any Python that
    has both.
    """
    own = TOOLS / "uv" / "bin" / "uv"
    on_path = shutil.which("uv")
    if on_path and works(Path(on_path)):
        return Path(on_path)
    if not works(own):
        say("Fetching uv into .tools/ …")
        fetch_uv(own.parent.parent)
    return own


def works(uv: Path) -> bool:
    try:
        return (
            subprocess.call(
                [str(uv), "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            == 0
        )
    except OSError:
        return False


def fetch_uv(folder: Path) -> None:
    for python in every_python():
        shutil.rmtree(str(folder), ignore_errors=True)
        command = [str(python), "-m", "venv", str(folder)]
        if subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"]
            subprocess.run(pip, check=True, env=clean_environment())
            return
    raise LookupError("uv is missing and no Python here can fetch it: install uv, or python3-venv.")


def every_python() -> Iterator[Path]:
    yield Path(sys.executable)
    for version in GATEWAY_PYTHONS:
        for candidate in candidates(version):
            if runs_on(candidate, (version,)):
                yield candidate


def run(*command: Union[str, Path]) -> None:
    subprocess.run(
        [str(word) for word in command], check=True, env=clean_environment(), cwd=str(ROOT)
    )


def clean_environment() -> Dict[str, str]:
    """Ours, without what points uv at another environment or lets it swap the Python we chose for a
    fetched one.
    """
    elsewhere = ("VIRTUAL_ENV", "UV_PYTHON", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if name not in elsewhere}
    env.setdefault("UV_PYTHON_DOWNLOADS", "manual")
    env.setdefault("UV_NO_PROGRESS", "0" if sys.stderr.isatty() else "1")
    return env


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
