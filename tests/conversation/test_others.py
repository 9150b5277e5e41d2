"""Reports about others: whose danger it is, what is told of them, and who may be told what."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.actions import OWN_NEEDS
from bot.consular.crises import cases, matches
from bot.conversation.understanding import Understander, understand
from bot.messages import Contact, Kind, Language
from bot.models import Case, CheckIn, Person, ReportMatch, SoughtPerson
from bot.practice.talk import Screen, Talk
from nlu.language import fallback
from tests import builders
from tests.dialogue.talking import Scripted, talking

OTHERS_IN_DANGER = {
    "ar": (
        "أختي وأولادها محاصرين في الفاشر والأكل كمل عندهم",
        "بوي مصاب ونزيفه ما وقفش، هو في مستشفى أم درمان وأنا في طرابلس",
        "ولدي انقطع الاتصال بيه من يومين، آخر مرة كان في درنة",
        "زوجي قبضوا عليه البارح في المطار",
        "صاحبي مراد محبوس في مركز احتجاز وما عندهش دواء السكر",
        "والدتي وحدها في البيت والقصف قريب منها",
        "خالي غرق في السيل وما لقيناه لتوا",
        "أخوي طلب النجدة في آخر رسالة وبعدها سكر تلفونه",
        "بنتي عالقة في الخرطوم وتبي تطلع",
        "جارنا الليبي في إسطنبول وقع عليه السقف وما يقدرش يتحرك",
    ),
    "arabizi": (
        "5oya m7aser fi el fashir w ma 3ndahsh may",
        "o5ti majrou7a fi antakya, ana fi benghazi",
        "bouya mafgoud mn yomin, a5er mara kan fi derna",
        "waldi m7bous fi matar istanbul",
        "ommi wa7adha fi el 7osh w el gasf 9rib 3liha",
        "ra9m 5oya msakker, kan fi khartoum w ma yrodesh",
        "sa7bi 3ali mosab w yabi tabib fi gaza",
        "zawji 9abdo 3lih elbare7 w ma na3rfosh wen hwa",
        "wlad 5ti 3al9in fi omdurman",
        "benti 7amel w t3abet fi turkia, m7taja tabib",
    ),
    "en": (
        "My sister is trapped in El Fasher with her three children",
        "my dad is bleeding and he is in a hospital in Omdurman, I am in Tripoli",
        "I have not heard from my son since Monday, he was in Derna",
        "They arrested my husband at the airport yesterday",
        "My friend Murad is held in a detention centre without his insulin",
        "my mother is alone at home and the shelling is close to her",
        "My uncle was swept away by the flood, we cannot find him",
        "My brother asked for help in his last message and now his phone is off",
        "please evacuate my daughter, she is stuck in Khartoum",
        "our Libyan neighbour in Istanbul has been hit by a roof and cannot move",
    ),
}
# Where the built-in reader alone is not sure: the person is asked what they mean.
ASKED_BACK = {OTHERS_IN_DANGER["arabizi"][7], OTHERS_IN_DANGER["en"][9]}
SENTENCES = [
    pytest.param(sentence, id=f"{script}-{number}")
    for script, sentences in OTHERS_IN_DANGER.items()
    for number, sentence in enumerate(sentences, 1)
]


@pytest.fixture(scope="module")
def model(fallback_model: Path) -> fallback.Model:
    return fallback.Model.load(fallback_model)


async def reports(talk: Talk) -> list[tuple[Case, SoughtPerson | None]]:
    """The cases there are, with what is told of somebody in each."""
    query = select(Case, SoughtPerson).outerjoin(SoughtPerson, SoughtPerson.case_id == Case.id)
    async with talk.runtime.db.read() as session:
        rows = await session.execute(query.order_by(Case.id))
        return [(case, sought) for case, sought in rows]


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_whoever_reports_somebody_is_never_the_one_in_danger(
    sentence: str, tmp_path: Path, model: fallback.Model
) -> None:
    hear = partial(understand, Understander(model=model))
    async with talking(tmp_path, "ar", "telegram", hear) as person:
        await person.say(sentence)
        kept = await reports(person)
        async with person.runtime.db.read() as session:
            check_ins = (await session.scalars(select(CheckIn))).all()
    assert check_ins == []
    assert all(sentence in (case.note or "") for case, _ in kept)
    assert bool(kept) is (sentence not in ASKED_BACK)
    own_needs = [case.kind for case, _ in kept if case.relation is None and case.kind in OWN_NEEDS]
    assert own_needs == []


@pytest.mark.parametrize("screen", ["telegram", "sms"])
async def test_what_is_told_at_once_is_not_asked_for(screen: Screen, tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", screen, Scripted({"report_relative": 0.9})) as person:
        await person.say("خوي علي مفقود في درنة من يومين رقمه 0912345678")
        person.understand.guess = {}  # type: ignore[attr-defined]
        await person.say("1")
        ((report, sought),) = await reports(person)
    assert sought is not None
    assert (report.about_name, report.relation) == ("علي", "brother")
    assert (sought.last_place, sought.last_contact) == ("درنة", "من يومين")
    assert sought.phone == "+218912345678"


async def test_the_number_of_the_reporter_and_a_date_are_no_number_of_the_sought(
    tmp_path: Path,
) -> None:
    async with talking(tmp_path, "ar", "sms", Scripted({"report_relative": 0.9})) as person:
        await person.say("خوي علي مفقود في درنة من 20.11.2026 وهذا رقمي 0912345678")
        ((report, sought),) = await reports(person)
        assert sought is not None
        assert (report.about_name, sought.phone) == ("علي", None)
        await person.say("صاحبه عمر قال كان في بنغازي ورقمه 0923334444")
        ((report, sought),) = await reports(person)
    assert sought is not None
    assert (report.about_name, sought.last_place) == ("علي", "درنة")
    assert sought.phone == "+218923334444"


async def test_a_shared_card_gives_the_name_and_the_number(tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", "telegram", Scripted({"report_relative": 0.9})) as person:
        await person.say("أختي مفقودة")
        card = Contact("+218912345678", own=False, name="هدى سالم")
        (reply,) = await person.send(person.inbound(Kind.CONTACT, contact=card))
        ((report, sought),) = await reports(person)
    assert sought is not None
    assert (report.about_name, sought.phone) == ("هدى سالم", "+218912345678")
    assert reply.text == "ما آخر مكان معروف؟"


async def test_each_field_is_asked_for_and_each_may_be_left_out(tmp_path: Path) -> None:
    async with talking(tmp_path, "en", "telegram", Scripted({"report_relative": 0.9})) as person:
        await person.say("my sister does not answer")
        person.understand.guess = {}  # type: ignore[attr-defined]
        for line in ("Huda Salem", "[Skip]", "in spring", "[Skip]", "[Yes]"):
            await person.say(line)
        ((report, sought),) = await reports(person)
    assert sought is not None
    assert report.about_name == "Huda Salem"
    assert (sought.last_place, sought.last_contact, sought.phone) == (None, "in spring", None)
    assert sought.shared_at is not None


async def test_a_reporter_tells_nothing_of_themselves_by_answering(tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", "sms", Scripted({"report_relative": 0.9})) as person:
        await person.say("أختي مفقودة")
        person.understand.guess = {}  # type: ignore[attr-defined]
        async with person.runtime.db.begin() as session:
            reporter = await session.get_one(Person, person.person_id)
            reporter.consented_at = person.runtime.clock()
            reporter.country = "LY"
            phone = reporter.phone
        for line in ("هدى سالم", "الخرطوم", "البارح", "0923456789", "2"):
            await person.say(line)
        async with person.runtime.db.read() as session:
            reporter = await session.get_one(Person, person.person_id)
        ((report, sought),) = await reports(person)
    assert sought is not None
    assert (reporter.name, reporter.country, reporter.phone) == (None, "LY", phone)
    assert (report.about_name, sought.last_place) == ("هدى سالم", "الخرطوم")
    assert (sought.last_contact, sought.phone) == ("البارح", "+218923456789")
    assert sought.shared_at is None


ANSWERS = [
    ("ar", "telegram", "[نعم، طمّنوهم]", True),
    ("ar", "telegram", "نعم", True),
    ("ar", "telegram", "[لا، لا تخبروهم]", False),
    ("ar", "sms", "1", True),
    ("ar", "sms", "٢", False),
    ("ar", "sms", "لا", False),
    ("en", "sms", "yes", True),
    ("en", "telegram", "[No, tell nothing]", False),
]


@pytest.mark.parametrize(("language", "screen", "answer", "may_tell"), ANSWERS)
async def test_a_person_allows_or_refuses_in_one_word(
    language: Language, screen: Screen, answer: str, may_tell: bool, tmp_path: Path
) -> None:
    async with talking(tmp_path, language, screen) as person:
        await person.say("/language en" if language == "en" else "السلام عليكم")
        now = person.runtime.clock()
        async with person.runtime.db.begin() as session:
            team = await builders.team(session, now)
            reporter = await builders.person(session, now, "phone:chat:+999777", name="منى")
            report = await cases.report(session, reporter, "sister", "missing", "أختي", now)
            await matches.confirm(session, team.officer, report, person.person_id or 0, now)
        question, *_ = await person.receive()
        assert [button.payload for button in question.buttons] == [
            f"/may_tell {report.id} yes",
            f"/may_tell {report.id} no",
        ]
        await person.say(answer)
        async with person.runtime.db.read() as session:
            match = await session.get_one(ReportMatch, (report.id, person.person_id))
            check_ins = (await session.scalars(select(CheckIn))).all()
    assert (match.may_tell, match.told_at is not None) == (may_tell, may_tell)
    assert check_ins == []


async def test_a_yes_to_something_else_allows_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", "telegram") as person:
        await person.say("السلام عليكم")
        now = person.runtime.clock()
        async with person.runtime.db.begin() as session:
            team = await builders.team(session, now)
            reporter = await builders.person(session, now, "phone:chat:+999777")
            report = await cases.report(session, reporter, "sister", "missing", "أختي", now)
            await matches.confirm(session, team.officer, report, person.person_id or 0, now)
        await person.receive()
        await person.say("/register")
        await person.say("نعم")
        async with person.runtime.db.read() as session:
            match = await session.get_one(ReportMatch, (report.id, person.person_id))
    assert (match.may_tell, match.answered_at) == (None, None)


async def test_typed_words_of_a_button_press_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path, "ar", "telegram") as person:
        await person.say("السلام عليكم")
        now = person.runtime.clock()
        async with person.runtime.db.begin() as session:
            team = await builders.team(session, now)
            reporter = await builders.person(session, now, "phone:chat:+999777")
            report = await cases.report(session, reporter, "sister", "missing", "أختي", now)
            stranger = await builders.person(session, now, "phone:chat:+999888")
            await matches.confirm(session, team.officer, report, stranger.id, now)
        await person.say(f"/may_tell {report.id} yes")
        async with person.runtime.db.read() as session:
            match = await session.get_one(ReportMatch, (report.id, stranger.id))
    assert match.may_tell is None
