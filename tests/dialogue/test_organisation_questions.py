"""Questions for Libyan organisations: heard in any spelling, and nothing else taken for one."""

from __future__ import annotations

import pytest

from bot.consular.reference import organisation_kinds
from bot.dialogue import organisation_questions, parts
from bot.dialogue.facts import Here, Request
from bot.dialogue.reading import read
from bot.dialogue.state import State
from bot.messages import Heard
from bot.models import OrganisationKind
from bot.practice.talk import EXACT
from tests.dialogue.talking import FLOWS

ASKED = [
    "is there a Libyan school here?",
    "Is there any libyan association near me",
    "libyan association in Manchester",
    "Libyan Association in New York",
    "where is the Libyan mosque",
    "I'm looking for a Libyan student union",
    "do you know any libyan clubs in Rome?",
    "libyan businesses in Malta",
    "number of the Libyan school please",
    "association of Libyans in Leeds",
    "فيه مدرسة ليبية هنا؟",
    "فيه مدرسة ليبيه هنا",
    "رابطة الليبيين",
    "وين رابطة الليبيين في مانشستر؟",
    "هل توجد جمعية ليبية في روما",
    "نبي رقم المدرسة الليبية",
    "أقرب مسجد ليبي",
    "اتحاد الطلبة الليبيين في بريطانيا",
    "المدرسة الليبية في تونس وين؟",
    "النادي الليبي",
    "عندكم رقم رابطة الطلبة الليبيين؟",
    "المدارس الليبية في تركيا",
    "fi madrasa libiya hna?",
    "win rabtat libiyin fi london",
    "wen el nadi elibi?",
    "nebbi rakm el madrasa libya",
]
NOT_ASKED = [
    "I am at the Libyan school",
    "We are in the libyan school in Khartoum",
    "the Libyan school was bombed, where do we go?",
    "they hit the Libyan school",
    "أنا في المدرسة الليبية",
    "احنا في المدرسة الليبية في الخرطوم",
    "المدرسة الليبية انقصفت",
    "الجالية الليبية هنا بخير",
    "I am a Libyan student",
    "where is the Libyan embassy",
    "وين السفارة الليبية",
    "is there a school here?",
    "فيه مدرسة هنا؟",
    "نبي مساعدة من الجمعية الليبية",
    "خوي مفقود من قدام المدرسة الليبية",
    "نحن محاصرين في النادي الليبي وين نمشوا؟",
    "my brother teaches at the Libyan school in Malta and he is missing",
    "we are trapped in the Libyan club, is there any help?",
    "بخير",
]


async def facts(text: str) -> tuple[object, ...]:
    heard: Heard = await EXACT(text, "GB")
    return read(FLOWS, State(known={"country": "GB"}), heard).facts


def asks(told: tuple[object, ...]) -> bool:
    requests = [fact for fact in told if isinstance(fact, Request)]
    return any(request.intent == parts.ORGANISATIONS for request in requests)


@pytest.mark.parametrize("text", ASKED)
async def test_a_question_for_an_organisation_is_one_and_places_nobody(text: str) -> None:
    told = await facts(text)
    assert asks(told), told
    assert not any(isinstance(fact, Here) for fact in told)


@pytest.mark.parametrize("text", NOT_ASKED)
async def test_what_tells_of_somebody_asks_for_no_organisation(text: str) -> None:
    assert not asks(await facts(text))


def test_a_text_of_ten_thousand_letters_is_read_at_once() -> None:
    assert not organisation_questions.is_asked("libyan " * 1500)
    assert not organisation_questions.is_asked("مدرسة " * 1500 + "؟")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("فيه مدرسة ليبية هنا؟", OrganisationKind.SCHOOL),
        ("رابطة الليبيين", OrganisationKind.ASSOCIATION),
        ("اتحاد الطلبة الليبيين", OrganisationKind.STUDENT_UNION),
        ("libyan student union in Leeds", OrganisationKind.STUDENT_UNION),
        ("a Libyan Islamic centre", OrganisationKind.CULTURAL_CENTRE),
        ("الجمعية الخيرية الليبية", OrganisationKind.CHARITY),
        ("win el nadi libi", OrganisationKind.CLUB),
        ("libyan shops and businesses in Malta", OrganisationKind.BUSINESS_NETWORK),
        ("المنظمات الليبية", None),
    ],
)
def test_the_kind_is_that_of_the_longest_phrase(text: str, kind: OrganisationKind | None) -> None:
    assert organisation_kinds.asked_for(text) is kind
