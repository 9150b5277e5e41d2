"""Long texts are broken where a reader would, never inside a letter; numbers become E.164."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import words


def units(text: str) -> int:
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


@given(st.text(alphabet="اب ت\n.👨‍👩‍👧e\u0301", max_size=300), st.integers(20, 60))
def test_pieces_fit_and_lose_nothing_but_blanks(text: str, limit: int) -> None:
    pieces = list(words.pieces(text, limit))
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_breaks_between_paragraphs_before_lines_and_lines_before_words() -> None:
    assert list(words.pieces("aaaa aaaa\n\nbb bb\nbb", 16)) == ["aaaa aaaa", "bb bb\nbb"]
    assert list(words.pieces("aaaa aaaa\nbb bb bb", 14)) == ["aaaa aaaa", "bb bb bb"]
    assert list(words.pieces("ابقوا في بيوتكم", 10)) == ["ابقوا في", "بيوتكم"]


def test_a_family_of_emoji_is_not_torn_apart() -> None:
    family = "👨‍👩‍👧"
    assert list(words.pieces(family * 3, units(family) + 1)) == [family] * 3


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+218910000001", "+218910000001"),
        ("218910000001", "+218910000001"),
        ("+٢١٨٩١٠٠٠٠٠٠١", "+218910000001"),
        ("+90 (532) 000-00-01", "+905320000001"),
        ("", None),
        ("سالم", None),
        ("+1", None),
        ("9" * 40, None),
    ],
)
def test_numbers_become_e164_or_nothing(written: str, number: str | None) -> None:
    assert words.e164(written) == number
