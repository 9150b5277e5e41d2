"""Before a question goes out it is told who can answer it, by the country of the number."""

from __future__ import annotations

import pytest

from bot.consular.audiences import answering, reach
from bot.consular.audiences.answering import Answering, Sending
from bot.consular.crises import roll_call
from bot.consular.reference import country_reach, prices
from bot.messages import Channel, Language
from bot.models import SmsWay
from bot.runtime.runtime import Runtime
from tests import builders, reaching

RATES = {Channel.TELEGRAM: 30.0, Channel.SMS: 10.0}
NAMES = {"en": "Earthquake in Hatay", "ar": "زلزال هاتاي"}
QUESTION = roll_call.contents(NAMES, has_link=True)
LONG = {
    "ar": {
        "chat": {"text": "خ"},
        "text": {"text": "خ" * 71},
        "text:read": {"text": "خ" * 70},
    }
}
ASKING = Sending(asks=True, has_link=True)
TELLING = Sending(asks=False, has_link=True)


async def test_an_estimate_says_of_each_country_how_many_can_answer(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await reaching.readers(session, now)
        for _ in range(2):
            person = await builders.person(session, now)
            await builders.address(session, person, f"sms:+971507770{person.id}", now, region="AE")
        both = await reaching.reader(session, now, "QA", "telegram:1")
        stopped = await builders.person(session, now, stopped_at=now)
        await builders.address(session, stopped, "sms:+971508880001", now, region="AE")
        nowhere = await builders.person(session, now, "sms:+999")
        told = await reach.estimate(session, builders.TURKEY, QUESTION, RATES, now)
    groups = {group.country: group for group in told.answering}
    assert groups["AE"] == Answering("AE", 3, SmsWay.READ, is_known=True)
    assert groups["TN"].way is groups["LY"].way is SmsWay.LINK
    assert groups["QA"] == Answering("QA", 1, SmsWay.NOTHING, is_known=True)
    assert groups["IR"].people == 1
    assert groups["DE"] == Answering("DE", 1, SmsWay.ANSWER, is_known=False)
    assert groups[""] == Answering("", 1, SmsWay.ANSWER, is_known=False)
    assert told.answering[0].country == "AE"  # most people first
    assert told.unreachable == {"country_refuses": 2}
    assert told.by_channel == {Channel.SMS: 8, Channel.TELEGRAM: 1}
    assert sum(told.by_channel.values()) + told.no_channel == told.people == 11
    assert answering.called(told.answering, has_link=True) == 5
    assert answering.called(told.answering, has_link=False) == 7
    assert both.id != nowhere.id


async def test_the_cost_is_that_of_the_words_that_each_country_gets(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await reaching.readers(session, now)
        told = await reach.estimate(session, builders.TURKEY, LONG, RATES, now)
        table = await prices.table(session)
    assert told.sms["IT"] == told.sms["TN"] == told.parts["ar"] == 2
    assert told.sms["AE"] == 1
    assert "QA" not in told.sms
    assert told.cost["AE"] == prices.of(table, "AE")


async def test_without_a_table_everybody_is_asked_as_before(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await reaching.reader(session, now, "QA")
        told = await reach.estimate(session, builders.TURKEY, QUESTION, RATES, now)
    [group] = told.answering
    assert (group.way, group.is_known) == (SmsWay.ANSWER, False)


SENTENCES: list[tuple[Answering, Sending, str, str]] = [
    (
        Answering("AE", 312, SmsWay.READ, is_known=True),
        ASKING,
        (
            "United Arab Emirates: 312 can read this and cannot answer; "
            "their link would be refused: they go to the call list."
        ),
        (
            "الإمارات العربية المتحدة: 312 شخصًا، القراءة ممكنة والرد غير ممكن، "
            "والرابط مرفوض هناك: إلى قائمة الاتصال."
        ),
    ),
    (
        Answering("TN", 1, SmsWay.LINK, is_known=True),
        ASKING,
        "Tunisia: 1 cannot answer by SMS and gets a link to answer by.",
        "تونس: شخص واحد، الرد برسالة غير ممكن، وفي النص رابط للرد.",
    ),
    (
        Answering("QA", 2, SmsWay.NOTHING, is_known=True),
        TELLING,
        "Qatar: 2 get nothing, as SMS of ours may not go there: they are among those to call.",
        "قطر: شخصان، لا يصل شيء، فرسائلنا لا تُقبل هناك: إلى قائمة من يُتصل بهم.",
    ),
    (
        Answering("IT", 50_000, SmsWay.ANSWER, is_known=True),
        ASKING,
        "Italy: 50,000 can answer by SMS.",
        "إيطاليا: 50,000 شخص، الرد برسالة ممكن.",
    ),
]


@pytest.mark.parametrize(("group", "sending", "english", "arabic"), SENTENCES)
def test_each_country_has_a_sentence_in_both_languages(
    group: Answering, sending: Sending, english: str, arabic: str
) -> None:
    assert answering.sentences([group], sending, "en") == [english]
    [line] = answering.sentences([group], sending, "ar")
    assert line.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩٬", "0123456789,")) == arabic


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("sending", [ASKING, TELLING, Sending(asks=True, has_link=False)])
def test_no_two_ways_have_the_same_sentence_and_every_number_its_form(
    language: Language, sending: Sending
) -> None:
    for people in (1, 2, 3, 11, 100, 312):
        groups = [Answering("AE", people, way, is_known=True) for way in SmsWay]
        groups.append(Answering("AE", people, SmsWay.ANSWER, is_known=False))
        lines = answering.sentences(groups, sending, language)
        assert len(set(lines)) == len(lines) == len(SmsWay) + 1
        assert all("%(" not in line for line in lines)
    unknown = answering.sentences(
        [Answering("", 1, SmsWay.ANSWER, is_known=False)], sending, language
    )
    assert unknown[0].startswith(("numbers of an unknown country", "أرقام من بلد غير معروف"))


async def test_the_preview_is_of_the_table_as_it_is_now(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await country_reach.seed(session)
        await reaching.reader(session, now, "AE")
        await reaching.enter(session, "AE", "sms_two_way", "yes", now)
        told = await reach.estimate(session, builders.TURKEY, QUESTION, RATES, now)
    [group] = told.answering
    assert group.way is SmsWay.PLAIN_ANSWER
