"""Temporary files in memory, where the machine has room: databases wait for no disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
NEEDED = 3 * 1024**3  # bytes; a whole run uses a third of it


def use() -> None:
    """Put temporary files of this process and its children into memory.

    A set TMPDIR stays as it is, and so does a machine without enough shared memory.
    """
    if "TMPDIR" in os.environ or not os.access(SHARED_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(SHARED_MEMORY).free > NEEDED:
        os.environ["TMPDIR"] = str(SHARED_MEMORY)
        tempfile.tempdir = None  # asked anew
