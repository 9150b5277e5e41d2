"""A lock that the kernel releases when its holders are gone: `kill -9` leaves nothing behind."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.embedded.child import EmbeddedError

ASK_AGAIN_SECONDS = 0.05


@asynccontextmanager
async def locked(path: Path, seconds: float, otherwise: str) -> AsyncIterator[int]:
    """Hold the lock file at `path`; give its file descriptor, for a child to inherit and hold on.

    Raises EmbeddedError with the words `otherwise` when others hold the lock for `seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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
                await asyncio.sleep(ASK_AGAIN_SECONDS)
    except TimeoutError:
        raise EmbeddedError(otherwise) from None


def _locks(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
