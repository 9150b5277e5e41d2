"""What answers mean: numbers, names, places, choices - in Arabic, Arabizi and English."""

from __future__ import annotations

import pytest

from bot.dialogue import answers, checking, names
from bot.dialogue.flow import Slot
from bot.dialogue.whereabouts import Description, NamedPlace
from bot.messages import Contact, Entity, Heard, Kind, Location, Option, TextKey
from nlu.language import exact, gazetteer

SLOTS = checking.load().slots


def heard(text: str) -> Heard:
    """As exact words and the gazetteer understand it."""
    found = tuple(Entity(*mention) for mention in gazetteer.find(text))
    intent = exact.match(text)
    return Heard(
        Kind.TEXT,
        text,
        intent=intent,
        confidence=1.0,
        entities=found,
        by="exact" if intent else "none",
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("٣", 3),
        ("3", 3),
        ("خمسة", 5),
        ("five", 5),
        ("وحدي", 1),
        ("just me", 1),
        ("احنا ٤", 4),
        ("معايا 3", 4),
        ("ومعايا ٣", 4),
        ("3 with me", 4),
        ("0", 0),
        ("انا وزوجتي", 2),
        ("معايا زوجتي وثلاث صغار", 5),
        ("كثير", None),
        ("بخير", None),
    ],
)
def test_how_many(text: str, count: int | None) -> None:
    assert answers.read(SLOTS["party"], heard(text)) == count


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("اسطنبول", "TR/Istanbul"),
        ("في اسطنبول", "TR/Istanbul"),
        ("تركيا", "TR"),
        ("Istanbul, Turkey", "TR/Istanbul"),
        ("طرابلس", "LY/Tripoli LB/Tripoli"),
        ("طرابلس لبنان", "LB/Tripoli"),
        ("انتقلت من الخرطوم الى القاهرة", "EG/Cairo"),
        ("we left Khartoum, now in Cairo", "EG/Cairo"),
        ("I am in Cairo, came from Khartoum", "EG/Cairo"),
        ("همممم", None),
    ],
)
def test_where(text: str, place: str | None) -> None:
    expected = NamedPlace(tuple(place.split(" "))) if place else None

    assert answers.read(SLOTS["place"], heard(text)) == expected


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (Location(32.9000001, 13.2), Location(32.9, 13.2)),
        (Location(91, 0), None),
        (Location(0, -181), None),
        (Location(float("nan"), 0), None),
    ],
)
def test_a_shared_location_is_a_place_when_it_is_on_earth(
    location: Location, place: Location | None
) -> None:
    assert answers.read(SLOTS["place"], Heard(Kind.LOCATION, location=location)) == place


def test_words_that_name_no_place_still_say_where_somebody_is() -> None:
    assert answers.read(SLOTS["whereabouts"], heard("في القبو")) == Description("في القبو")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("أنا محمد في اسطنبول ومعايا 3", "محمد"),
        ("اسمي سالم الفيتوري ونسكن في طرابلس", "سالم الفيتوري"),
        ("my name is Salma Ali and I am in Cairo", "Salma Ali"),
        ("ana Mohamed fi Istanbul", "Mohamed"),
        ("انا بخير", None),
        ("أنا مصاب في الخرطوم", None),
        ("انا محاصر", None),
        ("I am trapped in Khartoum", None),
        ("I am fine", None),
        ("I am in Cairo", None),
        ("احنا في القاهرة", None),
        ("ana fi khatar", None),
    ],
)
def test_a_name_is_taken_only_from_an_introduction(text: str, name: str | None) -> None:
    assert names.introduced(text, heard(text).entities) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("سلام", "سلام"),
        ("  محمد   علي ", "محمد علي"),
        ("اسمي محمد", "محمد"),
        ("O'Neil Al-Warfali", "O'Neil Al-Warfali"),
        ("مُحَمَّد", "مُحَمَّد"),
        ("12345", None),
        ("what is this?", None),
        ("a" * 61, None),
        ("واحد اثنان ثلاثة اربعة خمسة ستة سبعة", None),
        ("😀", None),
    ],
)
def test_an_answer_that_can_be_a_name(text: str, name: str | None) -> None:
    assert names.plain(text) == name


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+218 91 123 4567", "+218911234567"),
        ("00218911234567", "+218911234567"),
        ("٠٠٢١٨٩١١٢٣٤٥٦٧", "+218911234567"),
        ("0911234567", None),
        ("رقمي", None),
    ],
)
def test_a_phone_number_needs_its_country(text: str, phone: str | None) -> None:
    assert answers.read(SLOTS["phone"], heard(text)) == phone


def test_only_ones_own_card_is_ones_number() -> None:
    assert answers.read(
        SLOTS["phone"], Heard(Kind.CONTACT, contact=Contact("+218911234567", own=True))
    )
    assert (
        answers.read(
            SLOTS["phone"], Heard(Kind.CONTACT, contact=Contact("+218911234567", own=False))
        )
        is None
    )


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("1", "/safe"),
        ("١", "/safe"),
        ("2.", "/needhelp"),
        ("(٢)", "/needhelp"),
        ("3", None),
        ("0", None),
        ("أنا بخير", "/safe"),
        ("انا بخير", "/safe"),
        ("I'm safe!", "/safe"),
        ("i need help", "/needhelp"),
        ("نعم", None),
    ],
)
def test_a_list_is_answered_by_number_or_label_in_either_language(
    text: str, payload: str | None
) -> None:
    offered = (
        Option(TextKey("label_safe"), "/safe"),
        Option(TextKey("label_help"), "/needhelp"),
    )

    option = answers.picked(text, offered)

    assert (option and option.payload) == payload


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("خوي مفقود", "missing"),
        ("he is in danger", "danger"),
        ("نبي نضيف ولدي", "household"),
        ("خوي", None),
    ],
)
def test_words_stand_for_a_choice(text: str, matter: str | None) -> None:
    assert answers.read(SLOTS["matter"], heard(text)) == matter


def test_nothing_is_read_for_a_slot_without_a_type() -> None:
    assert answers.read(Slot(), heard("نعم")) is None
