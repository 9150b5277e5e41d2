"""Other spellings of what people wrote: the same every time, only of Arabic, and never of a text
that is held back.
"""

from __future__ import annotations

import re

from nlu.language.expansion import expanded, variants
from nlu.language.skeleton import skeleton


def test_arabic_is_respelt_in_latin_letters() -> None:
    spelt = variants("نبي نروح لليبيا توا")
    assert len(spelt) == 2
    assert not re.search("[\u0600-\u06ff]", " ".join(spelt))
    assert all(text.split()[0][0] == "n" for text in spelt)


def test_a_respelt_word_keeps_its_consonants() -> None:
    for text in variants("سفارة"):
        assert skeleton(text) == skeleton("سفارة")


def test_the_same_text_has_the_same_variants_and_english_has_none() -> None:
    assert variants("الحقونا يا ناس") == variants("الحقونا يا ناس")
    assert variants("we are safe") == []


def test_what_was_written_comes_first() -> None:
    texts, intents = expanded(["مرحبا", "hello"], ["greet", "greet"])
    assert texts[:2] == ["مرحبا", "hello"]
    assert len(texts) == len(intents) == 4
