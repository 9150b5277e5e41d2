"""What becomes of a row that a provider refused, reason by reason."""

from __future__ import annotations

from typing import get_args

import pytest

from bot import outbox
from bot.channels.errors import Reason, SendError
from bot.delivery import refusals
from bot.delivery.refusals import GivenUp, ProviderState, Retried, Spared

REASONS: tuple[Reason, ...] = get_args(Reason)
FINAL_REASONS = (
    "blocked",
    "gone",
    "unreachable",
    "filtered",
    "unroutable",
    "rejected",
    "unknown",
)


def test_every_reason_has_its_treatment() -> None:
    assert set(refusals.TREATMENTS) == set(REASONS)


@pytest.mark.parametrize("is_doubtful", [False, True])
@pytest.mark.parametrize("reason", FINAL_REASONS)
def test_a_refusal_for_the_sake_of_the_message_gives_it_up(
    reason: Reason, is_doubtful: bool
) -> None:
    assert refusals.TREATMENTS[reason].provider is ProviderState.ANSWERS
    refusal = SendError(reason)
    assert refusals.decide(refusal, 1, is_doubtful=is_doubtful) == GivenUp()


@pytest.mark.parametrize(
    ("reason", "provider"),
    [
        ("unavailable", ProviderState.AWAY),
        ("unclear", ProviderState.AWAY),
        ("credentials", ProviderState.UNUSABLE),
        ("flood", ProviderState.ANSWERS),
    ],
)
def test_a_refusal_tells_whether_the_provider_is_there(
    reason: Reason, provider: ProviderState
) -> None:
    assert refusals.TREATMENTS[reason].provider is provider


@pytest.mark.parametrize(
    ("reason", "retry", "is_doubtful", "is_spared"),
    [
        ("unavailable", 0.0, False, False),
        ("unavailable", 0.0, True, True),
        ("credentials", 0.0, True, True),
        ("unclear", 0.0, True, False),  # it may have left, so the attempt counts
        ("flood", 10.0, False, True),
        ("flood", 0.0, False, False),
        ("unknown", 0.0, True, False),
    ],
)
def test_an_attempt_counts_unless_the_provider_rests_or_asked_for_silence(
    reason: Reason, retry: float, is_doubtful: bool, is_spared: bool
) -> None:
    fate = refusals.decide(SendError(reason, retry=retry), 1, is_doubtful=is_doubtful)
    assert isinstance(fate, Spared if is_spared else Retried)


@pytest.mark.parametrize("reason", ["unavailable", "unclear", "credentials", "flood", "unknown"])
def test_after_the_last_attempt_a_row_is_given_up(reason: Reason) -> None:
    refusal = SendError(reason, retry=0.0)
    before_last = refusals.decide(refusal, outbox.MAX_ATTEMPTS - 1, is_doubtful=False)
    assert isinstance(before_last, Retried)
    assert refusals.decide(refusal, outbox.MAX_ATTEMPTS, is_doubtful=False) == GivenUp()


def test_a_row_waits_at_least_as_long_as_the_provider_asked() -> None:
    assert refusals.decide(SendError("unclear", retry=900.0), 1, is_doubtful=False) == Retried(900)


def test_waits_double_from_three_seconds_to_an_hour() -> None:
    waits = [refusals.retry_seconds(attempt) for attempt in range(1, outbox.MAX_ATTEMPTS)]
    assert 2.4 <= waits[0] <= 3.6
    assert max(waits) <= 3600 * 1.2
    assert 2 * 3600 < sum(waits) < 6 * 3600
