"""A breaker rests after failures in a row, longer each time; an answer makes it forget them."""

from __future__ import annotations

import pytest

from bot.runtime.breaker import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Breaker
from tests.clock import SetClock

TOLERATED = 3


@pytest.fixture
def breaker(clock: SetClock) -> Breaker:
    return Breaker(clock, tolerated=TOLERATED)


def test_it_rests_once_as_many_failures_as_tolerated_came_in_a_row(breaker: Breaker) -> None:
    assert [breaker.fail() for _ in range(TOLERATED)] == [0, 0, FIRST_REST_SECONDS]
    assert breaker.is_doubtful
    assert breaker.rest_seconds == FIRST_REST_SECONDS


def test_a_success_in_between_forgives(breaker: Breaker) -> None:
    breaker.fail()
    breaker.fail()
    assert not breaker.succeed()
    assert [breaker.fail(), breaker.fail()] == [0, 0]
    assert not breaker.is_doubtful
    assert breaker.rest_seconds == 0


def test_rests_double_until_the_longest(breaker: Breaker, clock: SetClock) -> None:
    rests = []
    for _ in range(TOLERATED + 6):
        rests.append(breaker.fail())
        clock.advance(seconds=breaker.rest_seconds)
    assert rests[TOLERATED - 1 :] == [1, 2, 4, 8, 16, LONGEST_REST_SECONDS, LONGEST_REST_SECONDS]


def test_failures_of_what_left_before_the_rest_do_not_lengthen_it(breaker: Breaker) -> None:
    rests = [breaker.fail() for _ in range(TOLERATED + 5)]
    assert sum(rests) == FIRST_REST_SECONDS
    assert breaker.rest_seconds == FIRST_REST_SECONDS


def test_a_success_tells_whether_it_was_in_doubt_and_ends_the_rest(breaker: Breaker) -> None:
    breaker.fail(is_certain=True)
    assert breaker.rest_seconds == FIRST_REST_SECONDS
    assert breaker.succeed()
    assert not breaker.succeed()
    assert breaker.rest_seconds == 0
    assert breaker.fail(is_certain=True) == FIRST_REST_SECONDS


def test_it_is_away_from_the_failure_that_put_it_in_doubt_on(
    breaker: Breaker, clock: SetClock
) -> None:
    breaker.fail()
    assert not breaker.is_away(0)
    breaker.fail(is_certain=True)
    clock.advance(seconds=59)
    assert breaker.is_away(59)
    assert not breaker.is_away(60)
    breaker.succeed()
    assert not breaker.is_away(0)


def test_a_long_silence_counts_as_away(breaker: Breaker, clock: SetClock) -> None:
    breaker.silence(3600)
    breaker.silence(10)
    assert breaker.rest_seconds == 3600
    clock.advance(seconds=60)
    assert breaker.is_away(60)
    assert not breaker.is_away(61)
    clock.advance(hours=1)
    assert not breaker.is_away(0)
    assert breaker.rest_seconds == 0
