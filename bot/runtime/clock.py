"""The clock of a process: the present time, and seconds for measuring how long something takes.

No other module of `bot` asks the operating system for the time, so a test can set both.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """A clock ahead of another one: for practice, where time goes by at once."""

    clock: Clock
    ahead: timedelta

    def __call__(self) -> datetime:
        """Tell the time of the other clock, and so much more."""
        return self.clock() + self.ahead

    def monotonic(self) -> float:
        """Count the seconds of the other clock, and so many more."""
        return self.clock.monotonic() + self.ahead.total_seconds()
