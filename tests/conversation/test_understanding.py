"""What a person writes is understood by exact words, by Rasa, or by the built-in classifier,
whoever is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.conversation.rasa import Rasa
from bot.conversation.understanding import MAX_WINDOW_CHARS, Understander, to_json, understand
from nlu.language import fallback
from nlu.language.examples import Example

SENTENCES = {
    "checkin_safe": [
        "وصلنا سالمين والحمد لله",
        "we made it out and are fine",
        "a7na kollna b5air w wselna",
        "الوضع هادي واحنا كويسين",
    ],
    "need_help": [
        "الجنود يطلقوا علينا النار",
        "soldiers are shooting at our house",
        "fi rsas 7dana w 5ayfin",
        "البيت طاح علينا",
    ],
    "ask_passport": [
        "جوازي انتهت صلاحيته شن ندير",
        "how can my passport be renewed",
        "jawazi da3 kif njaded",
        "اريد تجديد جواز السفر",
    ],
}


@dataclass
class FakeRasa:
    """A small server with Rasa's `/model/parse`.

    `says` is what it answers; it waits for `free` before it does.
    """

    says: dict[str, Any] | str = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def parse(self, request: web.Request) -> web.Response:
        self.asked.append((await request.json())["text"])
        self.tokens.append(request.query.get("token"))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.free.wait()
        finally:
            self.at_once -= 1
        if isinstance(self.says, str):
            return web.Response(text=self.says, status=self.status)
        return web.json_response(self.says, status=self.status)


def ranking(*guesses: tuple[str, float]) -> dict[str, Any]:
    return {
        "intent_ranking": [{"name": name, "confidence": confidence} for name, confidence in guesses]
    }


@asynccontextmanager
async def serving(rasa: FakeRasa) -> AsyncIterator[FakeRasa]:
    app = web.Application()
    app.router.add_post("/model/parse", rasa.parse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    rasa.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield rasa
    finally:
        rasa.free.set()
        await runner.cleanup()


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa(ranking(("need_help", 0.8), ("checkin_safe", 0.1), ("greet", 0.05)))
    fake.free.set()
    async with serving(fake) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="module")
def small_model() -> fallback.Model:
    return fallback.train(
        [Example(intent, text, "") for intent, texts in SENTENCES.items() for text in texts], rare=1
    )


async def test_exact_words_never_ask_rasa(rasa: FakeRasa, http: aiohttp.ClientSession) -> None:
    heard = await understand(Understander(Rasa(http, rasa.url)), "أنا بخيييير 🙏")
    assert (heard.intent, heard.confidence, heard.by) == ("checkin_safe", 1.0, "exact")
    assert rasa.asked == []


async def test_free_text_is_understood_by_rasa_with_its_token(
    rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    heard = await understand(Understander(Rasa(http, rasa.url, "secret")), "الجنود قدام الباب")
    assert (heard.intent, heard.confidence, heard.by) == ("need_help", 0.8, "rasa")
    assert heard.ranking[1] == ("checkin_safe", 0.1)
    assert rasa.tokens == ["secret"]


@pytest.mark.parametrize("text", ["", "   ", "🙂🙂", "...!", "٥", "12"])
async def test_nothing_to_read_is_asked_of_nobody(
    text: str, rasa: FakeRasa, http: aiohttp.ClientSession, small_model: fallback.Model
) -> None:
    heard = await understand(Understander(Rasa(http, rasa.url), small_model), text)
    assert (heard.intent, heard.ranking, rasa.asked) == (None, (), [])
    assert to_json(heard)["intent"] == "out_of_scope"


async def test_a_slash_cannot_order_rasa_about(rasa: FakeRasa, http: aiohttp.ClientSession) -> None:
    await understand(Understander(Rasa(http, rasa.url)), " / /delete_data now or never ")
    assert rasa.asked == ["delete_data now or never "]


async def test_a_long_text_is_read_in_parts(rasa: FakeRasa, http: aiohttp.ClientSession) -> None:
    text = "خايف " * 2000
    await understand(Understander(Rasa(http, rasa.url)), text)
    assert max(map(len, rasa.asked)) <= MAX_WINDOW_CHARS
    assert "".join(rasa.asked).replace(" ", "") == text.replace(" ", "")


async def test_a_cry_behind_a_long_greeting_without_a_full_stop_is_heard(
    small_model: fallback.Model,
) -> None:
    greeting = "السلام عليكم ورحمة الله " * 30
    heard = await understand(Understander(model=small_model), greeting + SENTENCES["need_help"][0])
    assert heard.intent == "need_help"


@pytest.mark.parametrize("sentences", [1, 12, 40])
@pytest.mark.parametrize("cry", ["الجنود يطلقوا علينا النار", "soldiers are shooting at our house"])
async def test_the_worst_part_of_a_long_letter_decides(
    sentences: int,
    cry: str,
    small_model: fallback.Model,
) -> None:
    greeting = "جوازي انتهت صلاحيته شن ندير. " * sentences
    heard = await understand(Understander(model=small_model), greeting + cry)
    (guess,) = [clause for clause in heard.clauses if heard.text[clause.start :] == cry]
    assert guess.ranking[0][0] == "need_help"


@pytest.mark.parametrize(
    ("says", "status"),
    [
        ({}, 500),
        ("<html>", 200),
        ({"status": "failure"}, 401),
        ({"intent_ranking": []}, 200),
        ({"intent_ranking": 7}, 200),
        ([], 200),
    ],
)
async def test_a_broken_rasa_is_replaced_by_the_built_in_model(
    says: Any, status: int, rasa: FakeRasa, http: aiohttp.ClientSession, small_model: fallback.Model
) -> None:
    rasa.says, rasa.status = says, status
    heard = await understand(
        Understander(Rasa(http, rasa.url), small_model), "how can I renew my passport"
    )
    assert (heard.intent, heard.by) == ("ask_passport", "fallback")


async def test_a_hanging_rasa_is_replaced_in_time(
    rasa: FakeRasa, http: aiohttp.ClientSession, small_model: fallback.Model
) -> None:
    rasa.free.clear()
    heard = await understand(
        Understander(Rasa(http, rasa.url, seconds=0.05), small_model), "soldiers are shooting"
    )
    assert (heard.intent, heard.by) == ("need_help", "fallback")


async def test_a_dead_rasa_is_left_alone_after_three_failures(
    rasa: FakeRasa, http: aiohttp.ClientSession, small_model: fallback.Model
) -> None:
    rasa.status = 500
    understander = Understander(Rasa(http, rasa.url), small_model)
    for _ in range(10):
        assert (await understand(understander, "شن ندير في جوازي")).by == "fallback"
    assert len(rasa.asked) == 3


async def test_no_more_than_two_texts_are_in_rasa_at_once(
    rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    rasa.free.clear()
    understander = Understander(Rasa(http, rasa.url, seconds=10))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(understand(understander, f"الجنود قدام الباب {number}"))
            for number in range(6)
        ]
        while rasa.at_once < 2:
            await asyncio.sleep(0)
        rasa.free.set()
    assert [task.result().by for task in tasks] == ["rasa"] * 6
    assert rasa.most_at_once == 2


async def test_without_rasa_and_model_only_exact_words_are_understood() -> None:
    assert (await understand(Understander(), "ساعدونااا!!")).intent == "need_help"
    heard = await understand(Understander(), "الجنود قدام الباب")
    assert (heard.intent, heard.by) == (None, "none")


async def test_the_home_country_decides_between_places_of_one_name() -> None:
    there = await understand(Understander(), "انا في طرابلس", home="LB")
    assert [entity.value for entity in there.entities] == ["LB/Tripoli"]
    here = await understand(Understander(), "انا في طرابلس", home="LY")
    assert [(entity.value, entity.text, entity.start, entity.end) for entity in here.entities] == [
        ("LY/Tripoli", "طرابلس", 7, 13)
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("احنا بخير والحمد لله", "ar"),
        ("ana fi el matar w ma3andish floos", "ar-Latn"),
        ("we are stuck at the airport", "en"),
        ("نبي help توا", "ar"),
        ("nebbi nrawa7 lel blad", "ar-Latn"),
        ("the 2nd floor, 5pm", "en"),
    ],
)
async def test_the_language_is_recognised(text: str, language: str) -> None:
    assert (await understand(Understander(), text)).language == language


async def test_one_line_of_the_command_has_the_promised_shape() -> None:
    said = to_json(await understand(Understander(), "نجدة"))
    assert said == {
        "text": "نجدة",
        "intent": "need_help",
        "confidence": 1.0,
        "entities": [],
        "by": "exact",
        "language": "ar",
    }


async def test_the_built_in_reader_joins_in_as_soon_as_it_is_there(
    small_model: fallback.Model, tmp_path: Path
) -> None:
    understander = Understander()
    assert (await understand(understander, "soldiers are shooting at our house")).by == "none"
    small_model.save(tmp_path / "built-in.json")
    await understander.load(tmp_path / "built-in.json")
    assert (await understand(understander, "soldiers are shooting at our house")).by == "fallback"
