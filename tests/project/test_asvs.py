"""The table of ASVS is whole, its counts are right, and what is met says where that is shown."""

from __future__ import annotations

import re
from collections import Counter

from bot.runtime.settings import ROOT

PAGE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
COUNT = re.compile(r"^\| (met|installation|partly|not met) \| (\d+) \|", re.MULTILINE)
COUNTED_BY_THE_ATTACK = 81
SHOWN = re.compile(r"\]\([^)]+\)|`[^`]+`")  # a test, a page, a file, a command
MIN_REASON_CHARS = 40


def test_each_row_stands_once_and_in_order() -> None:
    numbers = [tuple(map(int, row[0].split("."))) for row in ROW.findall(PAGE)]
    assert len(numbers) == COUNTED_BY_THE_ATTACK
    assert numbers == sorted(set(numbers))


def test_the_counts_are_those_of_the_rows() -> None:
    states = Counter(row[2] for row in ROW.findall(PAGE))
    assert {state: int(count) for state, count in COUNT.findall(PAGE)} == states


def test_what_is_met_is_shown_and_what_is_not_has_a_reason() -> None:
    for number, _asks, state, where in ROW.findall(PAGE):
        if state == "met":
            assert SHOWN.search(where), number
        else:
            assert len(where) >= MIN_REASON_CHARS, number
