"""The networks' words for stop and start, payloads of /start, and the language of a first SMS: a
table through the real webhooks.
"""

from __future__ import annotations

import pytest

from bot.models import Case, CheckIn, Person
from tests.channels_on import RunningClock
from tests.line import Line

STOPS = (
    "STOP", "stop", "Stop.", "STOP!", "Stop. Thank you", "stop, thanks", "STOP please",
    "Please stop", "STOP 🙏", "stop stop stop", "StopAll", "STOP ALL", "unsubscribe",
    "Unsubscribe.", "CANCEL", "Cancel, thx", "END", "End.", "QUIT", "quit!", "REVOKE", "revoke",
    "OPTOUT", "opt out", "Opt-out", "إيقاف", "ايقاف", "إيقـــاف", "إيقاف.", "أوقف", "اوقف لو سمحت",
    "قف", "قف!", "قف شكرا", "إيقاف، شكراً جزيلاً", "إيقاف 🌹", "\u200fإيقاف\u200f", "«إيقاف»",
)  # fmt: skip
NO_STOPS = (
    "stop the shelling", "please stop them", "they will not stop", "the end of the street",
    "cancel my passport appointment", "they stop us at the border", "end of the road in Hatay",
    "وقف إطلاق النار بدا توا", "قف معنا", "أوقفوا القصف", "توقف القصف الحمد لله",
    "وقف اطلاق النار اليوم", "the cease fire stop began", "quit smoking",
)  # fmt: skip
CHAT_STOPS = ("STOP", "Stop. Thank you", "END", "REVOKE", "«إيقاف»", "/STOP", "/stop")


def number(place: int) -> str:
    """A number of its own for each line of a table."""
    return f"+2189100{place:05}"


async def stopped(house: Line) -> list[bool]:
    return [person.stopped_at is not None for person in await house.rows(Person)]


async def is_stopped(house: Line) -> bool:
    (person_is_stopped,) = await stopped(house)
    return person_is_stopped


async def test_a_keyword_alone_stops_by_sms(house: Line) -> None:
    for place, words in enumerate(STOPS):
        await house.sms("السلام عليكم", number(place))
        await house.sms(words, number(place))
        assert "ابدأ" in house.texts(number(place))[-1], words
    assert dict(zip(STOPS, await stopped(house), strict=True)) == dict.fromkeys(STOPS, True)


async def test_the_same_words_in_a_sentence_stop_nothing(house: Line) -> None:
    for place, words in enumerate(NO_STOPS):
        await house.sms("السلام عليكم", number(place))
        await house.sms(words, number(place))
    assert dict(zip(NO_STOPS, await stopped(house), strict=True)) == dict.fromkeys(NO_STOPS, False)


@pytest.mark.parametrize("words", ["وقف إطلاق النار بدا توا", "وقف اطلاق النار اليوم"])
async def test_a_cease_fire_is_no_cry(house: Line, words: str) -> None:
    await house.sms("السلام عليكم")
    await house.sms(words)
    assert [check_in.status for check_in in await house.rows(CheckIn)] == []
    assert [case.kind for case in await house.rows(Case) if case.kind == "life"] == []


async def test_a_keyword_alone_stops_in_a_chat(house: Line) -> None:
    for user, words in enumerate(CHAT_STOPS, 1):
        await house.chat("السلام عليكم", user)
        await house.chat(words, user)
    assert dict(zip(CHAT_STOPS, await stopped(house), strict=True)) == dict.fromkeys(
        CHAT_STOPS, True
    )


async def test_cancel_in_a_chat_leaves_the_question_and_stops_nothing(house: Line) -> None:
    await house.chat("تسجيل")
    await house.chat("cancel")
    assert not await is_stopped(house)


@pytest.mark.parametrize("words", ["arrêt", "طفي", "xyz", "stop"])
async def test_what_the_provider_took_for_stop_is_stop(house: Line, words: str) -> None:
    await house.sms(words, OptOutType="STOP")
    assert await is_stopped(house)


STARTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("START", {}),
    ("Start.", {}),
    ("start 🙏", {}),
    ("UNSTOP", {}),
    ("unstop, thank you", {}),
    ("YES", {}),
    ("Yes.", {}),
    ("YES", {"OptOutType": "START"}),
    ("نعم", {}),
    ("ابدأ", {}),
    ("ابدأ شكرا", {}),
    ("ابدا!", {}),
    ("retour", {"OptOutType": "START"}),
)


async def test_a_keyword_alone_starts_again(house: Line) -> None:
    for place, (words, more) in enumerate(STARTS):
        await house.sms("إيقاف", number(place))
        await house.sms(words, number(place), **more)
    still_stopped = [
        start for start, is_so in zip(STARTS, await stopped(house), strict=True) if is_so
    ]
    assert still_stopped == []


@pytest.mark.parametrize("words", ["نجدة", "النجدة!", "sos"])
async def test_a_cry_is_a_cry_though_the_provider_calls_it_help(house: Line, words: str) -> None:
    await house.sms(words, OptOutType="HELP")
    assert [case.kind for case in await house.rows(Case)] == ["life"]


async def test_a_yes_to_our_question_is_an_answer_though_the_provider_calls_it_start(
    house: Line,
) -> None:
    await house.sms("تسجيل")
    await house.sms("YES", OptOutType="START")
    (person,) = await house.rows(Person)
    assert person.consented_at is not None


# What follows /start.


@pytest.mark.parametrize(
    "words", ["/start EN", "/START en", "/Start En", "/start@TammenBot EN", "/start  eN "]
)
async def test_a_payload_is_understood_in_any_case(house: Line, words: str) -> None:
    await house.chat(words)
    (person,) = await house.rows(Person)
    assert (person.language, person.language_chosen) == ("en", True)


@pytest.mark.parametrize("words", ["/start REGISTER", "/START Register", "/start register "])
async def test_a_link_to_the_register_opens_it_in_any_case(house: Line, words: str) -> None:
    await house.chat(words)
    assert "هل توافق" in house.messages()[-1]


@pytest.mark.parametrize(
    "words", ["/start post_TUNIS", "/START", "/start " + "x" * 64, "/start __", "/START POST_tunis"]
)
async def test_a_payload_nobody_knows_is_a_first_greeting(house: Line, words: str) -> None:
    await house.chat("/start", user=1)
    await house.chat(words, user=2)
    assert house.messages(2) == house.messages(1)


# The language of a first SMS.


def _is_arabic(text: str) -> bool:
    letters = [letter for letter in text.split("http", maxsplit=1)[0] if letter.isalpha()]
    arabic = [letter for letter in letters if "\u0600" <= letter <= "\u06ff"]
    return len(arabic) > len(letters) / 2


ENGLISH = (
    "Hello", "Good morning", "Hello, who is this?", "I am in Istanbul",
    "we are 4", "Register me please", "am safe", "help", "no power here", "who are you",
    "any news", "what is this number", "START", "STOP",
)  # fmt: skip
ARABIC = (
    "السلام عليكم", "نجدة", "أنا بخير", "١", "👍", "salam", "ana bkhair", "ana fi tounes",
    "chno nidir", "nabi nrawa7", "3awnouni", "labas", "marhaba", "kif nsajel",
)  # fmt: skip


@pytest.mark.parametrize(("table", "is_arabic"), [(ENGLISH, False), (ARABIC, True)])
async def test_a_first_sms_is_answered_in_its_language(
    house: Line, table: tuple[str, ...], is_arabic: bool
) -> None:
    answers = {}
    for place, words in enumerate(table):
        await house.sms(words, number(place))
        await house.wait()
        answers[words] = _is_arabic(house.texts(number(place))[0])
    assert answers == dict.fromkeys(table, is_arabic)


async def test_after_the_first_sms_a_word_in_latin_letters_changes_no_language(
    house: Line, clock_now: RunningClock
) -> None:
    await house.sms("السلام عليكم")
    clock_now.advance(minutes=1)
    await house.sms("ok")
    assert _is_arabic(house.texts()[-1])
