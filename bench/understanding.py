"""Puts every text of a folder to the Rasa server and to the built-in classifier, as the gateway would, and times it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml

from bench.scores import Answer, Named
from bot.embedded import rasa, training
from bot.embedded.rasa import Nlu
from bot.runtime.settings import ROOT
from nlu.language import exact, fallback, gazetteer
from nlu.language.examples import Example, of_file

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A running NLU server, and what it took to get it."""

    nlu: Nlu
    process: int
    trained_in: float  # seconds
    model_bytes: int
    ready_in: float  # seconds
    waits: list[float] = field(default_factory=list)  # seconds for each text
    busy: float = 0.0  # seconds of processor time for those texts

    def memory(self) -> int:
        """Bytes resident."""
        pages = int(Path(f"/proc/{self.process}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def worked(self) -> float:
        """Seconds of processor time since it began."""
        parts = Path(f"/proc/{self.process}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS


def texts(folder: Path) -> list[Example]:
    """The examples of a folder with one file for each variety, with their marks."""
    return [
        example for file in sorted(folder.glob("*.yml")) for example in of_file(file, file.stem)
    ]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Server]:
    """A server with a model trained just now."""
    began = time.monotonic()
    trained = folder / "nlu.tar.gz"
    await training.train_rasa(trained, folder, lambda _line: None)
    took, began = time.monotonic() - began, time.monotonic()
    async with rasa.running(trained, folder) as nlu:
        await rasa.ready(nlu, trained)
        yield Server(nlu, _serving(), took, trained.stat().st_size, time.monotonic() - began)


def _serving() -> int:
    """The process that runs `nlu.serve`, a grandchild of this one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "cmdline").exists():
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"nlu/.venv/bin/python") and b"nlu.serve" in words:
                return int(entry.name)
    raise RuntimeError("the NLU server is gone")


async def by_rasa(server: Server, examples: Sequence[Example]) -> list[Answer]:
    """Its answers, one text after the other; times are added to the server's."""
    worked = server.worked()
    async with aiohttp.ClientSession() as http:
        answers = [await _asked(http, server, example) for example in examples]
    server.busy += server.worked() - worked
    return answers


async def _asked(http: aiohttp.ClientSession, server: Server, example: Example) -> Answer:
    began = time.perf_counter()
    url, token = f"{server.nlu.url}/model/parse", {"token": server.nlu.token}
    async with http.post(url, params=token, json={"text": example.text}) as answer:
        said = await answer.json()
    server.waits.append(time.perf_counter() - began)
    ranking = [(guess["name"], guess["confidence"]) for guess in said["intent_ranking"]]
    found = [(entity["entity"], str(entity["value"])) for entity in said["entities"]]
    return Answer(example.text, example.intent, example.variety, ranking, _marked(example), found)


def built_in(classifier: fallback.Model, examples: Sequence[Example]) -> tuple[list[Answer], float]:
    """The built-in classifier's answers, and seconds of processor time a text."""
    began = time.process_time()
    rankings = [classifier.classify(example.text) for example in examples]
    each = (time.process_time() - began) / max(1, len(examples))
    found = [
        [(one.entity, str(one.value)) for one in gazetteer.find(example.text)]
        for example in examples
    ]
    return [
        Answer(example.text, example.intent, example.variety, ranking, _marked(example), named)
        for example, ranking, named in zip(examples, rankings, found, strict=True)
    ], each


def _marked(example: Example) -> list[Named]:
    return [(mark.entity, mark.value or "") for mark in example.entities]


def with_exact(answers: Sequence[Answer]) -> list[Answer]:
    """As the bot hears it: whole messages that are known words never reach a classifier."""
    return [
        Answer(one.text, one.intent, one.variety, [(known, 1.0)], one.marked, one.found)
        if (known := exact.match(one.text))
        else one
        for one in answers
    ]


async def crossed(data: Path, folder: Path) -> list[Answer]:
    """Every training text, answered by a model that did not learn from it (five folds); Rasa scribbles in `folder`."""
    command = [rasa.PYTHON, "-m", "nlu.components.folds", data, "--vectors", folder]
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=ROOT, env=rasa.environment(folder), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"cross-validation ended with {process.returncode}")
    said = map(json.loads, out.decode().splitlines())
    return [Answer(one["text"], one["intent"], one["variety"], one["ranking"]) for one in said]


def settings() -> str:
    """The pipeline, as one line."""
    steps = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))["pipeline"]
    return " → ".join(
        step["name"].rpartition(".")[2]
        + "".join(f" {name}={value}" for name, value in step.items() if name != "name")
        for step in steps
    )
