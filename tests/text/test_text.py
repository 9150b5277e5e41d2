"""Texts: SMS parts as providers bill them, cleaning, digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.sms import for_sms, sms_parts
from bot.text.text import ascii_digits, clean, direction, other

ARABIC = "ا"


@pytest.mark.parametrize(
    ("text", "parts", "encoding"),
    [
        ("", 1, "GSM-7"),
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("a" * 306, 2, "GSM-7"),
        ("a" * 307, 3, "GSM-7"),
        ("€" * 80, 1, "GSM-7"),
        ("€" * 81, 2, "GSM-7"),
        (ARABIC * 70, 1, "UCS-2"),
        (ARABIC * 71, 2, "UCS-2"),
        (ARABIC * 134, 2, "UCS-2"),
        (ARABIC * 135, 3, "UCS-2"),
        (ARABIC * 201, 3, "UCS-2"),
        (ARABIC * 202, 4, "UCS-2"),
        ("a" * 69 + ARABIC, 1, "UCS-2"),
        ("😀" * 35, 1, "UCS-2"),
        ("😀" * 36, 2, "UCS-2"),
    ],
)
def test_parts_of_an_sms(text: str, parts: int, encoding: str) -> None:
    counted = sms_parts(text)
    assert (counted.count, counted.encoding) == (parts, encoding)


def test_an_escaped_letter_is_never_cut_in_two() -> None:
    assert sms_parts("a" * 152 + "€" + "b" * 10).count == 2
    assert (
        sms_parts("a" * 152 + "€" + "b" * 152).count == 3
    )  # the escape starts the second part: 2 + 152 > 153


def test_the_characters_that_cost_are_named_once() -> None:
    assert sms_parts("I’m fine’ ok").forced_by == "’"


def test_curly_quotes_and_direction_marks_do_not_make_english_expensive() -> None:
    assert sms_parts(for_sms("I\u200f’m “fine” — thanks…\r\nbye")).encoding == "GSM-7"


@given(st.text(max_size=400))
def test_parts_never_shrink_when_a_letter_is_added(text: str) -> None:
    assert sms_parts(text + "a").count >= sms_parts(text).count


@given(st.text(max_size=300))
def test_cleaning_removes_what_could_turn_a_page_around(text: str) -> None:
    assert not set(clean("\u202e" + text + "\x00", 100)) & {"\u202e", "\x00", "\u200f"}


def test_cleaning_leaves_nothing_that_acts_on_a_screen() -> None:
    acting = "\x1b[2J\x9b\x07\x7f\u061c\u202a\u202e\u2066\u2069\u206e\ufffa\u200f\x00"
    assert clean(f"ن{acting}عم", 100) == "ن[2Jعم"
    assert clean("سطر\nآخر\tهنا", 100) == "سطر\nآخر\tهنا"
    assert clean("👩‍👩‍👧 می‌خواهم", 100) == "👩‍👩‍👧 می‌خواهم"  # joiners belong to words
    assert clean("نجدة\ud800", 100) == "نجدة\ufffd"


def test_cleaning_cuts_very_long_texts() -> None:
    assert len(clean("ب" * 10_000, 1000)) == 1000


def test_arabic_and_persian_digits_are_digits() -> None:
    assert ascii_digits("٠١٢٣٤٥٦٧٨٩ ۴۵۶") == "0123456789 456"


def test_languages_have_a_direction_and_another() -> None:
    assert (direction("ar"), direction("en")) == ("rtl", "ltr")
    assert (other("ar"), other("en")) == ("en", "ar")
