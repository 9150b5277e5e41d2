"""Reports of wardens by number, and what is no report."""

from __future__ import annotations

import pytest

from bot.dialogue import ward_reports
from bot.dialogue.ward_reports import Told
from tests.dialogue.talking import FLOWS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3 safe", [Told((3,), "safe")]),
        ("3 is safe", [Told((3,), "safe")]),
        ("Number 12: fine", [Told((12,), "safe")]),
        ("1, 2 and 4 ok; 5 needs help", [Told((1, 2, 4), "safe"), Told((5,), "help")]),
        ("7 no answer\n8 staying", [Told((7,), "not_reached"), Told((8,), "staying")]),
        ("2 wants to leave", [Told((2,), "evacuate")]),
        ("6 can't reach", [Told((6,), "not_reached")]),
        ("All safe!", [Told((), "safe")]),
        ("They are all safe", [Told((), "safe")]),
        ("٣ بخير", [Told((3,), "safe")]),
        ("١ و٤ بخير، ٥ يحتاج مساعدة", [Told((1, 4), "safe"), Told((5,), "help")]),
        ("3بخير", [Told((3,), "safe")]),
        ("رقم ٧ ما يردش", [Told((7,), "not_reached")]),
        ("٢ محاصرة", [Told((2,), "help")]),
        ("٨ يبي يطلع", [Told((8,), "evacuate")]),
        ("٩ باقية", [Told((9,), "staying")]),
        ("كلهم بخير", [Told((), "safe")]),
        ("الكل بخير والحمد لله", [Told((), "safe")]),
        ("3 b5air", [Told((3,), "safe")]),
        ("4 mayrodish", [Told((4,), "not_reached")]),
        ("kolhom b5air", [Told((), "safe")]),
    ],
)
def test_a_report_is_read(text: str, told: list[Told]) -> None:
    assert ward_reports.read(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "safe",
        "أنا بخير",
        "كلنا بخير",
        "we are 4 and safe",
        "I am 30, need help",
        "٤ نبي مساعدة",
        "نحن 5 محاصرين في البيت",
        "3 safe, please call my mother",
        "0912345678 safe",
        "3 safe " * 60,
        "🙏",
        "number safe",
    ],
)
def test_what_says_anything_else_is_conversation(text: str) -> None:
    assert ward_reports.read(text) == []


def test_the_words_for_the_list_are_those_of_the_flows() -> None:
    words = FLOWS.commands["mypeople"].words
    assert len(words) + 1 == len(ward_reports.LIST_WORDS)
    assert all(map(ward_reports.asks_for_list, ("mypeople", *words)))
