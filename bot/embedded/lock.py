"""A lock on a folder that the kernel lets go when its holders are gone: nothing to clean up after a
`kill -9`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.embedded.child import EmbeddedError


@asynccontextmanager
async def locked(path: Path, seconds: float, otherwise: str) -> AsyncIterator[int]:
    """Holds the lock file at `path`; gives its file descriptor, which a child may inherit to hold
    it on.

    Raises EmbeddedError with the words `otherwise` when it is not to be had within `seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _wait(handle, seconds, otherwise)
        yield handle
    finally:
        os.close(handle)


async def _wait(handle: int, seconds: float, otherwise: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not _locks(handle):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise EmbeddedError(otherwise) from None


def _locks(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
