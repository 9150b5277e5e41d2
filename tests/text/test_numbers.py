"""Telephone numbers in texts: one word, in the order of dialling, and cheap in English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.consular.advisories import wording
from bot.messages import Form
from bot.models import AdvisoryText, Texts
from bot.text import catalogues, numbers, sender
from bot.text.sms import for_sms, sms_parts
from bot.text.text import (
    ISOLATE,
    ISOLATE_LEFT_TO_RIGHT,
    LEFT_TO_RIGHT,
    POP,
    clean,
)

NUMBER = "+90 312 438 11 10"
DIALLED = "+903124381110"
ISOLATED = f"{ISOLATE_LEFT_TO_RIGHT}{DIALLED}{POP}"
MARKED = f"{LEFT_TO_RIGHT}{DIALLED}"


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        (NUMBER, DIALLED),
        ("+90 (312) 438-11-10", DIALLED),
        ("+٩٠ ٣١٢ ٤٣٨ ١١ ١٠", DIALLED),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("021 340 1234", "0213401234"),
        (MARKED, DIALLED),
    ],
)
def test_a_number_is_dialled_without_what_separates_its_digits(number: str, dialled: str) -> None:
    assert numbers.dialled(number) == dialled


@pytest.mark.parametrize(
    ("written", "chat", "sms"),
    [
        (f"اتصل على {NUMBER} الآن.", f"اتصل على {ISOLATED} الآن.", f"اتصل على {MARKED} الآن."),
        (f"الهاتف:{NUMBER}", f"الهاتف:{ISOLATED}", f"الهاتف:{MARKED}"),
        (f"رقم {ISOLATE}{NUMBER}{POP}", f"رقم {ISOLATED}", f"رقم {MARKED}"),
        (f"رقم {LEFT_TO_RIGHT}{NUMBER}", f"رقم {ISOLATED}", f"رقم {MARKED}"),
        (f"{NUMBER} / {NUMBER} أ", f"{ISOLATED} / {ISOLATED} أ", f"{MARKED} / {MARKED} أ"),
        (f"{DIALLED} 3 أشخاص", f"{ISOLATED} 3 أشخاص", f"{MARKED} 3 أشخاص"),
        (f"{NUMBER}. 3 أشخاص", f"{ISOLATED}. 3 أشخاص", f"{MARKED}. 3 أشخاص"),
        ("021 340 1234 ليلًا", "0213401234 ليلًا", "0213401234 ليلًا"),
        ("00218 91 123 45 67 هنا", "00218911234567 هنا", "00218911234567 هنا"),
        (f"Call {NUMBER}.", f"Call {DIALLED}.", f"Call {DIALLED}."),
    ],
)
def test_numbers_of_a_text_are_one_word_and_keep_their_order(
    written: str, chat: str, sms: str
) -> None:
    assert numbers.dialable(written, Form.CHAT) == chat
    assert numbers.dialable(written, Form.TEXT) == sms


@pytest.mark.parametrize(
    "written",
    [
        "يوم 05-11-2026 و09 11 2026 الساعة 08:30",
        "من 100 200 إلى 300",
        "درجة +30 إلى +35",
        "2026-11-28T10:00+02:00 وقت",
        f"https://example.org/{DIALLED} رابط",
    ],
)
def test_other_numbers_stay_as_they_are(written: str) -> None:
    for form in Form:
        assert numbers.dialable(written, form) == written


@given(st.text(alphabet=f"+0123 ()-.٣بa{ISOLATE}{POP}{LEFT_TO_RIGHT}\n", max_size=60))
def test_marking_twice_is_marking_once(written: str) -> None:
    for form in Form:
        marked = numbers.dialable(written, form)
        assert numbers.dialable(marked, form) == marked
    assert for_sms(for_sms(written)) == for_sms(written)


def test_an_sms_keeps_the_marks_of_its_numbers_and_no_others() -> None:
    assert for_sms(f"\u202eرقم {ISOLATE}{NUMBER}{POP}") == f"رقم {MARKED}"


def test_a_number_does_not_make_an_english_sms_expensive() -> None:
    text = for_sms(f"Emergency: {ISOLATE}{NUMBER}{POP}")
    assert (sms_parts(text).encoding, text) == ("GSM-7", f"Emergency: {DIALLED}")


def test_every_text_of_the_catalogue_has_dialable_numbers() -> None:
    for form, number in {Form.CHAT: ISOLATED, Form.TEXT: MARKED}.items():
        assert catalogues.say("emergency_here", "ar", form, number=NUMBER).endswith(number)
        assert number in catalogues.say("utter_retry_phone", "ar", form).replace(
            "+218911234567", DIALLED
        )
    assert catalogues.say("post_phone", "en", Form.CHAT, value=NUMBER).endswith(DIALLED)


def test_an_advisory_has_dialable_numbers_whatever_cleaned_its_words() -> None:
    words = clean(f"اتصلوا على {ISOLATED}", 100)
    text = AdvisoryText(headline=f"الرقم {NUMBER}", text=words, instruction="", sms="")
    texts: Texts = {"ar": text, "en": text}
    contents = wording.contents(wording.Draft(texts))["ar"]
    chat, sms = contents[Form.CHAT.value], contents[Form.TEXT.value]
    assert chat["text"] == f"📢 الرقم {ISOLATED}\n\nاتصلوا على {ISOLATED}"
    assert chat["text"][: chat["heading"]] == f"📢 الرقم {ISOLATED}"
    signature = sender.name("ar")
    assert sms["text"] == f"الرقم {MARKED}\nاتصلوا على {MARKED}\n{signature}"
