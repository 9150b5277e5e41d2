"""Letters between officers and people: where they go, when the bot is silent, who has read them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import caseload, cases, clocks, handling, letters
from bot.consular.errors import ConsularError
from bot.consular.people import facts
from bot.consular.staff import accounts
from bot.consular.trust import export, retention, rights
from bot.messages import Channel
from bot.models import (
    Case,
    CaseKind,
    CaseLetter,
    CaseOutcome,
    LetterDirection,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
    closures,
)
from bot.runtime.runtime import Runtime
from tests import builders, closing

MINUTE = timedelta(minutes=1)
TELEGRAM, SMS = "telegram:1001", "sms:+905321234567"
WORDS = "أين أنت بالضبط؟"
SIGN = "معك الآن موظف من وزارة الخارجية الليبية"
BACK = "انتهت محادثتك مع الموظف"


async def begun(
    session: AsyncSession, runtime: Runtime, *indices: str
) -> tuple[builders.Team, Person, Case]:
    """A team, and a person in Turkey with an open case, reached at these addresses."""
    now = runtime.clock()
    team = await builders.team(session, now)
    person = await builders.person(session, now, *indices, name="سالم بن عمران")
    case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
    return team, person, case


async def sent(session: AsyncSession) -> list[str]:
    """The words of every message that was queued, in order."""
    messages = await session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
    return [message.content["text"] for message in messages if message.content]


async def test_the_first_letter_of_a_conversation_says_that_an_officer_writes(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime, TELEGRAM)
        await letters.write(session, team.post, case, WORDS, now)
        await letters.write(session, team.officer, case, "كم عددكم؟", now + MINUTE)
        first, second = await sent(session)
        assert SIGN in first
        assert first.endswith(WORDS)
        assert second == "كم عددكم؟"
        late = now + letters.CONVERSATION_LIFE + 2 * MINUTE
        assert await letters.conversing(session, person, now + MINUTE) is case
        assert await letters.conversing(session, person, late) is None
        await letters.write(session, team.post, case, "هل وصلت؟", late)
        assert SIGN in (await sent(session))[-1]
        course = [note.action for note in await trail.of(session, f"case:{case.id}")]
    assert course == ["case.written"] * 3 + ["case.opened"]


async def test_a_letter_is_stored_encrypted(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)
        await letters.write(session, team.post, case, WORDS, runtime.clock())
        stored = await session.scalar(text("SELECT words FROM case_letters"))
    assert WORDS.encode() not in bytes(stored)


async def test_a_letter_goes_where_the_person_wrote_last(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime, TELEGRAM)
        await builders.address(session, person, SMS, now + MINUTE)
        await letters.write(session, team.post, case, WORDS, now)
        await session.execute(
            closures.closing(await _newest_address(session), closures.BLOCKED, now)
        )
        await letters.write(session, team.post, case, WORDS, now)
        channels = await session.scalars(
            select(OutboundMessage.channel).order_by(OutboundMessage.id)
        )
        assert list(channels) == [Channel.SMS, Channel.TELEGRAM]


async def _newest_address(session: AsyncSession) -> int:
    newest = select(func.max(OutboundMessage.address_id))
    return await session.scalar(newest) or 0


async def test_whoever_said_stop_gets_letters_all_the_same(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime, TELEGRAM)
        await facts.stop(session, person, now)
        await session.execute(closures.opting_out(person.id, now))
        await letters.write(session, team.post, case, WORDS, now)
    async with runtime.db.begin() as session:
        (claimed,) = await outbox.claim(session, Channel.TELEGRAM, [0], 10, now)
        assert claimed.content is not None
        assert claimed.content.text.endswith(WORDS)


async def test_without_an_address_the_officer_is_told_whom_to_call(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime)
        with pytest.raises(ConsularError, match="we know no number"):
            await letters.write(session, team.post, case, WORDS, now)
        await facts.set_phone(session, person, "+218912345678", verified=False, now=now)
        with pytest.raises(ConsularError, match=r"call \+218912345678 instead"):
            await letters.write(session, team.post, case, WORDS, now)
        await facts.forbid_calls(session, person, now)
        with pytest.raises(ConsularError, match="asked not to be called"):
            await letters.write(session, team.post, case, WORDS, now)
        assert await session.scalar(select(func.count()).select_from(CaseLetter)) == 0
        assert case.last_letter_at is None


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("", "Write something first"),
        (" \n ", "Write something first"),
        ("ا" * 2001, "2000 characters at most"),
        ("نتصل بك من {phone} بعد قليل", r"write something for \{phone\} first"),
    ],
)
async def test_what_cannot_be_a_letter_changes_nothing(
    runtime: Runtime, words: str, refusal: str
) -> None:
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)
        with pytest.raises(ConsularError, match=refusal):
            await letters.write(session, team.post, case, words, runtime.clock())
        assert await sent(session) == []
        assert await letters.thread(session, case) == []


async def test_two_thousand_characters_are_one_letter(runtime: Runtime) -> None:
    words = "محاصرون " * 249 + "انتهى ٨"
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, SMS)
        await letters.write(session, team.post, case, words, runtime.clock())
        (sheet,) = await letters.thread(session, case)
    assert len(words) == 1999
    assert sheet.letter.words == words


async def test_only_those_who_look_after_the_case_write(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)
        elsewhere, _token = await accounts.add(
            session, "tunis@mofa.example", Role.POST_OFFICER, "TN", now, None
        )
        for act in (letters.hand_back(session, elsewhere, case, now),
                    letters.write(session, elsewhere, case, WORDS, now)):  # fmt: skip
            with pytest.raises(ConsularError, match="looks after TN only"):
                await act
        with pytest.raises(ConsularError, match="may not do that"):
            await letters.write(session, team.auditor, case, WORDS, now)
        await closing.close_case(session, team.post, case, now)
        with pytest.raises(ConsularError, match="reopen it first"):
            await letters.write(session, team.post, case, WORDS, now)


async def test_handing_back_and_closing_tell_the_person_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime, TELEGRAM)
        with pytest.raises(ConsularError, match="bot answers already"):
            await letters.hand_back(session, team.post, case, now)
        await letters.write(session, team.post, case, WORDS, now)
        await letters.hand_back(session, team.post, case, now)
        assert BACK in (await sent(session))[-1]
        assert await letters.conversing(session, person, now) is None
        await closing.close_case(session, team.post, case, now)
        assert len(await sent(session)) == 2
        await handling.undo_close(session, team.post, case, now)
        await letters.write(session, team.post, case, "هل وصلت؟", now)
        await closing.close_case(session, team.post, case, now)
        assert BACK in (await sent(session))[-1]
        assert len(await sent(session)) == 4


async def test_the_bot_stays_silent_while_another_case_is_written_in(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime, TELEGRAM)
        other = await cases.report(session, person, "brother", "missing", "أخي مفقود", now)
        await letters.write(session, team.post, case, WORDS, now)
        await letters.write(session, team.officer, other, "ما اسم أخيك؟", now + MINUTE)
        assert await letters.conversing(session, person, now + MINUTE) is other
        await letters.hand_back(session, team.officer, other, now + MINUTE)
        assert await letters.conversing(session, person, now + MINUTE) is case
        assert len(await sent(session)) == 2


async def test_a_close_that_is_refused_ends_no_conversation(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)
        await letters.write(session, team.post, case, WORDS, now)
        with pytest.raises(ConsularError, match="how it ended"):
            await handling.close(session, team.post, case, CaseOutcome.FOUND, " ", now)
        assert letters.is_open(case, now)
        assert len(await sent(session)) == 1


async def test_a_letter_waits_for_the_owner_and_counts_on_every_page(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)
        await handling.take(session, team.post, case, now)
        await letters.write(session, team.post, case, WORDS, now)
        assert await clocks.alarm(session, team.officer, now) == clocks.Alarm()
        await letters.receive(session, case, "خلف المدرسة", "ar", now)
        await letters.receive(session, case, "الطابق ٢", "ar", now)
        assert await letters.unread(session, [case.id]) == {case.id: 2}
        assert await clocks.alarm(session, team.officer, now) == clocks.Alarm(cases=1)
        await caseload.look(session, team.officer, case.id, now)  # a colleague's look
        assert await letters.unread(session, [case.id]) == {case.id: 2}
        dossier = await caseload.look(session, team.post, case.id, now)
        assert await letters.unread(session, [case.id]) == {}
        assert await clocks.alarm(session, team.officer, now) == clocks.Alarm()
    assert [sheet.letter.words for sheet in dossier.thread] == [WORDS, "خلف المدرسة", "الطابق ٢"]


async def test_the_thread_tells_what_became_of_a_letter(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)
        await letters.write(session, team.post, case, WORDS, now)
        (sheet,) = await letters.thread(session, case)
        assert (sheet.state, sheet.since) == (OutboundState.QUEUED, None)
        message = await session.get_one(OutboundMessage, sheet.letter.outbound_id)
        message.state, message.finished_at = OutboundState.DELIVERED, now + MINUTE
        (sheet,) = await letters.thread(session, case)
        assert (sheet.state, sheet.since) == (OutboundState.DELIVERED, now + MINUTE)
    much_later = now + timedelta(days=91)
    async with runtime.db.begin() as session:
        await retention.sweep(session, much_later)  # the message goes, the letter stays
    async with runtime.db.begin() as session:
        case = await cases.get(session, case.id)
        (sheet,) = await letters.thread(session, case)
        assert (sheet.letter.words, sheet.state) == (WORDS, None)


async def test_two_officers_who_write_at_once_sign_once(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        team, _person, case = await begun(session, runtime, TELEGRAM)

    async def write(staff_words: str) -> None:
        async with runtime.db.begin() as session:
            own = await cases.get(session, case.id)
            await letters.write(session, team.officer, own, staff_words, runtime.clock())

    await asyncio.gather(write("أين أنت؟"), write("كم عددكم؟"))
    async with runtime.db.read() as session:
        written = await sent(session)
    assert len(written) == 2
    assert sum(SIGN in words for words in written) == 1


async def test_letters_are_exported_and_go_with_the_person(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team, person, case = await begun(session, runtime, TELEGRAM)
        await letters.write(session, team.post, case, WORDS, now)
        await letters.receive(session, case, "خلف المدرسة", "ar", now)
        exported = (await export.export(session, person))["letters"]
        assert [(letter["direction"], letter["words"]) for letter in exported] == [
            (LetterDirection.OUT, WORDS),
            (LetterDirection.IN, "خلف المدرسة"),
        ]
        assert "staff_id" not in exported[0]
        await rights.erase(session, person, "system", now)
        assert await session.scalar(select(func.count()).select_from(CaseLetter)) == 0
