"""Links and telephone numbers are found in a text as networks find them, and nothing else is."""

from __future__ import annotations

import pytest

from bot.text import links

LEFT_OUT = [
    ("Go to https://mofa.gov.ly/en.", "Go to L."),
    ("انظر www.mofa.gov.ly، ثم ارجع", "انظر L، ثم ارجع"),
    ("(mofa.gov.ly)", "(L)"),
    ("t.me/SomeBot or wa.me/218911", "L or L"),
    ("bit.ly/3xY?a=b#c now", "L now"),
    ("write to help@mofa.gov.ly", "write to L"),
    ("Call +971 50 123 4567 now", "Call N now"),
    ("اتصل على \u200e+971501234567 الآن", "اتصل على N الآن"),
    ("٠٤ ١٢٣ ٤٥٦٧", "N"),
    ("(04) 123-4567", "N"),
    ("0097142345678", "N"),
    ("رابط:https://a.ly/ب", "رابط:L"),
]
STAYS = [
    "Look for @TammenBot",
    "On 2026-11-30 at 18:00, 30.11.2026, 1/12/2026",
    "Call 999, 112 or ١٩٣",
    "Stay calm.We are with you... 3.5 km, 25.2048, 55.2708",
    "10,000,000 dinars; flight TK1234; gate 12-14; 9:00-17:30",
    "ابقوا في بيوتكم. نحن معكم",
    "",
]


@pytest.mark.parametrize(("text", "plain"), LEFT_OUT)
def test_a_link_or_a_number_is_left_out_with_nothing_around_it(text: str, plain: str) -> None:
    assert links.has_any(text)
    assert links.without(text, "L", "N") == plain


@pytest.mark.parametrize("text", STAYS)
def test_days_short_numbers_and_names_stay(text: str) -> None:
    assert not links.has_any(text)
    assert links.without(text, "L", "N") == text


def test_a_long_text_is_read_at_once() -> None:
    text = "a" * 5000 + "1" * 5000 + "a." * 2000
    assert links.without(text, "L", "N") == text
