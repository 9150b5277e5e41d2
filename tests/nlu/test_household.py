"""Who is with somebody, and what they need, by the words alone."""

from __future__ import annotations

import pytest

from nlu.language.reading import household
from nlu.language.reading.household import Household, Member

CALM = [
    ("me, my wife Salma and 3 kids, one a baby", ["wife Salma", "child infant", "child", "child"]),
    (
        "أنا ومرتي سلمى وزوز صغار، واحد رضيع، وأمي تمشي بكرسي",
        ["wife سلمى", "child infant", "child", "mother mobility"],
    ),
    ("m3aya marti w zouz sghar", ["wife", "child", "child"]),
    (
        "ana w marti Salma w 3 sghar, wa7ed fihom radi3",
        ["wife Salma", "child infant", *["child"] * 2],
    ),
    ("معي زوجتي و٣ أطفال أحدهم رضيع", ["wife", "child infant", "child", "child"]),
    ("my wife's name is Salma not Sara", ["wife Salma"]),
    ("اسم مرتي سلمى مش سارة", ["wife سلمى"]),
    ("my wife is pregnant", ["wife pregnant"]),
    ("my wife is 7 months pregnant", ["wife pregnant"]),
    ("مرتي حامل في الشهر السابع", ["wife pregnant"]),
    ("my son has diabetes", ["son medical"]),
    ("ولدي عنده السكر", ["son medical"]),
    ("بوي كبير ومقعد", ["father elderly mobility"]),
    ("ommi kbira w 3la korsi", ["mother elderly mobility"]),
    ("my mum is 81 and diabetic", ["mother elderly medical"]),
    ("my 5-year-old son", ["son child"]),
    ("ولدي عمره ٣ شهور", ["son infant"]),
    ("بنتي صغيرة عمرها سنتين", ["daughter child"]),
    ("my pregnant wife and my diabetic father", ["wife pregnant", "father medical"]),
    ("my sons Ali and Omar", ["son Ali", "son Omar"]),
    ("زوجتي منال وأولادي أحمد وسارة", ["wife منال", "child أحمد", "child سارة"]),
    ("with my parents, my father is blind", ["mother", "father mobility"]),
    ("معاي بناتي الثلاثة", ["daughter", "daughter", "daughter"]),
    ("no, three kids not four", ["child", "child", "child"]),
    ("my wife is not pregnant", ["wife -pregnant"]),
]
# A word that no list has may be a cry.
CRIES = [
    "my wife is pregnant and bleeding",
    "my son has asthma and cannot breathe",
    "my wife has diabetes and no insulin",
    "مرتي حامل وتنزف",
    "ولدي عنده السكر ومافيش دوا",
    "my wife is in labour",
    "my father is sick",
    "بوي مريض واجد",
    "my son is trapped",
]


def words(member: Member) -> str:
    lacks = [f"-{need}" for need in member.lacks]
    traits = (member.relation, member.name, member.age, *member.needs, *lacks)
    return " ".join(filter(None, traits))


def members(read: Household) -> list[str]:
    return list(map(words, read.members))


@pytest.mark.parametrize(("text", "told"), CALM)
def test_a_household_is_read_from_one_sentence(text: str, told: list[str]) -> None:
    assert members(household.read(text)) == told
    assert household.is_calm(text)


@pytest.mark.parametrize("text", CRIES)
def test_a_sentence_with_any_other_word_is_not_calm(text: str) -> None:
    assert not household.is_calm(text)


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("I am pregnant", ["pregnant"]),
        ("أنا حامل", ["pregnant"]),
        ("ana 7amel", ["pregnant"]),
        ("أنا عندي السكر", ["medical"]),
        ("I use a wheelchair", ["mobility"]),
        ("عمري ١٦ وبروحي", ["alone"]),
        ("I am 16 and alone", ["alone"]),
    ],
)
def test_what_the_writer_needs_is_theirs(text: str, needs: list[str]) -> None:
    read = household.read(text)
    assert (read.own.needs, read.members) == (needs, [])


@pytest.mark.parametrize(
    "text",
    [
        "my mother is not with me any more",
        "أمي ما عادش معاي",
        "ommi mish m3aya tawa",
    ],
)
def test_somebody_may_not_be_there_any_more(text: str) -> None:
    read = household.read(text)
    assert ([words(member) for member in read.gone], read.members) == (["mother"], [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("me and 900 kids", "many"),
        ("me and 0 kids", "none"),
        ("my son is 300 years old", "age"),
        ("ولدي عمره ٣٠٠ سنة", "age"),
    ],
)
def test_what_cannot_be_is_said(text: str, problem: str) -> None:
    assert household.read(text).problem == problem


@pytest.mark.parametrize("text", ["جدة", "my mother", "Istanbul", "hello", "أنا في طرابلس"])
def test_what_tells_nothing_of_a_household_is_none(text: str) -> None:
    assert not household.is_calm(text)
