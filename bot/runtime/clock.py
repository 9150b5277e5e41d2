"""The clock of a process: the present time, and seconds for measuring how long something takes.

No other module of `bot` asks the operating system for the time, so a test can set both.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present when it is called, and counts seconds that never jump."""

    def __call__(self) -> datetime:
        """Tell the present, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Count seconds from an arbitrary beginning: only differences mean something."""
        ...


class SystemClock:
    """The clock of the machine."""

    def __call__(self) -> datetime:
        """Tell the present, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Count seconds from an arbitrary beginning: only differences mean something."""
        return time.monotonic()


SYSTEM_CLOCK = SystemClock()
