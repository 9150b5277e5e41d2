"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SetClock:
    """Called, it tells the time (aware, UTC); `monotonic` counts its seconds; `advance` moves
    both.
    """

    def __init__(self, start: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def advance(self, **by: float) -> datetime:
        """Moves forward by `seconds=`, `minutes=`, `hours=`, `days=` … and tells the new time."""
        self._now += timedelta(**by)
        return self._now
