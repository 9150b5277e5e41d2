"""How far a place is believed: one curve, the same in SQL and in Python, that never rises."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.consular.reference import freshness
from bot.consular.reference.freshness import CURVE, STALE_AFTER
from bot.models import Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock

NOW = SetClock()()
SECOND = timedelta(seconds=1)
AGES = st.timedeltas(min_value=-timedelta(days=1), max_value=timedelta(days=4000))


@given(AGES, AGES)
def test_a_place_is_believed_less_the_older_it_is(first: timedelta, second: timedelta) -> None:
    younger, older = sorted((first, second))
    percents = [freshness.percent(NOW - age, NOW) for age in (younger, older)]
    assert 100 >= percents[0] >= percents[1] >= 0


@given(AGES)
def test_whoever_is_stale_is_believed_less_than_whoever_is_present(age: timedelta) -> None:
    placed_at = NOW - age
    is_present = freshness.percent(placed_at, NOW) >= freshness.PRESENT_PERCENT
    assert freshness.has_gone_stale(placed_at, NOW) is not is_present


def test_a_place_is_stale_after_half_a_year_and_one_never_told_always() -> None:
    assert timedelta(days=180) == STALE_AFTER
    assert not freshness.has_gone_stale(NOW - STALE_AFTER, NOW)
    assert freshness.has_gone_stale(NOW - STALE_AFTER - SECOND, NOW)
    assert freshness.has_gone_stale(None, NOW)
    assert freshness.percent(None, NOW) == 0


@pytest.mark.parametrize(
    ("days", "word"),
    [(0, "sure"), (90, "sure"), (91, "likely"), (181, "doubtful"), (731, "unknown")],
)
def test_the_record_says_it_in_words(days: int, word: str) -> None:
    assert freshness.confidence(NOW - timedelta(days=days), NOW) == word
    assert freshness.confidence(None, NOW) == "unknown"


async def test_the_database_says_the_same(runtime: Runtime) -> None:
    ages: list[timedelta | None] = [None, -timedelta(hours=1), timedelta(days=5000)]
    for days, _percent in CURVE:
        edge = timedelta(days=days)
        ages += [edge - SECOND, edge, edge + SECOND]
    now = runtime.clock()
    async with runtime.db.begin() as session:
        expected = {}
        for age in ages:
            placed_at = None if age is None else now - age
            person = await builders.person(session, now, placed_at=placed_at)
            expected[person.id] = (
                freshness.percent(placed_at, now),
                freshness.has_gone_stale(placed_at, now),
            )
        columns = (Person.id, freshness.percent_of(now), freshness.is_stale(now))
        said = await session.execute(select(*columns))
        assert {number: (percent, bool(stale)) for number, percent, stale in said} == expected
