"""What people would use instead: Rasa's own REST channel on `bench/peer_rasa`, the same check-in by rules and a form.

It keeps its conversations in memory, as it does unless told otherwise: nothing it answers outlives it.
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
KEPT = ROOT / ".cache" / "peer_rasa"
TRAINING_SECONDS = 600.0


class Peer:
    """A Rasa that listens on its REST channel."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def talk(self, texts: Sequence[str], connections: int) -> Outcome:
        """One message from each of as many people as there are texts. Raises RuntimeError when one is not answered."""
        bodies = [json.dumps({"sender": f"p{i}", "message": text}) for i, text in enumerate(texts)]
        headers = {"Content-Type": "application/json"}
        outcome = await load(
            Job(self._port, "/webhooks/rest/webhook", bodies, headers, connections)
        )
        if unanswered := sum(1 for answer in outcome.answers if '"text"' not in answer):
            raise RuntimeError(
                f"the peer left {unanswered} of {len(texts)} messages without an answer"
            )
        return outcome


async def started(house: House) -> Peer:
    """The peer, trained if need be, once it answers."""
    trained, port = await _trained(), rasa.free_port()
    words: list[str | Path] = [
        "run",
        "--quiet",
        "--model",
        trained,
        "--credentials",
        PROJECT / "credentials.yml",
    ]
    where: list[str | Path] = ["--interface", "127.0.0.1", "--port", str(port)]
    env = rasa.environment(house.folder, LOG_LEVEL="WARNING")
    await house.start("peer", [rasa.PYTHON, "-m", "rasa", *words, *where], env)
    await house.until_answers("peer", f"http://127.0.0.1:{port}/webhooks/rest/")
    return Peer(port)


async def _trained() -> Path:
    """Its model, kept by the hash of what it learnt from."""
    digest = hashlib.sha256()
    for file in sorted(PROJECT.rglob("*.yml")):
        digest.update(file.read_bytes())
    kept = KEPT / f"{digest.hexdigest()[:16]}.tar.gz"
    async with locked(
        KEPT / "lock",
        TRAINING_SECONDS,
        "another process has been training the peer for ten minutes",
    ):
        if not kept.exists():
            await _train(kept)
    return kept


async def _train(kept: Path) -> None:
    sources: list[str | Path] = [
        "--config",
        PROJECT / "config.yml",
        "--domain",
        PROJECT / "domain.yml",
        "--data",
        PROJECT / "data",
    ]
    place: list[str | Path] = [
        "--out",
        kept.parent,
        "--fixed-model-name",
        kept.name.removesuffix(".tar.gz"),
    ]
    command = [rasa.PYTHON, "-m", "rasa", "train", *sources, *place]
    await training.run(command, rasa.environment(kept.parent), kept.parent, lambda _line: None)
