#!/usr/bin/env python3
"""Make the environments of this project: `.venv` (the gateway) and `nlu/.venv` (Rasa).

    python3 tools/environments.py gateway        # what `tammen run` needs
    python3 tools/environments.py dev            # the same and what `make test` needs
    python3 tools/environments.py nlu

The script runs on any Python from 3.8 with nothing but the standard library, because it runs before
anything is installed. When nothing changed it only compares a stamp and ends within milliseconds.
Exit code 3: no fitting Python could be found or fetched.
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
EXIT_NO_PYTHON = 3
PROBE_SECONDS = 20


class Environment(NamedTuple):
    """An environment: its folder, the lock it is made from, and its Pythons, best first."""

    name: str
    folder: Path
    lock: Path
    pythons: Tuple[str, ...]
    editable: bool = False


GATEWAY_PYTHONS = ("3.13", "3.12", "3.11", "3.14")
NLU_PYTHONS = ("3.11",)
ENVIRONMENTS = {
    "gateway": Environment(
        name="gateway",
        folder=ROOT / ".venv",
        lock=ROOT / "requirements.lock",
        pythons=GATEWAY_PYTHONS,
        editable=True,
    ),
    "dev": Environment(
        name="dev",
        folder=ROOT / ".venv",
        lock=ROOT / "requirements-dev.lock",
        pythons=GATEWAY_PYTHONS,
        editable=True,
    ),
    "nlu": Environment(
        name="nlu",
        folder=ROOT / "nlu" / ".venv",
        lock=ROOT / "nlu" / "requirements.lock",
        pythons=NLU_PYTHONS,
    ),
}
# The development environment holds everything the gateway's does, so it serves in its place.
SUBSTITUTES = {"gateway": ("gateway", "dev")}


def main(names: Sequence[str]) -> int:
    """Make the environments with these names; return the exit code."""
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown or not names:
        usage = " | ".join(ENVIRONMENTS)
        print(f"usage: environments.py {usage}", file=sys.stderr)
        return 2
    try:
        for name in names:
            make(ENVIRONMENTS[name])
    except LookupError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return EXIT_NO_PYTHON
    except subprocess.CalledProcessError as error:
        program, code = error.cmd[0], error.returncode
        print(f"\n{program} failed (exit {code}); its output is above.", file=sys.stderr)
        return 1
    return 0


def make(environment: Environment) -> None:
    """Build the environment, unless its stamp says that it holds exactly what the lock asks for."""
    if is_current(environment):
        return
    began = time.monotonic()
    python = find_or_fetch_python(environment.pythons)
    uv = find_or_fetch_uv()
    folder = environment.folder.relative_to(ROOT)
    say(f"Making {folder} with {python} …")
    stamp = environment.folder / ".stamp"
    if stamp.exists():
        stamp.unlink()
    if not runs_on(environment.folder / "bin" / "python", environment.pythons):
        make_empty(environment, python, uv)
    install(environment, uv)
    stamp.write_text(stamp_of(environment) + "\n", encoding="utf-8")
    seconds = time.monotonic() - began
    say(f"{folder} is ready ({seconds:.1f} s).")


def make_empty(environment: Environment, python: Path, uv: Path) -> None:
    """Make an environment without packages, in place of whatever is in its folder."""
    run(
        uv,
        "venv",
        "--quiet",
        "--clear",
        "--python",
        python,
        environment.folder,
    )


def install(environment: Environment, uv: Path) -> None:
    """Install what the lock lists, and remove everything else."""
    target = ("--python", str(environment.folder / "bin" / "python"))
    exactly = ("--require-hashes", "--compile-bytecode")
    run(
        uv,
        "pip",
        "sync",
        *exactly,
        *target,
        environment.lock,
    )
    if environment.editable:
        project = ("--no-deps", "--editable", str(ROOT))
        run(
            uv,
            "pip",
            "install",
            "--quiet",
            *target,
            *project,
        )


def is_current(environment: Environment) -> bool:
    """Tell whether the stamp in the environment is that of the present lock."""
    if not (environment.folder / "bin" / "python").exists():
        return False
    try:
        text = (environment.folder / ".stamp").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    names = SUBSTITUTES.get(environment.name, (environment.name,))
    stamps = [stamp_of(ENVIRONMENTS[name]) for name in names]
    return text.strip() in stamps


def stamp_of(environment: Environment) -> str:
    """Name the environment, its folder and everything that decides what is in it.

    A folder that was moved has another stamp, so it is built anew.
    """
    digest = hashlib.sha256(str(environment.folder).encode())
    digest.update(environment.lock.read_bytes())
    if environment.editable:
        digest.update(project_table())
    return f"{environment.name} {digest.hexdigest()}"


def project_table() -> bytes:
    """Read the part of pyproject.toml that installing depends on, without settings of tools."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return text.split("[tool.ruff]")[0].encode()


# --- Pythons --------------------------------------------------------------------------------------


