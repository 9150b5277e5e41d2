"""Telephone numbers as people write them, and the number that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.dialogue.phones import numbers
from bot.models import Person
from tests.dialogue.talking import talking

TURKISH = "+905321234567"
LIBYAN = "+218912345678"
# What somebody writes who was asked, in a country or nobody knows where, and the numbers in it.
ANSWERS = [
    ("905321234567", None, [TURKISH]),
    ("905321234567+", None, [TURKISH]),
    ("905321234567 +", None, [TURKISH]),
    ("+905321234567", None, [TURKISH]),
    ("+ 90 532 123 45 67", None, [TURKISH]),
    ("00905321234567", None, [TURKISH]),
    ("00 90 532 123 45 67", None, [TURKISH]),
    ("٠٠٩٠٥٣٢١٢٣٤٥٦٧", None, [TURKISH]),
    ("\u200f٩٠٥٣٢١٢٣٤٥٦٧+", None, [TURKISH]),
    ("\u061c+905321234567", None, [TURKISH]),
    ("\u202a+90 532 123 4567\u202c", None, [TURKISH]),
    ("+90\u00a0532\u00a0123\u00a045\u00a067", None, [TURKISH]),
    ("+90–532–123–45–67", None, [TURKISH]),
    ("+90.532.123.45.67", None, [TURKISH]),
    ("+90 (0) 532 123 45 67", None, [TURKISH]),
    ("+90 0532 123 45 67", None, [TURKISH]),
    ("(+90)5321234567", None, [TURKISH]),
    ("＋905321234567", None, [TURKISH]),
    ("tel:+905321234567", None, [TURKISH]),
    ("9 0 5 3 2 1 2 3 4 5 6 7", None, [TURKISH]),
    ("رقمي 00905321234567 شكرا", None, [TURKISH]),
    ("my number is 905321234567, thanks", None, [TURKISH]),
    ("05321234567", "TR", [TURKISH]),
    ("0532-123-45-67", "TR", [TURKISH]),
    ("(0532) 123 45 67", "TR", [TURKISH]),
    ("٠٥٣٢١٢٣٤٥٦٧", "TR", [TURKISH]),
    ("۰۵۳۲۱۲۳۴۵۶۷", "TR", [TURKISH]),
    ("5321234567", "TR", [TURKISH]),
    ("532 123 45 67", "TR", [TURKISH]),
    ("رقمي التركي: 0532 123 45 67", "TR", [TURKISH]),
    ("218 91 234 5678", None, [LIBYAN]),
    ("218 91 234 5678", "TR", [LIBYAN]),
    ("0912345678", "TR", [LIBYAN]),
    ("0912345678", "LY", [LIBYAN]),
    ("091-234-5678", "TN", [LIBYAN]),
    ("912345678", "LY", [LIBYAN]),
    ("واتساب 0912345678", "EG", [LIBYAN]),
    ("01012345678", "EG", ["+201012345678"]),
    ("0044 20 7946 0958", None, ["+442079460958"]),
    ("05321234567 او 0912345678", "TR", [TURKISH, LIBYAN]),
    ("+905321234567 +218912345678", None, [TURKISH, LIBYAN]),
    ("00905321234567 / 00218912345678", None, [TURKISH, LIBYAN]),
    ("05321234567 و +90 532 123 45 67", "TR", [TURKISH]),
    ("0912345678", None, []),
    ("0532", "TR", []),
    ("123456", "TR", []),
    ("119860123456", "LY", []),
    ("رقم الجواز 12345678", "TR", []),
    ("2026-11-29", "TR", []),
    ("41.0082, 28.9784", "TR", []),
    ("ما عندي رقم", "TR", []),
]
# What somebody writes whom nobody asked: a number alone, or with a word that says what it is.
UNASKED = [
    ("05321234567", [TURKISH]),
    ("905321234567+", [TURKISH]),
    ("رقمي 05321234567 شكرا", [TURKISH]),
    ("call me on 0532 123 45 67", [TURKISH]),
    ("ra9mi 0912345678", [LIBYAN]),
    ("نحن في +905321234567", [TURKISH]),
    ("رقم الجواز 05321234567", []),
    ("حجزي 5321234567 يوم الاحد", []),
    ("flight number 05321234567", []),
    ("احنا 3 في اسطنبول من 2019", []),
    ("رقمه 0912345678", []),
    ("her number is +218 91 234 5678", []),
    ("I am in Malta, his phone is +218912345678", []),
    ("أنا في تونس ونمرتها 0925551234", []),
    ("call my dad on +218912345678, he is in Leeds", []),
    ("راسلوا خوي على +218912345678", []),
    ("my dad is ill, call me on +218912345678", ["+218912345678"]),
    ("رقمي +218 91 000 0066", ["+218910000066"]),
]


@pytest.mark.parametrize(("text", "country", "expected"), ANSWERS)
def test_a_number_is_read_as_it_is_written(
    text: str, country: str | None, expected: list[str]
) -> None:
    assert numbers(text, country, is_asked=True) == expected


@pytest.mark.parametrize(("text", "expected"), UNASKED)
def test_a_number_that_nobody_asked_for_says_what_it_is(text: str, expected: list[str]) -> None:
    assert numbers(text, "TR", is_asked=False) == expected


REGISTERING = ("/register", "نعم", "سالم علي", "اسطنبول", "3")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["05321234567"], TURKISH),
        (["0912345678"], LIBYAN),
        (["905321234567+"], TURKISH),
        (["رقمي 00905321234567 شكرا"], TURKISH),
        (["123"], None),
        (["123", "٠٥٣٢ ١٢٣ ٤٥ ٦٧"], TURKISH),
        (["05321234567 او 0912345678"], None),
        (["05321234567 او 0912345678", "2"], LIBYAN),
        (["05321234567 او 0912345678", "٠٥٣٢١٢٣٤٥٦٧"], TURKISH),
        (["05321234567 او 0912345678", "تخطي"], None),
        (["تخطي", "0912345678"], LIBYAN),
        (["تخطي", "رقمي 05321234567 او 0912345678", "1"], TURKISH),
    ],
)
async def test_a_number_is_kept_and_of_several_we_ask_which(
    tmp_path: Path, lines: list[str], expected: str | None
) -> None:
    async with talking(tmp_path) as talk:
        for line in (*REGISTERING, *lines):
            await talk.say(line)
        async with talk.runtime.db.read() as session:
            assert await session.scalar(select(Person.phone)) == expected
