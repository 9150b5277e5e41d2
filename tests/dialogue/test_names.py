"""The name of the writer in what they write."""

from __future__ import annotations

import pytest

from bot.dialogue import names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my name is Jordan Elsharif, dads libyan", "Jordan Elsharif"),
        ("esmi Abdurraouf Kshir", "Abdurraouf Kshir"),
        ("اسمي سلامة بوزيد", "سلامة بوزيد"),
        ("اسمي فتحي سويسي والبو عنده جلسات", "فتحي سويسي"),
        ("اسمي سالم جيت من ليبيا", "سالم"),
        ("my name is not important", None),
        ("ana taleb fi bursa", None),
    ],
)
def test_a_name_that_is_said_is_taken_whole(text: str, name: str | None) -> None:
    assert names.introduced(text) == name


@pytest.mark.parametrize("text", ["will write tmrw", "With kind regards", "Yes agree", "خالد مريض"])
def test_a_sentence_is_no_full_name(text: str) -> None:
    assert names.full(text, is_awaited=True) is None
