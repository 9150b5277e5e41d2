"""A circuit breaker: something outside that failed several times in a row is left alone."""

from __future__ import annotations

from bot.runtime.clock import Clock

FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0


class Breaker:
    """Whether something outside answers, such as a provider, Redis or Rasa.

    After `tolerated` failures in a row it is in doubt and rests; then one try finds out. Rests
    double from `first_rest_seconds` to `longest_rest_seconds`. A silence is a rest that the other
    side asked for itself.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        tolerated: int,
        first_rest_seconds: float = FIRST_REST_SECONDS,
        longest_rest_seconds: float = LONGEST_REST_SECONDS,
    ) -> None:
        self._clock = clock
        self._tolerated = tolerated
        self._first_rest_seconds = first_rest_seconds
        self._longest_rest_seconds = longest_rest_seconds
        self._failures = 0
        self._next_rest_seconds = first_rest_seconds
        self._doubtful_since = 0.0
        self._rest_until = 0.0
        self._silent_since = 0.0
        self._silent_until = 0.0

    @property
    def rest_seconds(self) -> float:
        """Seconds until it may be tried again, 0 when it may be tried now."""
        until = max(self._rest_until, self._silent_until)
        return max(0.0, until - self._clock.monotonic())

    @property
    def is_doubtful(self) -> bool:
        """Whether it failed so often that a single try must find out whether it is back."""
        return self._failures >= self._tolerated

    def is_away(self, seconds: float) -> bool:
        """Tell whether nothing got through for this long: it fails, or asked for a long silence."""
        now = self._clock.monotonic()
        if self.is_doubtful:
            since = self._doubtful_since
        elif now < self._silent_until:
            since = self._silent_since
        else:
            return False
        return now > since and now - since >= seconds

    def succeed(self) -> bool:
        """Forget the failures, since it answered; return whether it was in doubt until now."""
        was_doubtful = self.is_doubtful
        self._failures = 0
        self._rest_until = 0.0
        self._next_rest_seconds = self._first_rest_seconds
        return was_doubtful

    def fail(self, *, is_certain: bool = False) -> float:
        """Count a failure; return the seconds of the rest that begins with it, 0 when none begins.

        With `is_certain` every other try would fail too, so the rest begins at once.
        """
        now = self._clock.monotonic()
        if not self.is_doubtful:
            self._doubtful_since = now
        self._failures = self._tolerated if is_certain else self._failures + 1
        if not self.is_doubtful or self.rest_seconds:
            return 0.0
        rest_seconds = self._next_rest_seconds
        self._rest_until = now + rest_seconds
        self._next_rest_seconds = min(self._longest_rest_seconds, rest_seconds * 2)
        return rest_seconds

    def silence(self, seconds: float) -> None:
        """Rest for as long as the other side asked: whoever has a turn already waits as well."""
        now = self._clock.monotonic()
        if now >= self._silent_until:
            self._silent_since = now
        self._silent_until = max(self._silent_until, now + seconds)
