"""Words of one meaning look alike to the classifiers, whatever language or script they come in."""

from __future__ import annotations

from collections import Counter

import pytest

from nlu.language.features import features
from nlu.language.folding import fold, words
from nlu.language.index import DATA
from nlu.language.meanings import meanings

LINES = [
    line
    for line in (DATA / "meanings.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def meant(text: str) -> set[str]:
    return {name for _, name in meanings([word.folded for word in words(text)])}


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (
            ("احنا محاصرين", "نحن محاصرون في البيت", "we are trapped", "m7asrin fi el 7osh"),
            "trapped",
        ),
        (("ساعدونا", "الحقوني", "please help us", "sa3douna"), "rescue"),
        (("وين السفارة", "رقم سفارتنا", "the embassy", "win essfara"), "embassy"),
        (("نبي انسولين", "السكري متاعي", "insulin", "diabetic", "ansolin"), "insulin"),
    ],
)
def test_one_meaning_in_every_variety(texts: tuple[str, ...], name: str) -> None:
    assert [text for text in texts if name not in meant(text)] == []


def test_prefixes_fall_away_and_phrases_are_seen_whole() -> None:
    assert "hospital" in meant("وصلنا للمستشفى")
    assert meant("get us out") == {"get_out"}


def test_a_negated_meaning_is_another_feature() -> None:
    assert "u:danger" in features("لست في خطر")
    assert "u:danger" not in features("انا في خطر")
    assert "u:safe" in features("مش بخير")


def test_every_line_has_a_name_of_its_own_and_forms() -> None:
    names = Counter(line.partition(":")[0].strip() for line in LINES)
    assert [name for name, times in names.items() if times > 1] == []
    assert [line for line in LINES if not line.partition(":")[2].strip()] == []


def test_a_form_means_two_things_at_most() -> None:
    forms = Counter(
        fold(form.strip()) for line in LINES for form in set(line.partition(":")[2].split("|"))
    )
    assert [form for form, times in forms.items() if times > 2] == []
    short = [form for form in forms if form.endswith("*") and len(form) < 4]
    assert short == []
