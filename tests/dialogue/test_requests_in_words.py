"""Requests about oneself in whole sentences, which no reader learns: the command that they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.dialogue import requests_in_words
from bot.models import Case, Person
from tests.dialogue.talking import Scripted, talking

REQUESTS = {
    "whosaw": (
        "who has looked at my data",
        "Who can see my details?",
        "has anybody asked who read our registration",
        "شكون اللي اطلع على معلوماتي؟",
        "من فتح ملفي",
        "chkoun shaf bayanati",
    ),
    "mydata": (
        "what do you know about me?",
        "What information do you hold on me",
        "please send me my data",
        "شن عندكم عليا من معلومات؟",
        "نبي نشوف بياناتي",
        "ماذا تعرفون عني",
    ),
    "correct": (
        "my name is wrong",
        "My phone number is not correct",
        "I want to change my information",
        "اسمي مكتوب غلط",
        "رقمي مش صحيح",
        "نبي نعدل بياناتي",
    ),
    "link": (
        "connect my second number",
        "I have another phone number, connect it",
        "add my telegram account",
        "نبي نربط رقمي الثاني",
        "ضيفوا حسابي على تيليجرام",
    ),
    "ask_embassy_contact": (
        "police number please",
        "what is the number of the ambulance here",
        "whom do I call for an emergency",
        "شن رقم الاسعاف هنا؟",
        "نبي رقم الشرطة في تونس",
        "ra9m is3af",
    ),
}
# They say something that counts more, or something else.
OTHER_TEXTS = (
    "give me the ambulance number my father collapsed",
    "رقم الإسعاف بسرعة بوي مغمى عليه",
    "we are trapped, who can see my details",
    "my name is wrong, it is Muna Salem",
    "who are you",
    "my brother's number is +218912345678",
    "شكون انتم",
    "what do you know about the road to Tunis",
)


@pytest.mark.parametrize(
    ("command", "text"), [(name, text) for name, texts in REQUESTS.items() for text in texts]
)
def test_a_sentence_means_the_command_that_it_asks_for(command: str, text: str) -> None:
    assert requests_in_words.command(text) == command


@pytest.mark.parametrize("text", OTHER_TEXTS)
def test_what_says_more_means_no_command(text: str) -> None:
    assert requests_in_words.command(text) is None


async def test_a_request_changes_no_record_and_opens_no_case(tmp_path: Path) -> None:
    reader = Scripted()
    async with talking(tmp_path, "ar", "telegram", reader) as person:
        await person.exchange("محمد الورفلي، القاهرة، 5")
        await person.exchange("أوافق")
        for text in ("اسمي مكتوب غلط", "شكون شاف معلوماتي كلها؟", "نبي نربط رقمي الثاني"):
            await person.exchange(text)
        async with person.runtime.db.read() as session:
            assert [row.name for row in await session.scalars(select(Person))] == ["محمد الورفلي"]
            assert (await session.scalars(select(Case))).all() == []
