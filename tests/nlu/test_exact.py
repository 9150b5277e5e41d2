"""Whole messages that need no model: commands, short answers, and the cries that must never be
missed.
"""

from __future__ import annotations

import re

import pytest

from nlu.language import exact, numbers


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        (
            "checkin_safe",
            "safe|بخير|انا بخير|أنا بخيييير الحمد لله 🙏|ana b5air|I'm OK!|احنا كويسين",
        ),
        (
            "need_help",
            (
                "needhelp|نجدة|النجدة!!|ساعدوني|help me|HELP US PLEASE|sos|مش بخير|ana mish b5air"
                "|not ok|لست بخير|🆘"
            ),
        ),
        ("need_medical", "دكتور|نبي إسعاف|I can't breathe|need a doctor|نزيف|nbi doktor"),
        ("need_evacuation", "evacuate|إجلاء|طلعونا من هنا|get us out|nbi nrawa7"),
        ("affirm", "نعم|ايه|باهي|yes|okk|ey|👍🏽|موافق"),
        ("deny", "لا|لاا|no|nope|la|👎|مش موافق"),
        ("cancel", "كنسل|إلغاء|nvm|cancel"),
        ("stop", "stop|STOP.|إيقاف|توقف|unsubscribe"),
        ("delete_data", "forget|انسني|delete my data|امسح بياناتي"),
        ("greet", "السلام عليكم|hi|مرحبا|salam|start|ابدأ"),
        ("thanks_bye", "شكراً|thanks|بارك الله فيكم|yA3tik e9a7a"),
        ("help_menu", "help|مساعدة|menu|القائمة"),
        ("register", "register|تسجيل|نبي نسجل|nsajel"),
        ("update_location", "place|مكاني"),
        ("ask_advisory", "advice|إرشادات"),
        ("ask_privacy", "mydata|بياناتي"),
        ("change_language", "language|لغة|English please|بالعربي"),
        ("human_agent", "موظف|talk to a human"),
        ("ask_embassy_contact", "رقم السفارة|embassy"),
        ("ask_passport", "جواز|نبي نجدد الجواز|passport"),
        ("ask_routes", "هل المعبر مفتوح؟|routes"),
        ("ask_shelter", "وين الملجأ|shelter"),
    ],
)
def test_known_messages_mean_what_they_say(intent: str, said: str) -> None:
    assert {text: exact.match(text) for text in said.split("|")} == dict.fromkeys(
        said.split("|"), intent
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "🙂",
        "5",
        "٥",
        "hello world",
        "no one is safe",
        "بخير لكن خوي مجروح",
        "سالم",
        "نعم وبعدين",
        "👍👎",
    ],
)
def test_anything_more_is_left_to_the_model(text: str) -> None:
    assert exact.match(text) is None


@pytest.mark.parametrize(
    ("calm", "cry"),
    [("help", "HELP!"), ("help", "help help"), ("help", "helpppp"), ("مساعدة", "مساعدة!!")],
)
def test_help_opens_the_menu_and_shouted_help_is_a_cry(calm: str, cry: str) -> None:
    assert (exact.match(calm), exact.match(cry)) == ("help_menu", "need_help")


def test_no_phrase_of_distress_is_also_one_of_safety() -> None:
    source = (exact._DATA).read_text("utf-8")  # the list itself
    for intent, phrase in exact.read(source):
        assert exact.match(phrase) == intent or {intent, exact.match(phrase)} <= {
            "need_help",
            "help_menu",
        }, phrase


def test_every_intent_of_the_list_exists() -> None:
    listed = {intent for intent, _ in exact.read(exact._DATA.read_text("utf-8"))}
    assert all(re.fullmatch(r"[a-z_]+", intent) for intent in listed)
    assert {"need_help", "need_medical", "need_evacuation", "checkin_safe", "stop"} <= listed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("٥", 5),
        ("خمسة", 5),
        ("five", 5),
        ("5amsa", 5),
        ("زوز", 2),
        ("خمسة وعشرين", 25),
        ("أحد عشر", 11),
        ("twenty one", 21),
        ("0", None),
        ("500", None),
        ("سلام", None),
        ("", None),
        ("خمسة في بيروت", None),
    ],
)
def test_numbers_are_read_in_words_and_digits(text: str, value: int | None) -> None:
    assert numbers.number(text) == value
