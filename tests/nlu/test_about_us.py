"""Questions about us: who we are, whether we are real, who reads this, what it costs."""

from __future__ import annotations

import pytest

from nlu.language.reading import statements

ASKED = [
    "is this really the ministry?",
    "who are you people",
    "who reads this?",
    "does it cost?",
    "how much does a message cost",
    "how do I know this is not a scam",
    "Are you a robot or a real person?",
    "is this number official",
    "do i have to pay for this sms?",
    "Who is this?",
    "من انتم وهل هذا حقيقي؟",
    "شكون انتم؟",
    "منو معاي؟",
    "هل أنتم فعلا من الوزارة؟",
    "هل الرسائل بفلوس؟",
    "منو يقرا في الرسائل هذي",
    "كيف نتأكد انكم السفارة",
    "هل هذا الرقم رسمي؟",
    "قداش تكلف الرسالة؟",
    "انت روبوت ولا بنادم؟",
    "شن يضمنلي انكم مش نصابين",
    "u sure ur not scammers?",
    "who runs this number",
    "مين وراء هذا الرقم",
    "هل الخدمة مجانية؟",
    "chkoun entoma?",
    "mnu m3aya?",
    "hal hada rasmi?",
]
NOT_ASKED = [
    "who are you calling, my brother is missing",
    "is the road to the border safe?",
    "is this area safe?",
    "how do I know the way is safe",
    "how much does the flight cost and is it full",
    "معي زوجتي وولدان، من معنا في القافلة سيصل غدا",
    "أنا مع السفارة في اتصال",
    "how can I get to the embassy?",
    "is the embassy open?",
    "نبي شهادة رسمية",
    "the insurance is official",
    "هل الطريق للسفارة سالكة؟",
]


def asks(text: str) -> bool:
    return any(statement.manner.asks_about_us for statement in statements.read(text, None))


@pytest.mark.parametrize("text", ASKED)
def test_a_question_about_us_is_one(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", NOT_ASKED)
def test_a_question_about_something_else_is_none(text: str) -> None:
    assert not asks(text)
