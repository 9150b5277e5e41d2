"""How many are with the writer, in one clause."""

from __future__ import annotations

import pytest

from bot.dialogue import telling
from bot.dialogue.facts import Fact, Party
from nlu.language.reading import statements


def party(text: str) -> list[Fact]:
    facts: list[Fact] = []
    for statement in statements.read(text, None):
        facts.extend(telling.party(statement))
    return facts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("me + 4", 5),
        ("انا + ٤", 5),
        ("2 + me", 3),
        ("2 adults 3 children", 5),
        ("كبيرين وثلاث صغار", 5),
        ("m3aya mrati w 2 wled", 4),
        ("أنا وزوجتي وطفلين", 4),
        ("خمسة معايا", 6),
        ("زوجي وأنا و٣ بنات", 4),
        ("wife + 2 kids", 4),
        ("انا مبروكة العبيدي في ازمير مع زوز صغار", 3),
        ("I'm Huda Salem in Leeds with my husband and 2 kids", 4),
        ("ana Sami fi Roma m3a marti", 2),
    ],
)
def test_those_with_the_writer_are_counted(text: str, number: int) -> None:
    assert party(text) == [Party(number)]


@pytest.mark.parametrize(
    "text",
    [
        "terminal 2",
        "3 days + 4 nights",
        "+905551234567",
        "5ouy",
        "i talked with my brother about two things",
        "im in contact with my brother",
    ],
)
def test_other_numbers_are_no_people(text: str) -> None:
    assert party(text) == []
