"""SQLite files at one address in turn: an engine that is kept need not compile its SQL again."""

from __future__ import annotations

import os
from pathlib import Path

from tests.servers import session


def at_one_address(file: Path) -> str:
    """Lead the address for files of this name in this process to `file`. Return the address."""
    link = session.folder() / f"{file.stem}-{os.getpid()}.db"
    link.unlink(missing_ok=True)
    link.symlink_to(file)
    return f"sqlite+aiosqlite:///{link}"
