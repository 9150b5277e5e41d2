"""Is this from you? In chat and by SMS: told at once, and nothing is kept of who asked."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import outbox
from bot.consular.broadcasts import fan_out, passages, place_question_words
from bot.consular.surveys import course, drafts
from bot.consular.trust import erasures
from bot.conversation.look import Understand
from bot.conversation.understanding import Understander, understand
from bot.messages import Form, Kind, Language
from bot.models import (
    Broadcast,
    Case,
    CheckIn,
    OutboundMessage,
    OutboundState,
    PlaceQuestionKind,
    Staff,
    Survey,
    Verification,
)
from bot.practice.talk import Screen, Talk
from bot.runtime.runtime import Runtime
from nlu.language import fallback
from tests import builders, surveying, verifying
from tests.dialogue.talking import Scripted, talking
from tests.verifying import TEXTS

YES = {"ar": "هذه رسالتنا", "en": "this is our message"}
CHANGED = {"ar": "انتبه", "en": "Careful"}
OVER = {"ar": "وقتها انتهى", "en": "its time is over"}
PLACE_YES = {"ar": "هذا سؤالنا", "en": "this is our question"}
NOT_OURS = {"ar": "ليس م", "en": "not from us"}
QUESTIONS = {
    "ar": ("هل هذا منكم؟", "هذي منكم؟", "المسج هذا صح ولا كذب", "hetha menkom?"),
    "en": ("Is this from you?", "did you send this", "is this message real?", "Yours or not?"),
}
BOTH: list[tuple[Language, Screen]] = [("ar", "telegram"), ("en", "sms")]
# No words of danger: a cry would go on to staff.
RUMOUR = {
    "ar": "السفارة توزع تأشيرات مجانية لكل الليبيين هذا الأسبوع فقط سجلوا الآن في الرابط وادفعوا",
    "en": "The embassy gives free visas to all Libyans this week only, register now and pay us",
}


@pytest.fixture
def reader(fallback_model: Path) -> Understand:
    """The built-in reader, as when Rasa is away."""
    model = fallback.Model.load(fallback_model)
    return partial(understand, Understander(model=model))


async def say(person: Talk, text: str, *, forwarded: bool = False) -> str:
    inbound = person.inbound(Kind.TEXT, text, is_forwarded=forwarded)
    return "\n".join(content.text for content in await person.send(inbound))


async def texts_kept(runtime: Runtime, words: str) -> dict[str, int]:
    async with runtime.db.read() as session:
        places = await erasures.holding(session, words)
    broadcasts = ("broadcasts.", "advisories.", "advisory_versions.")
    return {place: rows for place, rows in places.items() if not place.startswith(broadcasts)}


@pytest.mark.parametrize(("language", "screen"), BOTH)
@pytest.mark.parametrize("number", range(4))
async def test_the_question_and_the_text_in_one_message_or_in_two(
    tmp_path: Path, language: Language, screen: Screen, number: int
) -> None:
    question = QUESTIONS[language][number]
    async with talking(tmp_path, language, screen, Scripted()) as person:
        await verifying.crossing(person.runtime)
        assert YES[language] in await say(person, f"{question}\n{TEXTS[language]}")
        assert YES[language] not in await say(person, question)
        forged = TEXTS[language].replace("234 567", "234 599")
        assert CHANGED[language] in await say(person, forged)
        assert NOT_OURS[language] in await say(person, f"{question}\n{RUMOUR[language]}")


@pytest.mark.parametrize(("language", "screen"), BOTH)
async def test_a_text_passed_on_or_pasted_without_a_question(
    tmp_path: Path, language: Language, screen: Screen
) -> None:
    async with talking(tmp_path, language, screen, Scripted()) as person:
        await verifying.crossing(person.runtime)
        assert YES[language] in await say(person, TEXTS[language], forwarded=True)
        assert YES[language] in await say(person, TEXTS[language])
        answer = await say(person, RUMOUR[language], forwarded=True)
        assert ("ليس من رسائلنا" if language == "ar" else "not one of our messages") in answer


@pytest.mark.parametrize(("language", "screen"), BOTH)
async def test_nothing_is_kept_but_a_count(
    tmp_path: Path, language: Language, screen: Screen
) -> None:
    marker = "zebra-4711"
    text = f"{QUESTIONS[language][0]} {RUMOUR[language]} {marker}"
    async with talking(tmp_path, language, screen, Scripted()) as person:
        await say(person, text)
        runtime = person.runtime
        assert await texts_kept(runtime, marker) == {}
        async with runtime.db.begin() as session:
            answers = list(await session.scalars(select(OutboundMessage)))
            assert [answer.is_passing for answer in answers] == [True]
            answers[0].state = OutboundState.DELIVERED
            counted = (await session.scalars(select(Verification))).one()
            assert (counted.outcome, counted.asked) == ("unknown", 1)
            later = runtime.clock() + outbox.LINGERING
            assert await outbox.forget(session, later) == 1


async def test_a_roll_call_copied_back_is_no_answer(tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", "sms", Scripted()) as person:
        runtime = person.runtime
        await say(person, "أنا في إسطنبول")
        async with runtime.db.begin() as session:
            team = await builders.team(session, runtime.clock())
            await builders.earthquake(session, team.officer, runtime.clock())
            sent = (await session.scalars(select(Broadcast))).one()
        content = builders_content(sent)
        assert YES["ar"] in await say(person, content)
        async with runtime.db.read() as session:
            assert (await session.scalars(select(CheckIn))).all() == []


def builders_content(broadcast: Broadcast) -> str:
    """Write the roll call as an SMS shows it."""
    return passages.text_of(fan_out.content(broadcast, "ar", Form.TEXT))


CRIES = {
    "ar": ("أنا محاصر في بيت في الخرطوم ساعدوني", "عمري ما نقدر نطلع والقصف علينا النجدة"),
    "en": ("I am trapped under the rubble please help me", "we are bleeding here send help now"),
}


FORGED = {
    "ar": (
        "السفارة تطلب تحويل 500 دينار لتأمين مقعد في الطائرة",
        "القصف قريب من الحدود اتركوا بيوتكم فورا",
        "على كل الليبيين مغادرة السودان الآن عبر بورتسودان ومعكم 300 دولار",
    ),
    "en": (
        "Embassy asks all citizens to pay 200 dollars for evacuation",
        "URGENT all Libyans must leave Sudan now via Port Sudan, bring passport and 300 USD",
        "Last evacuation flight tonight, send your passport photo to this number",
    ),
}


@pytest.mark.parametrize(("language", "screen"), BOTH)
async def test_danger_in_a_text_that_is_asked_about_is_no_cry_of_who_asks(
    tmp_path: Path, language: Language, screen: Screen, reader: Understand
) -> None:
    async with talking(tmp_path, language, screen, reader) as person:
        for text in FORGED[language]:
            answer = await say(person, f"{QUESTIONS[language][0]} {text}")
            assert NOT_OURS[language] in answer
        async with person.runtime.db.read() as session:
            assert (await session.scalars(select(Case))).all() == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "هل هذا منكم؟ نحن محاصرون في البيت"),
        ("ar", "هذي منكم؟ خوي مفقود من امبارح"),
        ("ar", "هذي منكم؟ ولدي محبوس"),
        ("ar", "هل هذا منكم؟ الحقونا"),
        ("ar", "هل هذا منكم؟ محاصرين"),
        ("en", "is this from you? bleeding"),
        ("en", "is this from you? help us"),
        ("en", "is this from you? we are trapped in the house help"),
        ("en", "is this from you? they shot my brother"),
    ],
)
async def test_a_cry_behind_the_question_is_a_cry(
    tmp_path: Path, language: Language, text: str, reader: Understand
) -> None:
    async with talking(tmp_path, language, "telegram", reader) as person:
        assert NOT_OURS[language] not in await say(person, text)
        async with person.runtime.db.read() as session:
            assert len((await session.scalars(select(Case))).all()) == 1


@pytest.mark.parametrize(("language", "screen"), BOTH)
async def test_a_cry_while_we_wait_for_a_text_is_a_cry(
    tmp_path: Path, language: Language, screen: Screen, reader: Understand
) -> None:
    for number, cry in enumerate(CRIES[language]):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with talking(folder, language, screen, reader) as person:
            await say(person, QUESTIONS[language][0])
            answer = await say(person, cry)
            assert NOT_OURS[language] not in answer
            async with person.runtime.db.read() as session:
                assert (await session.scalars(select(Case))).all(), answer


async def test_a_cry_that_is_passed_on_is_seen_by_staff_and_asked_about(
    tmp_path: Path, reader: Understand
) -> None:
    cry = "my brother is trapped under the rubble in Izmir and bleeding please send help"
    async with talking(tmp_path, "en", "telegram", reader) as person:
        answer = await say(person, f"Is this from you?\n{cry}")
        assert "about you or about somebody else" in answer
        async with person.runtime.db.read() as session:
            assert (await session.scalars(select(CheckIn))).all() == []
            assert len((await session.scalars(select(Case))).all()) == 1


@pytest.mark.parametrize("text", ["🚨🚨🚨", "خبر", "؟؟؟", "هذي منكم؟"])
async def test_what_is_no_text_is_asked_for_again_or_let_be(tmp_path: Path, text: str) -> None:
    async with talking(tmp_path, "ar", "sms", Scripted()) as person:
        await say(person, "هل هذا منكم؟")
        assert await say(person, text)
        async with person.runtime.db.read() as session:
            assert (await session.scalars(select(Case))).all() == []


async def test_words_of_ones_own_are_read_as_ever(tmp_path: Path, reader: Understand) -> None:
    async with talking(tmp_path, "en", "sms", reader) as person:
        await verifying.crossing(person.runtime)
        for line in (
            "I am safe and my family is safe, thank you",
            "the crossing is closed and we wait for the bus since yesterday",
        ):
            answer = await say(person, line)
            assert YES["en"] not in answer
            assert NOT_OURS["en"] not in answer


@pytest.mark.parametrize(("language", "screen"), BOTH)
async def test_a_survey_and_an_event_are_ours_and_nothing_of_the_asking_is_kept(
    tmp_path: Path, language: Language, screen: Screen
) -> None:
    question = QUESTIONS[language][0]
    async with talking(tmp_path, language, screen, Scripted()) as person:
        runtime = person.runtime
        now = runtime.clock()
        async with runtime.db.begin() as session:
            team = await builders.team(session, now)
        numbers = [
            await surveying.open_one(runtime, team, draft)
            for draft in (surveying.event(now), surveying.survey(now))
        ]
        async with runtime.db.read() as session:
            opened = [await session.get_one(Survey, number) for number in numbers]
            texts = [drafts.written(asking, language)[0] for asking in opened]
        for text in texts:
            assert YES[language] in await say(person, f"{question}\n{text}")
            assert YES[language] in await say(person, text, forwarded=True)
        changed = texts[0].replace("الجالية", "التأشيرات").replace("Ankara", "Tripoli")
        assert CHANGED[language] in await say(person, f"{question}\n{changed}\n+218912345678")
        async with runtime.db.begin() as session:
            officer = await session.get_one(Staff, team.officer.id)
            event = await session.get_one(Survey, numbers[0])
            await course.close(session, officer, event, now)
        assert OVER[language] in await say(person, f"{question}\n{texts[0]}")
        kept = await texts_kept(runtime, surveying.SCHOOL.words[language])
        assert {place for place in kept if not place.startswith("surveys.")} == set()
        async with runtime.db.read() as session:
            counted = {
                row.outcome: row.asked for row in await session.scalars(select(Verification))
            }
        assert counted == {"current": 4, "changed": 1, "expired": 1}


@pytest.mark.parametrize(("language", "screen"), BOTH)
async def test_the_question_about_the_place_is_ours_and_one_of_theirs_goes_on(
    tmp_path: Path, language: Language, screen: Screen
) -> None:
    place = {"ar": "إسطنبول", "en": "Istanbul"}[language]
    own = {"ar": f"هل ما زلت في {place}؟", "en": f"Are you still in {place}?"}[language]
    async with talking(tmp_path, language, screen, Scripted()) as person:
        for kind in PlaceQuestionKind:
            content = place_question_words.wording(place, kind, language, Form.TEXT)
            text = passages.text_of(content)
            asked = f"{QUESTIONS[language][0]}\n{text}"
            assert PLACE_YES[language] in await say(person, asked)
            assert PLACE_YES[language] in await say(person, text, forwarded=True)
            forged = f"{asked}\nhttps://visa-help.info/ly"
            assert CHANGED[language] in await say(person, forged)
        assert PLACE_YES[language] in await say(person, f"{QUESTIONS[language][0]} {own}")
        assert PLACE_YES[language] not in await say(person, own)
