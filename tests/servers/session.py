"""What all processes of one test run share: a folder, and servers that whoever needs them first
starts once.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

LEASH = Path(__file__).with_name("leash.py")
FOLDER = "TAMMEN_TEST_FOLDER"  # in the environment, so that xdist's workers inherit it
OWNER = "TAMMEN_TEST_OWNER"
STOP_SECONDS = 15.0

_started: list[subprocess.Popen[bytes]] = []


def begin() -> None:
    """Called once, by the process that the run began with."""
    shared = Path(tempfile.mkdtemp(prefix="tammen-tests-"))
    shared.chmod(0o711)  # PostgreSQL passes through as another user
    os.environ[FOLDER], os.environ[OWNER] = str(shared), str(os.getpid())


def end() -> None:
    """Called by the same process at the end: stops what was started and waits until it is gone."""
    shared = folder()
    for pidfile in shared.glob("*.pid"):
        os.kill(int(pidfile.read_text(encoding="ascii")), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while list(shared.glob("*.pid")) and time.monotonic() < deadline:
        time.sleep(0.02)
    for leash in _started:
        leash.wait(STOP_SECONDS)
    shutil.rmtree(shared, ignore_errors=True)


def folder() -> Path:
    """The folder of this run."""
    return Path(os.environ[FOLDER])


def once(name: str, make: Callable[[Path], Mapping[str, str]]) -> dict[str, str]:
    """What `make` gave to whichever test process came first; the others wait for it."""
    kept = folder() / f"{name}.json"
    with FileLock(folder() / f"{name}.lock"):
        if not kept.exists():
            place = folder() / name
            shutil.rmtree(place, ignore_errors=True)  # what an attempt that failed left
            place.mkdir()
            kept.write_text(json.dumps(dict(make(place))), encoding="utf-8")
    answer: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    return answer


def serve(
    name: str,
    command: list[str],
    *,
    stop_with: signal.Signals,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
) -> None:
    """Starts a server that lives until the run ends.

    What it prints goes to `name.log` in the run's folder.
    """
    words = [
        sys.executable,
        LEASH,
        os.environ[OWNER],
        folder() / f"{name}.pid",
        int(stop_with),
        user or "-",
        *command,
    ]
    with (folder() / f"{name}.log").open("wb") as output:
        leash = subprocess.Popen(
            [str(word) for word in words],
            env=None if env is None else dict(env),
            cwd=folder(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _started.append(leash)


def stop(name: str) -> None:
    """Stops one server before the run ends, and waits until it is gone."""
    pidfile = folder() / f"{name}.pid"
    os.kill(int(pidfile.read_text(encoding="ascii")), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while pidfile.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} does not stop")
        time.sleep(0.02)


def said(name: str) -> str:
    """What a server printed."""
    return (folder() / f"{name}.log").read_text(encoding="utf-8", errors="replace")
