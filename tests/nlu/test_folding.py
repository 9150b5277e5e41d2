"""One spelling for the ways a text is typed, and one consonant code for three ways to write a
word.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.language.folding import digits, fold, words
from nlu.language.skeleton import skeleton


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("أنا بخـيـر", "انا بخير"),
        ("إِنْ شَاءَ اللَّه", "ان شا الله"),
        ("مدرسة على مستشفى", "مدرسه علي مستشفي"),
        ("هلاااااا واللهههه", "هلا والله"),
        ("٠١٢٣ ۴۵۶", "0123 456"),
        ("I’m  FINE\n\tnow", "im fine now"),
        ("helpppp", "help"),
        ("3'ali 7'ayef", "ghali khayef"),
        ("İstanbul Şabrātah Diyarbakır", "istanbul sabratah diyarbakir"),
        ("\u202eمرحبا\u200f\x00", "مرحبا"),
        ("ڤرنسا گاعد", "فرنسا قاعد"),
        ("1000 2222", "1000 2222"),
    ],
)
def test_spellings_of_one_text_become_one(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing_for_words(text: str) -> None:
    said = [word.folded for word in words(text)]
    assert all(part == part.strip() for part in said)


@given(st.text())
def test_every_word_stands_where_it_says(text: str) -> None:
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert fold(text[word.start : word.end]) == word.folded


def test_digits_keep_every_letter_in_its_place() -> None:
    assert digits("غرفة ١٢، طابق ٣") == "غرفة 12، طابق 3"


@pytest.mark.parametrize(
    "spellings",
    [
        ("محمد", "Mohamed", "Mohammed", "Muhammad", "m7amed"),
        ("فاطمة", "Fatima", "Fatma"),
        ("يوسف", "Youssef", "Yusuf"),
        ("خديجة", "Khadija", "5adija"),
        ("عمر", "Omar", "3omar"),
        ("بخير", "b5air", "bkhair", "bekheer"),
        ("قداش", "9addech", "gaddash"),
        ("شكرا", "chokra", "shukra"),
        ("طرابلس", "trablus", "tarabols", "6rabls"),
    ],
)
def test_a_word_has_one_code_in_every_script(spellings: tuple[str, ...]) -> None:
    assert len({skeleton(word) for word in spellings}) == 1


def test_different_words_keep_different_codes() -> None:
    assert (
        len({skeleton(word) for word in ("محمد", "أحمد", "محمود سالم", "خالد", "فاطمة", "عائشة")})
        == 6
    )


@given(st.text(min_size=1))
def test_any_word_has_a_code(word: str) -> None:
    assert skeleton(word) or not fold(word)
