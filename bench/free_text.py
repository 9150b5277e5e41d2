"""Free text through Rasa: texts that nobody trained on, at random moments, to the reply."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from bench.databases import Databases
from bench.house import House, load, opened
from bench.load import Job
from bench.report import Figure, percentile
from bench.turns import waits
from bench.updates import Update, said
from bot.embedded import model, rasa
from bot.embedded.rasa import Nlu
from bot.runtime.settings import ROOT

PEOPLE = 1_000
RATE = 20  # messages a second
MESSAGES = 500
WARM_UP = 30
CONNECTIONS = 40
REPLIES_TIMEOUT_SECONDS = 120.0
TARGET_MS = 150
TEST_FOLDER = ROOT / "nlu" / "test"

Waits = list[float]  # seconds


async def measure(databases: Databases) -> list[Figure]:
    """Measure Rasa alone, then whole turns; only messages that Rasa understood count."""
    texts = phrases(MESSAGES + WARM_UP)
    trained = await model.ensure(ROOT / ".cache", print)
    url = await databases.seeded("free_text", PEOPLE)
    folder = databases.place / "free_text"
    async with (
        rasa.running(trained, folder) as nlu,
        opened(folder, url, databases.keys, nlu) as house,
    ):
        await rasa.ready(nlu, trained)
        rasa_waits = await _alone(nlu, texts)
        await house.web()
        await house.worker()
        chats = await house.chats(len(texts))
        await _turns(house, chats[:WARM_UP], texts[:WARM_UP])
        turn_waits = await _turns(
            house,
            chats[WARM_UP:],
            texts[WARM_UP:],
        )
    return _figures(rasa_waits, turn_waits)


def _figures(rasa_waits: Waits, turn_waits: Waits) -> list[Figure]:
    rasa_p95 = percentile(rasa_waits, 95)
    turn_p95 = percentile(turn_waits, 95)
    understood = len(turn_waits) / MESSAGES
    p95 = Figure(
        name=f"p95 of a message at {RATE}/s",
        measured=turn_p95 * 1e3,
        unit="ms",
        target=TARGET_MS,
        is_ceiling=True,
        comparison=f"{turn_p95 / rasa_p95:.1f} × Rasa alone",
    )
    return [
        _wait(f"p50 of a message at {RATE}/s", turn_waits, 50),
        p95,
        _wait("p99 of a message", turn_waits, 99),
        _wait("p50 of Rasa alone", rasa_waits, 50),
        _wait("p95 of Rasa alone", rasa_waits, 95),
        Figure(
            name="messages that Rasa understood",
            measured=understood * 100,
            unit="%",
        ),
    ]


def _wait(name: str, waits_seconds: Waits, percent: int) -> Figure:
    milliseconds = percentile(waits_seconds, percent) * 1e3
    return Figure(name, milliseconds, "ms")


def phrases(count: int, folder: Path = TEST_FOLDER) -> list[str]:
    """Return texts that are not in the training data, of all languages and intents, mixed."""
    examples: list[str] = []
    for file in sorted(folder.glob("*.yml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for block in document["nlu"]:
            examples += block["examples"].splitlines()
    step = max(1, len(examples) // count)
    sample = examples[::step]
    return [_text(example) for example in sample[:count]]


def _text(example: str) -> str:
    """Return the text of one line of examples, up to the mark of its first entity."""
    text = example.removeprefix("- ").strip()
    unmarked = text.replace("[", "")
    start, _, _ = unmarked.partition("](")
    return start


async def _alone(nlu: Nlu, texts: list[str]) -> Waits:
    """Return the seconds that Rasa takes for each text after the warm-up."""
    bodies = [json.dumps({"text": text}) for text in texts]
    _host, _, port = nlu.url.rpartition(":")
    job = Job(
        port=int(port),
        path=f"/model/parse?token={nlu.token}",
        bodies=bodies,
        headers={"Content-Type": "application/json"},
        connections=CONNECTIONS,
        rate=RATE,
    )
    outcome = await load(job)
    if set(outcome.statuses) != {"200"}:
        raise RuntimeError(f"Rasa answered {outcome.statuses}")
    return outcome.waits[WARM_UP:]


async def _turns(house: House, chats: list[int], texts: list[str]) -> Waits:
    """Return the seconds of each turn whose message Rasa understood.

    A turn lasts from the moment its message was due to the reply at the provider.
    """
    updates: list[Update] = []
    for chat, text in zip(chats, texts, strict=True):
        update = said(chat, text)
        updates.append(update)
    outcome = await house.post(updates, CONNECTIONS, RATE)
    replies = await house.replied(set(chats), REPLIES_TIMEOUT_SECONDS)
    understood = await _understood(house)
    understood_waits: Waits = []
    turn_waits = waits(outcome, updates, replies)
    for update, seconds in zip(updates, turn_waits, strict=True):
        if str(update["update_id"]) in understood:
            understood_waits.append(seconds)
    return understood_waits


async def _understood(house: House) -> set[str]:
    """Return the provider's numbers of the messages that Rasa understood."""
    query = "SELECT provider_id FROM inbound_messages WHERE understood_by = 'rasa'"
    messages = await house.rows(query)
    return {message["provider_id"] for message in messages}
