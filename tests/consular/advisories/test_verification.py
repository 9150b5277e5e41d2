"""Is this from you? Forgiving to copying, strict with what a forger changes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.consular.advisories import corrections, verification
from bot.consular.advisories.verification import Reader, Verdict
from bot.consular.broadcasts import fan_out, passages
from bot.consular.origins import origins
from bot.messages import Content, Form
from bot.models import (
    Advisory,
    Broadcast,
    BroadcastKind,
    Lane,
    Passage,
    PersonTag,
    TextOutcome,
    Verification,
)
from bot.runtime.runtime import Runtime
from tests import builders, verifying
from tests.verifying import HEADLINES, TEXTS

SITE = "https://tammen.example"
Change = Callable[[str], str]
MAX_SECONDS = 0.05
BROADCASTS = 600


def swap(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


COPIES: dict[str, tuple[str, Change]] = {
    "as it is": ("ar", str),
    "as it is, in English": ("en", str),
    "stretched letters": ("ar", swap("معبر", "معـــبر")),
    "other letters": ("ar", lambda text: text.replace("أ", "ا").replace("ة", "ه")),
    "Persian letters": ("ar", lambda text: text.replace("ي", "ی").replace("ك", "ک")),
    "Eastern digits": ("ar", swap("234 567", "٢٣٤ ٥٦٧")),
    "no vowel marks": ("ar", lambda text: text.replace("ُ", "").replace("ً", "")),
    "invisible marks": ("ar", lambda text: "\u200f" + text.replace(" ", " \u2068", 5) + "\u2069"),
    "other line breaks": ("ar", lambda text: text.replace(". ", ".\n\n")),
    "one line": ("en", lambda text: " ".join(text.split())),
    "capitals": ("en", str.upper),
    "emoji": ("ar", lambda text: "🚨🚨 " + text + " 🙏🙏🙏"),
    "forwarded": ("en", lambda text: "Forwarded from Omar:\n" + text),
    "forwarded many times": ("ar", lambda text: "رسالة محولة\n" + text),
    "copied out of a chat": ("ar", lambda text: "[29/11/2026, 10:02] عمر: " + text),
    "a part of an SMS": ("en", lambda text: "(1/3) " + text[:90]),
    "a greeting before": ("ar", lambda text: "السلام عليكم شوفوا هذه " + text),
    "beginning cut": ("en", lambda text: text[40:]),
    "end cut": ("ar", lambda text: text[:100]),
    "cut in a number": ("ar", lambda text: text[: text.index("234") + 2]),
    "number without spaces": ("en", swap("+216 71 234 567", "0021671234567")),
    "number without country": ("en", swap("+216 71 234 567", "71234567")),
    "link without scheme": ("en", swap("https://tammen.example/borders", "tammen.example/borders")),
    "one word changed": ("en", swap("floods", "storms")),
    "two words changed": (
        "ar",
        lambda text: text.replace("السيول", "الأمطار", 1).replace("تابعوا", "شوفوا"),
    ),
    "misspelt": ("ar", swap("للاستفسار", "للاستفصار")),
}
FORGERIES: dict[str, tuple[str, Change]] = {
    "number": ("ar", swap("234 567", "234 599")),
    "number in Eastern digits": ("ar", swap("234 567", "٢٣٤ ٥٩٩")),
    "link": ("en", swap("tammen.example/borders", "tammen-example.com/borders")),
    "amount": ("ar", swap("30 دينار", "300 دينار")),
    "date": ("ar", swap("5 ديسمبر", "9 ديسمبر")),
    "month": ("en", swap("December", "November")),
    "time": ("en", swap("from 8", "from 6")),
    "place": ("en", swap("Dehiba", "Tripoli")),
    "place in Arabic": ("ar", swap("ذهيبة", "بنغازي")),
    "not": ("en", swap("Do not go there", "Do go there")),
    "not in Arabic": ("ar", swap("لا تتوجهوا", "توجهوا")),
    "a number more": ("ar", lambda text: text + " أو 0912345678"),
    "a link more": ("en", lambda text: text + "\nRegister at visa-help.info/ly"),
    "a handle more": ("en", lambda text: "Write to @libya_help_fast\n" + text),
}
STRANGERS = (
    "Free visas for all Libyans in Germany this week only, register now and pay 50 euros.",
    "يا جماعة وقع انفجار كبير في وسط المدينة والسفارة تطلب من الجميع المغادرة فورًا",
    "The airport is closed until further notice because of snow. Call your airline.",
    "حتى إشعار آخر لا تتوجهوا إلى السفارة",
    HEADLINES["en"] + "! Send your passport picture to the officer on Facebook and pay for a seat",
    "أهلًا وسهلًا",
    "🚨🚨🚨",
    "",
)


async def verdict(runtime: Runtime, text: str, **reader: Any) -> Verdict:
    async with runtime.db.read() as session:
        asker = Reader(**{"language": "ar", "form": Form.CHAT, **reader})
        return await origins.check(session, text, asker, SITE, runtime.clock())


@pytest.mark.parametrize("name", COPIES)
async def test_a_copy_is_ours_however_it_was_copied(runtime: Runtime, name: str) -> None:
    await verifying.crossing(runtime)
    language, change = COPIES[name]
    shown = change(TEXTS[language])
    assert (await verdict(runtime, shown)).outcome is TextOutcome.CURRENT


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_changed_copy_is_called_changed_and_the_right_text_is_given(
    runtime: Runtime, name: str
) -> None:
    sent = await verifying.crossing(runtime)
    language, change = FORGERIES[name]
    answer = await verdict(runtime, change(TEXTS[language]), language=language)
    assert (answer.outcome, answer.broadcast_id) == (TextOutcome.CHANGED, sent.broadcast.id)
    assert answer.right is not None
    assert HEADLINES[language] in answer.right.text


@pytest.mark.parametrize("text", STRANGERS)
async def test_other_texts_are_not_ours_whatever_phrases_they_share(
    runtime: Runtime, text: str
) -> None:
    await verifying.crossing(runtime)
    assert await verdict(runtime, text) == verification.UNKNOWN


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_headline_alone_is_enough(runtime: Runtime, language: str) -> None:
    await verifying.crossing(runtime)
    assert (await verdict(runtime, HEADLINES[language])).outcome is TextOutcome.CURRENT


async def test_the_latest_correction_is_shown_in_the_place_of_a_corrected_text(
    runtime: Runtime,
) -> None:
    sent = await verifying.crossing(runtime)
    now = runtime.clock()
    right_ar = TEXTS["ar"].replace("5 ديسمبر", "7 ديسمبر")
    right_en = TEXTS["en"].replace("5 December", "7 December")
    async with runtime.db.begin() as session:
        correction = await verifying.correct(
            session, sent, now - timedelta(minutes=2), text_ar=right_ar, text_en=right_en
        )
    wrong = await verdict(runtime, TEXTS["ar"])
    assert (wrong.outcome, wrong.broadcast_id) == (TextOutcome.CORRECTED, sent.broadcast.id)
    assert wrong.right is not None
    assert "7 ديسمبر" in wrong.right.text
    right = await verdict(runtime, right_en)
    assert (right.outcome, right.broadcast_id) == (TextOutcome.CURRENT, correction.id)


async def test_a_withdrawn_text_is_withdrawn_and_an_old_one_over(runtime: Runtime) -> None:
    sent = await verifying.crossing(runtime, valid_until=runtime.clock() + timedelta(days=1))
    async with runtime.db.begin() as session:
        later = runtime.clock() + timedelta(days=2)
        reader = Reader("ar", Form.CHAT)
        old = await origins.check(session, TEXTS["ar"], reader, SITE, later)
        advisory = await session.get_one(Advisory, sent.advisory.id)
        await corrections.withdraw(session, sent.team.officer, advisory, runtime.clock())
    assert (old.outcome, old.right) == (TextOutcome.EXPIRED, None)
    assert (await verdict(runtime, TEXTS["en"])).outcome is TextOutcome.CANCELLED


async def test_a_text_that_has_not_gone_out_yet_is_not_ours(runtime: Runtime) -> None:
    await verifying.crossing(runtime, valid_from=runtime.clock() + timedelta(days=1))
    assert (await verdict(runtime, TEXTS["ar"])).outcome is TextOutcome.UNKNOWN


async def test_a_drill_is_ours_and_called_a_drill_with_its_mark_or_without(
    runtime: Runtime,
) -> None:
    sent = await verifying.crossing(runtime, drill=True)
    whole = passages.text_of(fan_out.content(sent.broadcast, "ar", Form.CHAT))
    for text in (whole, TEXTS["ar"]):
        answer = await verdict(runtime, text)
        assert (answer.outcome, answer.is_drill) == (TextOutcome.CURRENT, True)


async def test_two_messages_in_one_are_both_looked_at_and_the_worse_one_told(
    runtime: Runtime,
) -> None:
    sent = await verifying.crossing(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        _, second = await builders.approved(session, sent.team, now)
        advisory = await session.get_one(Advisory, sent.advisory.id)
        await corrections.withdraw(session, sent.team.officer, advisory, now)
    glued = f"{builders.ADVISORY['text_ar']}\n{TEXTS['ar']}"
    answer = await verdict(runtime, glued)
    assert (answer.outcome, answer.broadcast_id) == (TextOutcome.CANCELLED, sent.broadcast.id)
    alone = await verdict(runtime, builders.ADVISORY["text_ar"])
    assert (alone.outcome, alone.broadcast_id) == (TextOutcome.CURRENT, second.id)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_roll_call_is_ours_with_its_choices_and_its_owners_link(
    runtime: Runtime, language: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.earthquake(session, team.officer, now)
        sent = (await session.scalars(select(Broadcast))).one()
    content = fan_out.content(sent, language, Form.TEXT)
    text = passages.text_of(
        Content(content.text.replace("{link}", f"{SITE}/r/AbCdEf123"), content.buttons)
    )
    assert (await verdict(runtime, text)).outcome is TextOutcome.CURRENT
    forged = text.replace(SITE, "https://tammen-ly.com")
    if forged != text:
        assert (await verdict(runtime, forged)).outcome is TextOutcome.CHANGED


async def test_what_is_for_chosen_people_is_shown_to_those_who_got_it(runtime: Runtime) -> None:
    audience = {"all": [{"countries": ["TR"]}, {"tags": ["convoy"]}]}
    sent = await verifying.crossing(runtime, audience=audience)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        reader = await builders.person(session, now, "telegram:1")
        session.add(PersonTag(person_id=reader.id, tag="convoy", words="convoy"))
        stranger = await builders.person(session, now, "telegram:2")
        await builders.fan_out(session, sent.broadcast.id, now)
    forged = TEXTS["ar"].replace("234 567", "234 599")
    shown = await verdict(runtime, forged, person_id=reader.id)
    assert shown.right is not None
    for other in ({"person_id": stranger.id}, {}):
        hidden = await verdict(runtime, forged, **other)
        assert (hidden.outcome, hidden.right) == (TextOutcome.CHANGED, None)


async def test_what_we_wrote_to_somebody_alone_is_theirs(runtime: Runtime) -> None:
    now = runtime.clock()
    letter = "وجدنا لك مكانًا في حافلة الجمعة. كن عند بوابة القنصلية الساعة 9 ومعك جوازك."
    async with runtime.db.begin() as session:
        reader = await builders.person(session, now, "telegram:1001")
    await builders.reply(runtime, "telegram:1001", letter)
    answer = await verdict(runtime, letter, person_id=reader.id)
    assert (answer.outcome, answer.is_personal) == (TextOutcome.CURRENT, True)
    forged = await verdict(runtime, letter.replace("9", "5"), person_id=reader.id)
    assert forged.outcome is TextOutcome.CHANGED
    assert (await verdict(runtime, letter)).outcome is TextOutcome.UNKNOWN


async def test_only_day_answer_and_broadcast_are_counted(runtime: Runtime) -> None:
    sent = await verifying.crossing(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for _ in range(3):
            await verification.count(session, Verdict(TextOutcome.CHANGED, sent.broadcast.id), now)
        await verification.count(session, verification.UNKNOWN, now)
    async with runtime.db.read() as session:
        days = await verification.asked_by_day(session, now.date())
        about = await verification.asked_about(session, sent.broadcast.id)
    assert (days[now.date()]["changed"], days[now.date()]["unknown"]) == (3, 1)
    assert about == {"changed": 3}
    columns = set(Verification.__table__.columns.keys())
    assert columns == {"day", "outcome", "broadcast_id", "asked"}


async def test_broadcasts_from_before_are_read_later(runtime: Runtime) -> None:
    await verifying.crossing(runtime)
    async with runtime.db.begin() as session:
        await session.execute(delete(Passage))
    assert (await verdict(runtime, TEXTS["ar"])).outcome is TextOutcome.UNKNOWN
    async with runtime.db.begin() as session:
        assert await passages.keep_missing(session) == 1
        assert await passages.keep_missing(session) == 0
    assert (await verdict(runtime, TEXTS["ar"])).outcome is TextOutcome.CURRENT


async def test_among_thousands_the_answer_comes_at_once(runtime: Runtime) -> None:
    await verifying.crossing(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(BROADCASTS):
            words = TEXTS["en"].split() * 2
            random.Random(number).shuffle(words)
            text = " ".join(words)
            contents = {"en": {"chat": Content(text).to_json(), "text": Content(text).to_json()}}
            await fan_out.create(
                session,
                BroadcastKind.ADVISORY,
                Lane.ADVISORY,
                {**contents, "ar": contents["en"]},
                {"countries": ["TR"]},
                False,
                now,
            )
    await verdict(runtime, TEXTS["ar"])
    began = time.perf_counter()
    answer = await verdict(runtime, TEXTS["en"])
    seconds = time.perf_counter() - began
    print(f"{seconds * 1000:.0f} ms among {BROADCASTS}")
    assert answer.outcome is TextOutcome.CURRENT
    assert seconds < MAX_SECONDS * 10  # a machine that does much else; the benchmark is stricter
