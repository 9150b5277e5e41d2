"""The answers of the Rasa server and of the built-in classifier, timed."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bench.scores import Answer, Entity, Ranking
from bot.embedded import rasa, training
from bot.embedded.rasa import Nlu
from bot.runtime.settings import ROOT
from nlu.language import exact, fallback, gazetteer
from nlu.language.examples import Example, of_file

TICKS = os.sysconf("SC_CLK_TCK")
SERVER_PYTHON = b"nlu/.venv/bin/python"

Parsed = Mapping[str, Any]  # Rasa's answer to one text


@dataclass
class Server:
    """Hold a running NLU server, the cost of its start and the times of its answers."""

    nlu: Nlu
    process: int
    trained_in: float  # seconds
    model_bytes: int
    ready_in: float  # seconds
    waits: list[float] = field(default_factory=list)  # seconds, for each text
    busy: float = 0.0  # seconds of processor time for those texts

    def memory(self) -> int:
        """Return the resident bytes of the server."""
        fields = Path(f"/proc/{self.process}/statm").read_text("ascii").split()
        pages = int(fields[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def worked(self) -> float:
        """Return the seconds of processor time since the server began."""
        line = Path(f"/proc/{self.process}/stat").read_text("ascii")
        fields = line.rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / TICKS


def texts(folder: Path) -> list[Example]:
    """Read the marked examples of a folder that has one file for each variety."""
    examples: list[Example] = []
    for file in sorted(folder.glob("*.yml")):
        examples += of_file(file, file.stem)
    return examples


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Server]:
    """Train a model and run a server with it."""
    began = time.monotonic()
    trained = folder / "nlu.tar.gz"
    await training.train_rasa(trained, folder, lambda _line: None)
    ended = time.monotonic()
    async with rasa.running(trained, folder) as nlu:
        await rasa.ready(nlu, trained)
        yield Server(
            nlu=nlu,
            process=_serving(nlu),
            trained_in=ended - began,
            model_bytes=trained.stat().st_size,
            ready_in=time.monotonic() - ended,
        )


def _serving(nlu: Nlu) -> int:
    """Find the process that runs `nlu.serve` on this port: others may run one, too."""
    port = f"NLU_PORT={nlu.port}".encode()
    for entry in Path("/proc").iterdir():
        command_file = entry / "cmdline"
        if not entry.name.isdigit() or not command_file.exists():
            continue
        arguments = command_file.read_bytes().split(b"\0")
        if not arguments[0].endswith(SERVER_PYTHON) or b"nlu.serve" not in arguments:
            continue
        environment = (entry / "environ").read_bytes().split(b"\0")
        if port in environment:
            return int(entry.name)
    raise RuntimeError("the NLU server is gone")


async def by_rasa(server: Server, examples: Sequence[Example]) -> list[Answer]:
    """Ask the server for one text after the other and add the times to the server's."""
    worked_before = server.worked()
    answers: list[Answer] = []
    async with aiohttp.ClientSession() as http:
        for example in examples:
            answers.append(await _ask(http, server, example))
    server.busy += server.worked() - worked_before
    return answers


async def _ask(http: aiohttp.ClientSession, server: Server, example: Example) -> Answer:
    began = time.perf_counter()
    url = f"{server.nlu.url}/model/parse"
    token = {"token": server.nlu.token}
    async with http.post(url, params=token, json={"text": example.text}) as response:
        parsed = await response.json()
    server.waits.append(time.perf_counter() - began)
    return _answer(
        example,
        ranking=_ranking(parsed),
        recognised=_recognised(parsed),
    )


def _ranking(parsed: Parsed) -> Ranking:
    """Return the intents of Rasa's answer with their probabilities."""
    ranking: list[tuple[str, float]] = []
    for guess in parsed["intent_ranking"]:
        intent = guess["name"]
        probability = guess["confidence"]
        ranking.append((intent, probability))
    return ranking


def _recognised(parsed: Parsed) -> list[Entity]:
    """Return the entities of Rasa's answer."""
    recognised: list[Entity] = []
    for entity in parsed["entities"]:
        label = entity["entity"]
        name = str(entity["value"])
        recognised.append((label, name))
    return recognised


def built_in(classifier: fallback.Model, examples: Sequence[Example]) -> tuple[list[Answer], float]:
    """Return the built-in classifier's answers, and its seconds of processor time for each text."""
    began = time.process_time()
    rankings = [classifier.classify(example.text) for example in examples]
    busy = time.process_time() - began
    answers: list[Answer] = []
    for example, ranking in zip(examples, rankings, strict=True):
        recognised: list[Entity] = []
        for place in gazetteer.find(example.text):
            name = str(place.value)
            recognised.append((place.entity, name))
        answers.append(_answer(example, ranking, recognised))
    return answers, busy / max(1, len(examples))


def _answer(example: Example, ranking: Ranking, recognised: Sequence[Entity]) -> Answer:
    marked: list[Entity] = []
    for mark in example.entities:
        name = mark.value or ""
        marked.append((mark.entity, name))
    return Answer(
        text=example.text,
        intent=example.intent,
        variety=example.variety,
        ranking=ranking,
        marked=marked,
        recognised=recognised,
    )


def with_exact(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers that the bot acts on: exact words never reach a classifier."""
    corrected: list[Answer] = []
    for answer in answers:
        intent = exact.match(answer.text)
        if intent:
            corrected.append(replace(answer, ranking=[(intent, 1.0)]))
        else:
            corrected.append(answer)
    return corrected


async def crossed(data: Path, folder: Path) -> list[Answer]:
    """Cross-validate: a model that did not learn a training text answers it (five folds).

    Rasa writes its scratch files to `folder`. Raises RuntimeError when the process fails.
    """
    process = await asyncio.create_subprocess_exec(
        rasa.PYTHON,
        "-m",
        "nlu.components.folds",
        data,
        "--vectors",
        folder,
        cwd=ROOT,
        env=rasa.environment(folder),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"cross-validation ended with {process.returncode}")
    answers: list[Answer] = []
    for line in output.decode().splitlines():
        fold = json.loads(line)
        answer = Answer(
            text=fold["text"],
            intent=fold["intent"],
            variety=fold["variety"],
            ranking=fold["ranking"],
        )
        answers.append(answer)
    return answers


def settings() -> str:
    """Describe Rasa's pipeline on one line."""
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    return " → ".join(map(_component, config["pipeline"]))


def _component(step: dict[str, object]) -> str:
    """Describe a component of the pipeline by its class and its settings."""
    parts: list[str] = []
    for name, setting in step.items():
        if name != "name":
            parts.append(f"{name}={setting}")
    class_name = str(step["name"]).rpartition(".")[2]
    return " ".join([class_name, *parts])
