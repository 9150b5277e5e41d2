"""The clock of a rehearsal: it stands still until the next event."""

from __future__ import annotations

from datetime import datetime


class PlayedClock:
    """A clock that is moved from event to event, so that an hour goes by at once."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Tell the time that is played, aware, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Count the seconds that are played."""
        return self._now.timestamp()

    def move_to(self, moment: datetime) -> None:
        """Let time go by until a moment."""
        self._now = max(self._now, moment)
