"""Whether a channel's provider is there."""

from __future__ import annotations

import time

import structlog

from bot.messages import Channel
from bot.runtime import metrics

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds a channel rests while its provider is away
TOLERATED = 5  # failures of the provider in a row before the channel rests

log = structlog.get_logger(__name__)


class Circuit:
    """Whether a sender's provider is there. After some failures in a row the sender rests, then tries one message.

    Rests grow from 1 s to 30 s. Both lanes of a channel share it.
    """

    def __init__(self, channel: Channel, sender: str = "") -> None:
        self.channel, self.sender = channel, sender or channel.value
        self._failures = 0
        self._doubted = 0.0
        self._until = 0.0
        self._silent_since = self._silent_until = 0.0
        self._pause = FIRST_PAUSE

    @property
    def rest(self) -> float:
        """Seconds until the channel may be tried again."""
        return max(0.0, self._until - time.monotonic(), self._silent_until - time.monotonic())

    @property
    def is_doubtful(self) -> bool:
        """Whether the provider failed so often that only one message is tried."""
        return self._failures >= TOLERATED

    def is_away(self, seconds: float) -> bool:
        """Whether nothing has left for this long: it keeps failing, or asked for a long silence."""
        now = time.monotonic()
        since = (
            self._doubted
            if self.is_doubtful
            else self._silent_since
            if now < self._silent_until
            else now
        )
        return now - since >= seconds and since < now

    def succeed(self) -> None:
        """The provider took a message, or refused one for its own sake: it is there."""
        if self.is_doubtful:
            log.info("channel_resumed", channel=self.channel.value, sender=self.sender)
        self._failures, self._until, self._pause = 0, 0.0, FIRST_PAUSE

    def hush(self, seconds: float) -> None:
        """The provider asked for silence: what has its turn of the pace already must wait as well."""
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_since = now
        self._silent_until = max(self._silent_until, now + seconds)

    def fail(self, reason: str) -> None:
        """The provider was away. Wrong credentials stop the channel at once: every message would fail."""
        if not self.is_doubtful:
            self._doubted = time.monotonic()
        self._failures = TOLERATED if reason == "credentials" else self._failures + 1
        if not self.is_doubtful or self.rest:
            return
        metrics.PAUSES.labels(self.channel).inc()
        log.warning(
            "channel_paused",
            channel=self.channel.value,
            sender=self.sender,
            why=reason,
            seconds=self._pause,
        )
        self._until = time.monotonic() + self._pause
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
