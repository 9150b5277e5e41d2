"""Files that we make: for the account that runs us alone, whatever its umask was."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

UMASK = 0o077  # files get 0600, folders 0700
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private() -> None:
    """Let this process and all that it starts make files that nobody else can read."""
    os.umask(UMASK)


def close_to_others(folder: Path) -> None:
    """Make a folder, and take away what others may do with what an older version left in it.

    What belongs to another account stays as it is: a volume may be made by the machine.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    _close(folder, FOLDER_MODE)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            _close(Path(parent, name), FOLDER_MODE)
        for name in files:
            _close(Path(parent, name), FILE_MODE)


def _close(path: Path, mode: int) -> None:
    if path.is_symlink() or path.is_socket():
        return
    with suppress(PermissionError, FileNotFoundError):
        path.chmod(mode)
