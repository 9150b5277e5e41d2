"""A peer: Rasa's own REST channel on `bench/peer_rasa`, the same check-in by rules and a form.

It keeps its conversations in memory, which is Rasa's default: they end with the process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from bench.house import House, load
from bench.load import Job, Outcome
from bot.embedded import rasa, training
from bot.embedded.lock import locked
from bot.runtime.settings import ROOT

PROJECT = Path(__file__).with_name("peer_rasa")
CACHE = ROOT / ".cache" / "peer_rasa"
TRAINING_TIMEOUT_SECONDS = 600.0


class Peer:
    """Talk to a Rasa that listens on its REST channel."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def talk(self, texts: Sequence[str], connections: int) -> Outcome:
        """Send one message from each of as many people as there are texts.

        Raises RuntimeError when a message has no answer.
        """
        bodies: list[str] = []
        for number, text in enumerate(texts):
            message = {"sender": f"p{number}", "message": text}
            bodies.append(json.dumps(message))
        job = Job(
            port=self._port,
            path="/webhooks/rest/webhook",
            bodies=bodies,
            headers={"Content-Type": "application/json"},
            connections=connections,
        )
        outcome = await load(job)
        unanswered = [answer for answer in outcome.answers if '"text"' not in answer]
        if unanswered:
            count = f"{len(unanswered)} of {len(texts)}"
            raise RuntimeError(f"the peer left {count} messages without an answer")
        return outcome


async def started(house: House) -> Peer:
    """Train the peer if need be, start it and wait until it answers."""
    trained = await _trained()
    port = rasa.free_port()
    command: list[str | Path] = [
        rasa.PYTHON,
        "-m",
        "rasa",
        "run",
        "--quiet",
        "--model",
        trained,
        "--credentials",
        PROJECT / "credentials.yml",
        "--interface",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    env = rasa.environment(house.folder, LOG_LEVEL="WARNING")
    await house.start("peer", command, env)
    await house.until_answers("peer", f"http://127.0.0.1:{port}/webhooks/rest/")
    return Peer(port)


async def _trained() -> Path:
    """Return the peer's model, which the cache keeps by the hash of its training data."""
    digest = hashlib.sha256()
    for file in sorted(PROJECT.rglob("*.yml")):
        digest.update(file.read_bytes())
    name = digest.hexdigest()[:16]
    path = CACHE / f"{name}.tar.gz"
    problem = "another process has been training the peer for ten minutes"
    async with locked(CACHE / "lock", TRAINING_TIMEOUT_SECONDS, problem):
        if not path.exists():
            await _train(path)
    return path


async def _train(path: Path) -> None:
    command: list[str | Path] = [
        rasa.PYTHON,
        "-m",
        "rasa",
        "train",
        "--config",
        PROJECT / "config.yml",
        "--domain",
        PROJECT / "domain.yml",
        "--data",
        PROJECT / "data",
        "--out",
        path.parent,
        "--fixed-model-name",
        path.name.removesuffix(".tar.gz"),
    ]
    env = rasa.environment(path.parent)
    await training.run(command, env, path.parent, lambda _line: None)
