"""Leaving the area of an open crisis: asked once, kept on the board until then."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.practice.talk import Screen
from tests.dialogue.talking import Scripted, talking
from tests.dialogue.test_places import answer, told

IN_PORT_SUDAN = (
    "تسجيل",
    "نعم",
    "سالم الورفلي",
    "بورتسودان",
    "1",
    "تخطي",
    "!crisis SD|War in Sudan|الحرب في السودان",
)


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("أنا في ليبيا", "LY"),
        ("I am in Libya", "LY"),
        ("ana fi libya", "LY"),
        ("وصلت القاهرة", "EG/Cairo"),
        ("احنا في اسطنبول", "TR/Istanbul"),
        ("we are in Tunis", "TN/Tunis"),
        ("أنا في تشاد", "TD"),
        ("I'm in Jeddah", "SA/Jeddah"),
        ("نحن في مالطا", "MT"),
        ("I am in camp 4, Chad", "TD"),
    ],
)
@pytest.mark.parametrize("screen", ["telegram", "sms"])
async def test_somebody_who_names_a_place_outside_is_asked_once(
    text: str, destination: str, screen: Screen, tmp_path: Path
) -> None:
    async with talking(tmp_path, "ar", screen, Scripted()) as person:
        for line in IN_PORT_SUDAN:
            await person.say(line)
        (question,) = await person.say(text)
        payloads = [button.payload for button in question.buttons]
        assert payloads == ["/slot left now", "/slot left way"]
        assert (await person.facts()).place == "SD/Port Sudan"
        await person.say("1")
        assert (await person.facts()).place == destination


@pytest.mark.parametrize(
    ("reply", "place", "bound_for"),
    [
        ("أنا في ليبيا الآن", "LY", None),
        ("I am in Libya now", "LY", None),
        ("وصلت", "LY", None),
        ("نعم", "LY", None),
        ("[أنا هناك الآن]", "LY", None),
        ("[في الطريق]", "SD/Port Sudan", "LY"),
        ("في الطريق", "SD/Port Sudan", "LY"),
        ("on my way", "SD/Port Sudan", "LY"),
        ("I'm on my way now", "SD/Port Sudan", "LY"),
        ("fi tri9", "SD/Port Sudan", "LY"),
        ("لا", "SD/Port Sudan", None),
        ("مازلت في بورتسودان", "SD/Port Sudan", None),
        ("شكرا", "SD/Port Sudan", None),
        ("وين السفارة؟", "SD/Port Sudan", None),
    ],
)
async def test_the_answer_decides_where_they_are(
    reply: str, place: str, bound_for: str | None, tmp_path: Path
) -> None:
    facts = await told(tmp_path, [*IN_PORT_SUDAN, "أنا في ليبيا", reply])
    assert (facts.place, facts.bound_for) == (place, bound_for)


@pytest.mark.parametrize(
    "text",
    [
        "نبي نروح لمصر",
        "باش نمشي لتونس غدوة",
        "I want to go to Egypt",
        "جيت من ليبيا",
        "خوي في ليبيا",
    ],
)
async def test_a_wish_or_somebody_else_changes_nothing(text: str, tmp_path: Path) -> None:
    async with talking(tmp_path) as person:
        for line in IN_PORT_SUDAN:
            await person.say(line)
        reply = await answer(person, text)
        assert "أم في الطريق" not in reply
        assert (await person.facts()).place == "SD/Port Sudan"


@pytest.mark.parametrize(
    "text",
    [
        "لم أعد في بورتسودان، وصلت إلى القاهرة أمس",
        "طلعنا من بورتسودان ووصلنا القاهرة",
        "I left Port Sudan and arrived in Cairo",
    ],
)
async def test_whoever_says_that_they_left_and_arrived_is_believed(
    text: str, tmp_path: Path
) -> None:
    facts = await told(tmp_path, [*IN_PORT_SUDAN, text])
    assert facts.place == "EG/Cairo"


async def test_nobody_is_asked_twice(tmp_path: Path) -> None:
    async with talking(tmp_path) as person:
        for line in (*IN_PORT_SUDAN, "أنا في ليبيا", "شكرا"):
            await person.say(line)
        reply = await answer(person, "أنا في ليبيا")
        assert "أم في الطريق" not in reply
        assert (await person.facts()).place == "LY"


async def test_a_shared_location_is_evidence_enough(tmp_path: Path) -> None:
    async with talking(tmp_path) as person:
        for line in IN_PORT_SUDAN:
            await person.say(line)
        reply = await answer(person, "@32.89,13.19")
        assert "أم في الطريق" not in reply
        assert (await person.facts()).place == "LY/Tripoli"


async def test_somebody_in_need_is_not_asked(tmp_path: Path) -> None:
    async with talking(tmp_path) as person:
        for line in (*IN_PORT_SUDAN, "نجدة"):
            await person.say(line)
        assert "أم في الطريق" not in await answer(person, "لا، أنا في ليبيا")


async def test_a_move_within_the_area_is_not_asked_about(tmp_path: Path) -> None:
    facts = await told(tmp_path, [*IN_PORT_SUDAN, "أنا في كسلا"])
    assert facts.place == "SD/Kassala"
