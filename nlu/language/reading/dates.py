"""Days as people write them, and which day each is when somebody writes it on a certain day.

Numbers are day before month, as Libyans write them. A day without its year is the one nearest
ahead; one that went by within two months is taken for that, so that a mistake is noticed.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never

PAST_DAYS = 60  # a day without a year that went by so lately is meant
FUTURE_DAYS = 305  # … else the one that comes within so many days
DAYS_OF_A_WEEK = 7
MONTHS_OF_A_YEAR = 12


class Problem(StrEnum):
    """Why words for a day name no day that we can take."""

    UNREAL = "unreal"  # 31 February, the 35th
    OTHER_CALENDAR = "other_calendar"  # Hijri: which day it is depends on who sees the moon


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day and a month, and a year where one is written."""

    day: int
    month: int
    year: int | None = None


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """A day without a month: "the 20th", «يوم 3»; -1 is the last of the month.

    `ahead` are months from the present one, where the words say so: "next month".
    """

    day: int
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, Monday is 0. `weeks` are added: "the Friday after next".

    `may_be_today`: "this Friday" on a Friday.
    """

    number: int
    weeks: int = 0
    may_be_today: bool = False


@dataclass(frozen=True, slots=True)
class Ahead:
    """So many days or months from then on: "tomorrow", «بعد أسبوع»; 0 is today."""

    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Unusable:
    """Words for a day that is none that we can take."""

    problem: Problem


Words = DayOfYear | DayOfMonth | Weekday | Ahead | Unusable


def resolve(words: Words, base: date) -> date | Problem:
    """Return the day that words mean which are counted from a day."""
    match words:
        case DayOfYear():
            return _day_of_year(words, base)
        case DayOfMonth():
            return _day_of_month(words, base)
        case Weekday():
            return _weekday(words, base)
        case Ahead(days, months):
            return months_later(base, months) + timedelta(days=days)
        case Unusable(problem):
            return problem
        case _:
            assert_never(words)


def _day_of_year(words: DayOfYear, base: date) -> date | Problem:
    if words.year is not None:
        return _real(
            words.year,
            words.month,
            words.day,
        )
    earliest = base - timedelta(days=PAST_DAYS)
    latest = base + timedelta(days=FUTURE_DAYS)
    days: list[date] = []
    for year in (base.year - 1, base.year, base.year + 1):
        day = _real(
            year,
            words.month,
            words.day,
        )
        if not isinstance(day, Problem):
            days.append(day)
    for day in days:
        if earliest <= day <= latest:
            return day
    if days:  # 29 February, in a year far ahead
        return days[-1]
    return Problem.UNREAL


def _real(year: int, month: int, day: int) -> date | Problem:
    try:
        return date(
            year,
            month,
            day,
        )
    except ValueError:
        return Problem.UNREAL


def _day_of_month(words: DayOfMonth, base: date) -> date | Problem:
    if words.ahead is not None:
        first = months_later(base.replace(day=1), words.ahead)
        return _in_month(first, words.day)
    if words.day == -1:
        return _in_month(base, -1)
    first = base.replace(day=1)
    for months in range(MONTHS_OF_A_YEAR):
        day = _in_month(months_later(first, months), words.day)
        if not isinstance(day, Problem) and day >= base:
            return day
    return Problem.UNREAL


def _in_month(month: date, day: int) -> date | Problem:
    if day == -1:
        return month.replace(day=_days_of(month))
    return _real(
        month.year,
        month.month,
        day,
    )


def _days_of(month: date) -> int:
    _, days = calendar.monthrange(month.year, month.month)
    return days


def _weekday(words: Weekday, base: date) -> date:
    days_ahead = (words.number - base.weekday()) % DAYS_OF_A_WEEK
    if days_ahead == 0 and not words.may_be_today:
        days_ahead = DAYS_OF_A_WEEK
    return base + timedelta(days=days_ahead, weeks=words.weeks)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month."""
    index = day.year * MONTHS_OF_A_YEAR + day.month - 1 + months
    year, month = divmod(index, MONTHS_OF_A_YEAR)
    first = date(
        year,
        month + 1,
        1,
    )
    return first.replace(day=min(day.day, _days_of(first)))
