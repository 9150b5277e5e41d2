"""Free text through Rasa: messages nobody trained on, arriving at random moments, to the reply handed over."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from bench.databases import Databases
from bench.house import House, load, opened
from bench.load import Job
from bench.report import Figure, percentile
from bench.turns import chat_of, waits
from bench.updates import said
from bot.embedded import model, rasa
from bot.embedded.rasa import Nlu
from bot.runtime.settings import ROOT

PEOPLE = 1_000
RATE = 20  # messages a second
MESSAGES = 500
WARM_UP = 30
CONNECTIONS = 40
SECONDS = 120.0
HELD_BACK = ROOT / "nlu" / "test"


async def measure(databases: Databases) -> list[Figure]:
    """Rasa alone, then the whole way; only messages that Rasa understood count."""
    texts, trained = phrases(MESSAGES + WARM_UP), await model.ensure(ROOT / ".cache", print)
    url, folder = await databases.seeded("free_text", PEOPLE), databases.place / "free_text"
    async with (
        rasa.running(trained, folder) as nlu,
        opened(folder, url, databases.keys, nlu) as house,
    ):
        await rasa.ready(nlu, trained)
        alone = await _alone(nlu, texts)
        await house.web()
        await house.worker()
        chats = await house.chats(len(texts))
        await _turns(house, chats[:WARM_UP], texts[:WARM_UP])
        whole = await _turns(house, chats[WARM_UP:], texts[WARM_UP:])
    p95 = percentile(whole, 95) * 1e3
    return [
        Figure(f"p50 of a message at {RATE}/s", percentile(whole, 50) * 1e3, "ms"),
        Figure(
            f"p95 of a message at {RATE}/s",
            p95,
            "ms",
            150,
            most=True,
            beside=f"{p95 / alone[95]:.1f} × Rasa alone",
        ),
        Figure("p99 of a message", percentile(whole, 99) * 1e3, "ms"),
        Figure("p50 of Rasa alone", alone[50], "ms"),
        Figure("p95 of Rasa alone", alone[95], "ms"),
        Figure("messages that Rasa understood", len(whole) / MESSAGES * 100, "%"),
    ]


def phrases(count: int, folder: Path = HELD_BACK) -> list[str]:
    """Texts that were held back from training, in all languages and intents, mixed."""
    found: list[str] = []
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            found += [line.removeprefix("- ").strip() for line in block["examples"].splitlines()]
    step = max(1, len(found) // count)
    return [text.replace("[", "").split("](")[0] for text in found[::step]][:count]


async def _alone(nlu: Nlu, texts: list[str]) -> dict[int, float]:
    """Milliseconds by percentile."""
    bodies, headers = (
        [json.dumps({"text": text}) for text in texts],
        {"Content-Type": "application/json"},
    )
    port = int(nlu.url.rpartition(":")[2])
    outcome = await load(
        Job(port, f"/model/parse?token={nlu.token}", bodies, headers, CONNECTIONS, RATE)
    )
    if set(outcome.statuses) != {"200"}:
        raise RuntimeError(f"Rasa answered {outcome.statuses}")
    return {percent: percentile(outcome.waits[WARM_UP:], percent) * 1e3 for percent in (50, 95)}


async def _turns(house: House, chats: list[int], texts: list[str]) -> list[float]:
    """Seconds from when a message was due to its reply at the provider, of those that Rasa understood."""
    updates = [said(chat, text) for chat, text in zip(chats, texts, strict=True)]
    outcome = await house.post(updates, CONNECTIONS, RATE)
    replies = await house.replied({chat_of(update) for update in updates}, SECONDS)
    rows = await house.rows("SELECT provider_id FROM inbound_messages WHERE understood_by = 'rasa'")
    by_rasa = {row["provider_id"] for row in rows}
    waited = zip(updates, waits(outcome, updates, replies), strict=True)
    return [seconds for update, seconds in waited if str(update["update_id"]) in by_rasa]
