"""Figures that watchers of an advisory share: counted once for a while, never kept for ever."""

from __future__ import annotations

import asyncio

import pytest

from bot.console.advisories.sharing import LIFETIME_FACTOR, SharedFigures
from bot.consular.advisories import results
from bot.consular.advisories.results import Results


class Count:
    """Counting that takes so many seconds by a clock of its own, and how often it was done."""

    def __init__(self, seconds: float = 2.0) -> None:
        self.now = 100.0
        self.times = 0
        self._seconds = seconds

    def clock(self) -> float:
        return self.now

    async def __call__(self) -> Results:
        self.times += 1
        self.now += self._seconds
        await asyncio.sleep(0)
        return Results(results.none(), {}, {}, {})


@pytest.fixture
def count() -> Count:
    """Counting that takes two seconds."""
    return Count()


async def test_all_who_watch_share_one_count(count: Count) -> None:
    figures = SharedFigures(count.clock)
    watchers = [figures.of(7, count) for _ in range(10)]
    seen = await asyncio.gather(*watchers)
    assert count.times == 1
    assert len({id(watched) for watched in seen}) == 1


async def test_figures_are_counted_anew_after_their_time(count: Count) -> None:
    figures = SharedFigures(count.clock)
    await figures.of(7, count)
    count.now += 2.0 * LIFETIME_FACTOR - 0.1
    await figures.of(7, count)
    assert count.times == 1
    count.now += 0.2
    await figures.of(7, count)
    assert count.times == 2


async def test_expired_figures_are_forgotten_when_another_advisory_is_looked_at(
    count: Count,
) -> None:
    figures = SharedFigures(count.clock)
    for advisory_id in (1, 2, 3):
        await figures.of(advisory_id, count)
    assert len(figures) == 3
    count.now += 100.0
    await figures.of(4, count)
    assert len(figures) == 1


async def test_no_more_advisories_are_kept_than_the_limit() -> None:
    slow = Count(seconds=1000.0)
    figures = SharedFigures(slow.clock, limit=5)
    for advisory_id in range(12):
        await figures.of(advisory_id, slow)
        assert len(figures) <= 5
    times = slow.times
    await figures.of(11, slow)
    assert slow.times == times, "the latest ones stay"
    await figures.of(0, slow)
    assert slow.times == times + 1, "the oldest one went"
