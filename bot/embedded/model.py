"""The trained models, kept in the data folder by the hash of everything that decides what they learn."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import IO

from bot.embedded import child, rasa
from bot.embedded.child import EmbeddedError
from bot.embedded.lock import locked
from bot.runtime.settings import ROOT
from nlu.language import fallback

NLU = ROOT / "nlu"
# What training reads. The tests and reports in nlu/ change nothing about a model.
SOURCES = ("nlu/data", "nlu/components", "nlu/language")
FILES = ("config.yml", "nlu/requirements.lock")
LOCK_SECONDS = 900.0  # another process may be training this very model
LAST_LINES = 8  # of a child that failed are quoted
COLOUR = re.compile(r"\x1b\[[\d;]*m")
KEPT = 3  # models, so that going back a step needs no training

Say = Callable[[str], None]


def path(data: Path) -> Path:
    """Where the Rasa model for the present sources is, or will be once trained."""
    return (data / "models" / f"{fingerprint()}.tar.gz").absolute()


def fingerprint(root: Path = ROOT) -> str:
    """Sixteen hexadecimal digits that change with every source a model is made from."""
    digest = hashlib.sha256()
    for file in sorted({*(root / name for name in FILES), *_below(root / name for name in SOURCES)}):
        digest.update(f"{file.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes() if file.exists() else b"").digest())
    return digest.hexdigest()[:16]


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith("."):
                yield file


async def ensure(data: Path, say: Say) -> Path:
    """The Rasa model for the present sources, trained now when it is missing; `say` hears what is being learnt.

    Raises EmbeddedError when Rasa is not installed or the training fails, with the last lines it printed; all of them
    are in `models/training.log`.
    """
    model = path(data)
    if model.exists():
        return model
    why_not = rasa.missing()
    if why_not:
        raise EmbeddedError(why_not)
    async with _alone(model.parent):
        if not model.exists():
            await _train(model, say)
            _forget_old(model.parent)
    return model


def fallback_path(data: Path) -> Path:
    """Where the built-in classifier is kept, which understands when Rasa is away."""
    return (data / "models" / "fallback.json").absolute()


def is_fallback_current(data: Path) -> bool:
    """Whether it is there and learnt from the present data."""
    return fallback.is_current(fallback_path(data), NLU / "data")


async def ensure_fallback(data: Path, say: Say) -> Path:
    """The built-in classifier for the present sources, trained now (some 10 s) when it is missing or old."""
    kept = fallback_path(data)
    if not is_fallback_current(data):
        async with _alone(kept.parent):
            if not is_fallback_current(data):
                await _train_fallback(kept, say)
    return kept


async def _train_fallback(kept: Path, say: Say) -> None:
    with tempfile.TemporaryDirectory(prefix="training-", dir=kept.parent) as name:
        fresh = Path(name) / kept.name
        command: list[str | Path] = [sys.executable, "-m", "nlu.language.fallback", "train"]
        where: list[str | Path] = ["--data", NLU / "data", "--out", fresh]
        await run_talking([*command, *where], child.plain_environment(PYTHONPATH=str(ROOT)), Path(name), say)
        fresh.replace(kept)


def _alone(folder: Path) -> AbstractAsyncContextManager[int]:
    busy = f"{folder} is locked: another process has been training for {LOCK_SECONDS / 60:.0f} minutes"
    return locked(folder / "lock", LOCK_SECONDS, busy)


async def _train(model: Path, say: Say) -> None:
    """Trains beside the place the model goes to, so that it is there whole or not at all."""
    with tempfile.TemporaryDirectory(prefix="training-", dir=model.parent) as name:
        folder = Path(name)
        command: list[str | Path] = [rasa.PYTHON, "-m", "rasa", "train", "nlu", "-v", "--config", ROOT / "config.yml"]
        where: list[str | Path] = [
            "--nlu",
            NLU / "data",
            "--out",
            folder,
            "--fixed-model-name",
            model.name.removesuffix(".tar.gz"),
        ]
        with (model.parent / "training.log").open("w", encoding="utf-8") as log:
            await run_talking([*command, *where], rasa.environment(folder), folder, _both(say, log))
        (folder / model.name).replace(model)


def _both(say: Say, log: IO[str]) -> Say:
    """Says a line and keeps it: Rasa's own words for what failed are long, and the cause comes first."""

    def both(line: str) -> None:
        log.write(f"{line}\n")
        say(line)

    return both


def _forget_old(folder: Path) -> None:
    models = sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in models[KEPT:]:
        old.unlink(missing_ok=True)


async def run_talking(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path, say: Say) -> None:
    """Runs a child to its end and says each line it prints. Raises EmbeddedError with the last lines if it fails."""
    process = await child.start(command, env=env, cwd=cwd, output=PIPE, end_with=signal.SIGKILL)
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async for line in process.stdout:
            lines.append(COLOUR.sub("", line.decode(errors="replace")).strip())
            say(lines[-1])
        code = await process.wait()
    finally:
        await child.stop(process, 1.0)
    if code != 0:
        raise EmbeddedError("\n".join([f"{Path(command[0]).name} ended with {code}. It said:", *lines[-LAST_LINES:]]))


async def build_environment(say: Say) -> None:
    """Makes `nlu/.venv` when it is missing or old. Raises EmbeddedError when there is no Python for it to be had."""
    tool = ROOT / "tools" / "environments.py"
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("TAMMEN", "TELEGRAM", "TWILIO"))}
    await run_talking([sys.executable, tool, "nlu"], keep, ROOT, say)


def clean(line: str) -> str:
    """What of a line that Rasa printed while training is worth showing: the component it is busy with."""
    start = "Starting to train component '"
    return f"learning: {line.partition(start)[2].rstrip(chr(39) + '.')}" if start in line else ""
