"""Letters to and from real networks: Telegram and SMS, and what is heard beside an officer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.consular.crises import cases, letters
from bot.messages import Channel
from bot.models import Case, CaseKind, CaseLetter, OutboundMessage, Person, Staff
from tests import builders
from tests.correspondent import Correspondent

SIGN = "معك الآن موظف من وزارة الخارجية الليبية"


async def case_begun(line: Correspondent, **columns: str) -> tuple[Staff, int]:
    """Have the person known in Turkey, with a case; return the officer and the case's number."""
    await line.settled_in(**columns)
    now = line.clock()
    async with line.runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = (await session.scalars(select(Person))).one()
        case = await cases.open_case(session, person, CaseKind.HUMAN, "أريد موظفًا", now)
        return team.officer, case.id


async def write(line: Correspondent, officer: Staff, case_id: int, words: str) -> str:
    """Have an officer write; return what arrives on Telegram, if it goes there."""
    async with line.runtime.db.begin() as session:
        case = await cases.get(session, case_id)
        await letters.write(session, officer, case, words, line.clock())
    await line.settle()
    return line.shown()[-1].fields["text"] if line.shown() else ""


async def received(line: Correspondent) -> list[str]:
    return [letter.words for letter in await line.rows(CaseLetter) if letter.staff_id is None]


async def test_what_is_answered_to_an_officer_is_a_letter_and_no_answer_to_the_bot(
    line: Correspondent,
) -> None:
    officer, case_id = await case_begun(line)
    assert SIGN in await write(line, officer, case_id, "كم عددكم؟")
    for words in ("٤", "نعم", "شكرا", "خلف المدرسة"):
        assert await line.write(words) == []
    assert await received(line) == ["٤", "نعم", "شكرا", "خلف المدرسة"]
    assert await line.statuses() == []
    assert await line.cases() == {"human": "أريد موظفًا\n٤\nنعم\nشكرا\nخلف المدرسة"}
    person = await line.person()
    assert (person.party_size, person.name) == (None, None)


async def test_letters_follow_the_person_to_the_channel_they_write_from(
    line: Correspondent,
) -> None:
    officer, case_id = await case_begun(line)
    await write(line, officer, case_id, "أين أنت؟")
    line.clock.advance(minutes=5)
    assert await line.text("انقطع النت، نحن خلف المدرسة") == []
    await write(line, officer, case_id, "نتصل بك الآن")
    sent = await line.rows(OutboundMessage)
    assert [message.channel for message in sent] == [Channel.TELEGRAM, Channel.SMS]
    assert sent[-1].content["text"] == "نتصل بك الآن"


@pytest.mark.parametrize(
    ("language", "cry", "safe"),
    [("ar", "نجدة", "أنا بخير"), ("en", "need help", "I'm safe")],
)
async def test_a_cry_and_safe_are_recorded_at_once_and_nothing_is_asked(
    line: Correspondent, language: str, cry: str, safe: str
) -> None:
    officer, case_id = await case_begun(line, language=language)
    await write(line, officer, case_id, "؟")
    (noted,) = await line.write(cry)
    assert "؟" not in noted
    assert "?" not in noted
    assert await line.write("4") == []  # the officer's
    (safe_noted,) = await line.write(safe)
    assert "?" not in safe_noted
    assert await line.statuses() == ["help", "safe"]
    assert list(await line.cases()) == ["human", "life"]
    assert await received(line) == [cry, "4", safe]


async def test_a_shared_position_is_kept_beside_an_officer(line: Correspondent) -> None:
    officer, case_id = await case_begun(line)
    await write(line, officer, case_id, "شاركنا موقعك")
    await line.write(location={"latitude": 41.0082, "longitude": 28.9784})
    person = await line.person()
    assert person.location == "41.0082,28.9784"
    assert await received(line) == ["📍 41.00820, 28.97840"]


async def test_a_roll_call_after_the_letter_is_answered_to_the_bot(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()
    async with line.runtime.db.begin() as session:
        person = (await session.scalars(select(Person))).one()
        case = await cases.open_case(session, person, CaseKind.HUMAN, "أريد موظفًا", line.clock())
        officer = (await session.scalars(select(Staff))).first()
        assert officer is not None
        await letters.receive(session, case, "أريد موظفًا", "ar", line.clock())
    assert len(await line.write("نعم")) == 1  # nobody wrote since the roll call
    assert await line.statuses() == ["safe"]
    await write(line, officer, case.id, "هل معك أحد؟")
    assert await line.write("لا") == []
    assert await line.statuses() == ["safe"]


async def test_whoever_had_said_stop_answers_yes_to_the_officer_alone(
    line: Correspondent,
) -> None:
    officer, case_id = await case_begun(line)
    assert "أوقفنا" in (await line.write("إيقاف"))[0]
    await write(line, officer, case_id, "هل أنت في البيت؟")
    assert await line.write("نعم") == []
    assert (await line.person()).stopped_at is not None


async def test_after_a_day_and_after_a_close_the_bot_answers_again(line: Correspondent) -> None:
    officer, case_id = await case_begun(line)
    await write(line, officer, case_id, "أين أنت؟")
    line.clock.advance(hours=25)
    assert len(await line.write("القائمة")) == 1
    assert await received(line) == []
    line.clock.advance(minutes=10)
    await write(line, officer, case_id, "هل وصلت؟")
    async with line.runtime.db.begin() as session:
        case = await session.get_one(Case, case_id)
        await letters.hand_back(session, officer, case, line.clock())
    await line.settle()
    assert line.shown()[-1].fields["text"].startswith("انتهت محادثتك مع الموظف")
    assert len(await line.write("القائمة")) == 1
    assert await received(line) == []
