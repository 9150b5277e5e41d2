"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any


async def until(holds: Callable[[], Any | Awaitable[Any]], seconds: float = 20.0) -> Any:
    """The first true answer of `holds`, asked again and again.

    Raises TimeoutError naming what never came.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = holds()
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer:
            return answer
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{getattr(holds, '__name__', holds)} did not come true within {seconds} s")


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return (
        not status.exists()
        or status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    )
