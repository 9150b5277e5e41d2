"""What the words of a clause say by themselves: who is with the writer, and what a place is."""

from __future__ import annotations

import pytest

from nlu.language.folding import words
from nlu.language.reading import clauses, company, statements
from nlu.language.reading.roles import Role
from nlu.language.reading.statements import Matter


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("me, my wife and two girls", 4),
        ("انا والبنات الزوز", 3),
        ("أنا وزوجتي ووالداها", 4),
        ("ana w el mra w 3 sghar", 5),
        ("انا وخوي وزوز بنات", 4),
        ("معي أربعة أطفال", 5),
        ("just my husband and I", 2),
        ("ana w 5uti ethnin", 3),
        ("ana w oummi w bouya", 3),
        ("w ana m3a 5outi zouz", 3),
        ("i'm with my husband and our baby", 3),
        ("3andi thlatha wled w marti", 5),
        ("wife + 2 kids", 4),
        ("زوجتي وطفلين", 4),
        ("زوجتي مفقودة", None),
        ("me and the kids", None),
        ("i am in berlin", None),
        ("عددنا سبعة", None),
    ],
)
def test_people_of_a_list_are_counted_with_the_writer(text: str, size: int | None) -> None:
    assert company.size(words(text)) == size


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("I live in Cairo", Role.HERE),
        ("I used to live in Cairo", Role.FROM),
        ("كنت في دمشق زمان", Role.FROM),
        ("we want to go to Malta", Role.TO),
        ("born in Homs", Role.BORN),
        ("انا قدام سوق دمشق", Role.PART),
        ("لم أعد في خاركيف", Role.NOT),
        ("وصلنا لعمان البارح", Role.HERE),
    ],
)
def test_a_place_is_where_somebody_is_only_if_the_words_say_so(text: str, role: Role) -> None:
    (statement,) = statements.read(text)
    assert [place.role for place in statement.places] == [role]


@pytest.mark.parametrize("text", ["building 12 floor 3", "15 degrees here", "الحارة 15", "gate 7"])
def test_numbers_of_other_things_count_no_people(text: str) -> None:
    mentions = [mention for told in statements.read(text) for mention in told.mentions]
    assert [mention for mention in mentions if mention.entity == "person_count"] == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("please don't call me my husband is violent", "i"),
        ("راجلي عنيف", "i"),
        ("راهم طردوني من الفندق", "we"),
        ("خوي تحت قصف عنيف", "other"),
        ("كلمتني قالت كسرو عليها الباب", "other"),
        ("هي بخير سامحوني", "other"),
    ],
)
def test_a_clause_is_about_whoever_suffers_it(text: str, who: str) -> None:
    assert statements.read(text)[0].subject.who == who


@pytest.mark.parametrize("text", ["تسألو فينا لاباس ولا لا", 'he wrote "we are fine" yesterday'])
def test_a_question_and_a_quotation_state_nothing(text: str) -> None:
    (statement,) = statements.read(text)
    assert statement.manner.is_question or statement.manner.is_hearsay


def test_words_that_we_told_people_to_write_are_their_own() -> None:
    (statement,) = statements.read("«بخير»")
    assert not statement.manner.is_hearsay


@pytest.mark.parametrize("text", ["نطلع للسوق", "شافني الدكتور امس", "سلمت عليها", "وقف الباص"])
def test_the_last_word_of_a_phrase_is_no_phrase(text: str) -> None:
    """«ما نقدروش نطلع» is danger, with any ending; «نطلع» is not."""
    (statement,) = statements.read(text)
    grave = {Matter.DANGER, Matter.MISSING, Matter.HURT}
    assert not statement.matters & grave
    assert Matter.DANGER in statements.read("ما نقدروش نطلعوا")[0].matters


@pytest.mark.parametrize("text", ["مسافرة لمصر غدوة", "نجيكم غدوة", "غدوة نتصل"])
def test_tomorrow_is_nobody_else(text: str) -> None:
    (statement,) = statements.read(text, "TR")
    assert statement.subject.who != "other"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("نيو لندن، ولاية آيوا", 1),
        ("أنا في نيو لندن، ولاية آيوا، ونبي نسجل", 2),
        ("West Liberty, Iowa", 1),
        ("أنا بخير، أمي مفقودة", 2),
    ],
)
def test_a_comma_within_the_name_of_a_place_ends_no_clause(text: str, count: int) -> None:
    assert len(clauses.split(text)) == count
