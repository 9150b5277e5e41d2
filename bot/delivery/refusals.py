"""What a refusal says about the provider, and what becomes of the row: a table by reason."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto

from bot import outbox
from bot.channels.errors import Reason, SendError

FIRST_WAIT_SECONDS = 3.0
LONGEST_WAIT_SECONDS = 3600.0
WAIT_SPREAD = 0.2  # a fifth more or less, so that rows that failed together do not return together


class ProviderState(Enum):
    """What a refusal says about the provider."""

    ANSWERS = auto()  # it refused this message for its own sake
    AWAY = auto()
    UNUSABLE = auto()  # every message would fail until somebody mends our account


class Sparing(Enum):
    """When a refusal takes the attempt back: the message was not at fault."""

    NEVER = auto()
    IN_DOUBT = auto()  # once the sender rests because its provider failed again and again
    WHEN_ASKED = auto()  # the provider asked for so many seconds of silence


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a reason is treated."""

    provider: ProviderState
    sparing: Sparing = Sparing.NEVER


_OWN_FAULT = Treatment(ProviderState.ANSWERS)

TREATMENTS: dict[Reason, Treatment] = {
    "blocked": _OWN_FAULT,
    "gone": _OWN_FAULT,
    "unreachable": _OWN_FAULT,
    "filtered": _OWN_FAULT,
    "unroutable": _OWN_FAULT,
    "rejected": _OWN_FAULT,
    "unknown": _OWN_FAULT,
    "flood": Treatment(ProviderState.ANSWERS, Sparing.WHEN_ASKED),
    "unavailable": Treatment(ProviderState.AWAY, Sparing.IN_DOUBT),
    "unclear": Treatment(ProviderState.AWAY),  # it may have left, so the attempt counts
    "credentials": Treatment(ProviderState.UNUSABLE, Sparing.IN_DOUBT),
}


@dataclass(frozen=True, slots=True)
class Spared:
    """The row waits in the queue, and the attempt does not count."""


@dataclass(frozen=True, slots=True)
class Retried:
    """The row is tried again in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The row has failed."""


Fate = Spared | Retried | GivenUp


def decide(refusal: SendError, attempts: int, *, is_doubtful: bool) -> Fate:
    """Decide what becomes of a refused row after so many attempts.

    `is_doubtful` tells whether the sender's provider failed so often that it rests.
    """
    if _is_spared(refusal, is_doubtful):
        return Spared()
    if refusal.retry is None or attempts >= outbox.MAX_ATTEMPTS:
        return GivenUp()
    return Retried(max(retry_seconds(attempts), refusal.retry))


def _is_spared(refusal: SendError, is_doubtful: bool) -> bool:
    match TREATMENTS[refusal.reason].sparing:
        case Sparing.NEVER:
            return False
        case Sparing.IN_DOUBT:
            return is_doubtful
        case Sparing.WHEN_ASKED:
            return bool(refusal.retry)


def retry_seconds(attempts: int) -> float:
    """Return the seconds until the next try: doubling from 3 s to an hour, spread out a little."""
    seconds = FIRST_WAIT_SECONDS * 2.0 ** (attempts - 1)
    spread = random.uniform(1 - WAIT_SPREAD, 1 + WAIT_SPREAD)  # noqa: S311
    return min(LONGEST_WAIT_SECONDS, seconds) * spread