def find_or_fetch_python(versions: Sequence[str]) -> Path:
    """Find the first Python of these versions that really runs, or fetch the best.

    Raises LookupError with what to do when there is none to be had.
    """
    python = find_python(versions)
    if python is not None:
        return python
    wanted_versions = " or ".join(versions)
    say(f"No Python {wanted_versions} here: fetching one …")
    python = fetch_python(versions[0])
    if python is not None:
        return python
    raise LookupError(
        f"No Python {wanted_versions} was found and none could be fetched.\n"
        "Install one (for example with pyenv, or from your distribution) "
        "and run the same command again."
    )


def find_python(versions: Sequence[str]) -> Optional[Path]:
    """Find a Python on this machine, the first version first."""
    for version in versions:
        for candidate in candidates(version):
            if runs_on(candidate, (version,)):
                return candidate
    return None


def candidates(version: str) -> Iterator[Path]:
    """List files that may be such a Python.

    Only running one tells: pyenv has shims for versions that are not active.
    """
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", str(home / ".pyenv")))
    yield from newest_first(pyenv / "versions", version + ".*")
    shared_data = Path(os.environ.get("XDG_DATA_HOME", str(home / ".local" / "share")))
    uv_pythons = str(shared_data / "uv" / "python")
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", uv_pythons))
    for folder in (TOOLS / "python", managed):
        yield from newest_first(folder, f"cpython-{version}.*")
    for name in ("python" + version, "python3", "python"):
        program = shutil.which(name)
        if program:
            yield Path(program)


def newest_first(folder: Path, pattern: str) -> List[Path]:
    """List interpreters below folders such as `3.13.0`, the newest patch first."""
    folders = sorted(
        folder.glob(pattern),
        key=release,
        reverse=True,
    )
    return [path / "bin" / "python3" for path in folders]


def release(folder: Path) -> List[int]:
    """Read the version out of a name such as `cpython-3.11.16-linux-x86_64-gnu`."""
    parts = folder.name.replace("-", ".").split(".")
    return [int(part) for part in parts if part.isdigit()]


def runs_on(python: Path, versions: Sequence[str]) -> bool:
    """Tell whether this file is a Python of one of these versions, by running it."""
    question = "import sys, ssl, sqlite3, zlib; print('%d.%d' % sys.version_info[:2])"
    command = [str(python), "-c", question]
    try:
        answer = subprocess.check_output(
            command,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.decode().strip() in versions


def fetch_python(version: str) -> Optional[Path]:
    """Fetch a Python into `.tools/`; None when that fails."""
    folder = TOOLS / "python"
    target = ("--install-dir", str(folder), "--no-bin")
    try:
        run(
            find_or_fetch_uv(),
            "python",
            "install",
            *target,
            version,
        )
    except subprocess.CalledProcessError:
        return None
    pythons = newest_first(folder, f"cpython-{version}.*")
    return pythons[0] if pythons else None


# --- uv -------------------------------------------------------------------------------------------


def find_or_fetch_uv() -> Path:
    """Find uv on PATH, else make one of our own in `.tools/`."""
    on_path = shutil.which("uv")
    if on_path and works(Path(on_path)):
        return Path(on_path)
    own = TOOLS / "uv" / "bin" / "uv"
    if not works(own):
        say("Fetching uv into .tools/ …")
        fetch_uv(TOOLS / "uv")
    return own


def works(uv: Path) -> bool:
    """Tell whether this file is a uv that runs."""
    return succeeds([str(uv), "--version"])


def fetch_uv(folder: Path) -> None:
    """Install uv into a folder, with any Python that has venv and pip.

    Raises LookupError when there is no such Python.
    """
    for python in every_python():
        shutil.rmtree(str(folder), ignore_errors=True)
        if succeeds([str(python), "-m", "venv", str(folder)]):
            pip = (folder / "bin" / "python", "-m", "pip")
            run(*pip, "install", "--quiet", "uv")
            return
    raise LookupError("uv is missing and no Python here can fetch it: install uv, or python3-venv.")


def every_python() -> Iterator[Path]:
    """List every Python of this machine that may fetch uv."""
    yield Path(sys.executable)
    for version in GATEWAY_PYTHONS:
        for candidate in candidates(version):
            if runs_on(candidate, (version,)):
                yield candidate


def succeeds(command: List[str]) -> bool:
    """Run a command without showing what it prints; tell whether it succeeded."""
    try:
        code = subprocess.call(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return code == 0


def run(*command: Union[str, Path]) -> None:
    """Run a command in the project folder. Raises CalledProcessError when it fails."""
    arguments = [str(argument) for argument in command]
    subprocess.run(
        arguments,
        check=True,
        env=clean_environment(),
        cwd=str(ROOT),
    )


def clean_environment() -> Dict[str, str]:
    """Copy our environment, so that uv uses the Python and the environment that we name."""
    misleading = ("VIRTUAL_ENV", "UV_PYTHON", "PYTHONPATH")
    env = {name: text for name, text in os.environ.items() if name not in misleading}
    env.setdefault("UV_PYTHON_DOWNLOADS", "manual")
    env.setdefault("UV_NO_PROGRESS", "0" if sys.stderr.isatty() else "1")
    return env


def say(line: str) -> None:
    """Tell whoever runs the script what it does."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
