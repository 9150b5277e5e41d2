"""Runs a server for a whole test session, whoever of the test processes started it, and never
outlives the session.

    python leash.py OWNER PIDFILE SIGNAL USER COMMAND [ARGUMENT…]

Ends the server by SIGNAL when the process OWNER is gone (however it ended) or when told to by
SIGTERM; removing PIDFILE is its last act. USER is whom the server runs as, `-` for the present one.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

LOOK = 0.2  # seconds between two looks whether the owner is still there
GRACE = 10.0  # seconds until a server that will not stop is killed


class Told(BaseException):
    """We were asked to stop."""


def main(owner: int, pidfile: Path, stop_with: int, user: str, command: list[str]) -> None:
    """Starts the command and stays with it."""
    signal.signal(signal.SIGTERM, _told)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, who ends us
    server = start(command, None if user == "-" else user)
    pidfile.write_text(str(os.getpid()), encoding="ascii")
    try:
        while server.poll() is None and _lives(owner):
            _wait(server, LOOK)
    except Told:
        pass
    finally:
        _stop(server, stop_with)
        pidfile.unlink(missing_ok=True)


def start(command: list[str], user: str | None) -> subprocess.Popen[bytes]:
    """The server, as `user` when we may choose."""
    if user is None:
        return subprocess.Popen(command, start_new_session=True)
    return subprocess.Popen(
        command, start_new_session=True, user=user, group=user_group(user), extra_groups=[]
    )


def user_group(user: str) -> int:
    """The group of a user, by number: `nobody` has one of another name on some systems."""
    return pwd.getpwnam(user).pw_gid


def _stop(server: subprocess.Popen[bytes], stop_with: int) -> None:
    if server.poll() is None:
        server.send_signal(stop_with)
        _wait(server, GRACE)
    if server.poll() is None:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _told(_signal: int, _frame: FrameType | None) -> None:
    raise Told


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
