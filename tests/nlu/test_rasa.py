"""Rasa with our components: measured by `rasa test` on phrases it never saw, and asked as the
gateway asks it.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.conversation.rasa import Rasa
from bot.conversation.understanding import Understander, understand
from bot.embedded import rasa
from bot.runtime.settings import ROOT
from tests.servers import session

LIFE_SAVING = frozenset({"need_help", "need_medical", "need_evacuation"})
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def report(rasa_model: Path) -> Path:
    """The folder `rasa test nlu` wrote about `nlu/test`, once for the whole run."""
    return Path(session.once("rasa-test", lambda folder: _report(rasa_model, folder))["folder"])


def _report(trained: Path, folder: Path) -> dict[str, str]:
    where = ["--nlu", str(ROOT / "nlu" / "test"), "--model", str(trained), "--out", str(folder)]
    _rasa(folder, "test", "nlu", "--no-plot", "--domain", str(ROOT / "nlu" / "domain.yml"), *where)
    return {"folder": str(folder)}


def _rasa(folder: Path, *arguments: str) -> str:
    command = [str(rasa.PYTHON), "-m", "rasa", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=rasa.environment(folder),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def test_held_back_texts_are_understood(report: Path) -> None:
    intents = _read(report, "intent_report.json")
    assert intents["accuracy"] >= 0.92
    assert intents["out_of_scope"]["recall"] >= 0.85


def test_cries_for_help_are_recognised(report: Path) -> None:
    intents = _read(report, "intent_report.json")
    cries = sum(intents[intent]["support"] for intent in LIFE_SAVING)
    errors = [
        error for error in _read(report, "intent_errors.json") if error["intent"] in LIFE_SAVING
    ]
    missed = [error for error in errors if error["intent_prediction"]["name"] not in LIFE_SAVING]
    trusted = [
        error
        for error in missed
        if error["intent_prediction"]["name"] == "checkin_safe" and _is_sure(error)
    ]
    assert len(missed) / cries <= 0.03
    assert len(trusted) / cries <= 0.01


def _is_sure(error: Any) -> bool:
    return bool(error["intent_prediction"]["confidence"] >= 0.6)


def test_entities_are_found(report: Path) -> None:
    entities = _read(report, "GazetteerEntityExtractor_report.json")
    assert entities["micro avg"]["f1-score"] >= 0.93


def test_the_training_data_are_valid(tmp_path: Path) -> None:
    where = ["--domain", str(ROOT / "nlu" / "domain.yml"), "--data", str(ROOT / "nlu" / "data")]
    _rasa(
        tmp_path,
        "data",
        "validate",
        "--config",
        str(ROOT / "config.yml"),
        "--fail-on-warnings",
        *where,
    )


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("الجنود يضربوا فينا بالرصاص ساعدونا بسرعة", "need_help"),
        ("نبي نجدد جواز سفري شن الاوراق المطلوبة", "ask_passport"),
        ("we are all fine here thank god", "checkin_safe"),
        ("nebbi netla3 men el5artoum fi a9rab wa9t", "need_evacuation"),
    ],
)
async def test_free_text_goes_through_rasa(nlu: rasa.Nlu, text: str, intent: str) -> None:
    async with aiohttp.ClientSession() as http:
        heard = await understand(Understander(Rasa(http, nlu.url, nlu.token, seconds=20)), text)
    assert (heard.intent, heard.by) == (intent, "rasa")


async def test_rasa_and_the_gateway_find_the_same_entities(nlu: rasa.Nlu) -> None:
    text = "احنا خمسة عالقين بإسطنبول ونبوا نروحوا لليبيا مع خوي"
    async with aiohttp.ClientSession() as http:
        heard = await understand(Understander(Rasa(http, nlu.url, nlu.token, seconds=20)), text)
        asked = http.post(
            f"{nlu.url}/model/parse", params={"token": nlu.token}, json={"text": text}
        )
        async with asked as answer:
            found = (await answer.json())["entities"]
    assert [
        (entity["entity"], entity["value"], entity["start"], entity["end"]) for entity in found
    ] == [(entity.entity, entity.value, entity.start, entity.end) for entity in heard.entities]


async def test_rasa_answers_nobody_without_the_token(nlu: rasa.Nlu) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{nlu.url}/model/parse", json={"text": "مرحبا"}) as answer,
    ):
        assert answer.status == 401
