"""The training of both readers, each in a process of its own that tells what it is busy with."""

from __future__ import annotations

import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.embedded import child, rasa
from bot.embedded.child import EmbeddedError
from bot.runtime.settings import ROOT

NLU = ROOT / "nlu"
STOP_SECONDS = 1.0
QUOTED_LINES = 8  # of a process that failed
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PROGRESS = "learning: "  # begins the lines in which nlu.train names its steps
SECRET_PREFIXES = ("TAMMEN", "TELEGRAM", "TWILIO")

Command = Sequence[str | Path]
Say = Callable[[str], None]


async def train_rasa(model: Path, vectors: Path, say: Say) -> None:
    """Train Rasa's model into the file `model`; `vectors` is a folder that keeps sentence vectors.

    Everything the process prints goes to `training.log` in that folder. Raises EmbeddedError when
    the training fails, with the last lines it printed.
    """
    with (vectors / "training.log").open("w", encoding="utf-8") as log:

        def tell(line: str) -> None:
            print(line, file=log)
            if line.startswith(PROGRESS):
                say(line.removeprefix(PROGRESS))

        await run(
            [rasa.PYTHON, "-m", "nlu.train", "--out", model, "--vectors", vectors],
            env=rasa.environment(model.parent),
            cwd=ROOT,
            say=tell,
        )


async def train_built_in(model: Path, say: Say) -> None:
    """Train the built-in reader into the file `model`. Raises EmbeddedError when that fails."""
    await run(
        [
            sys.executable,
            "-m",
            "nlu.language.fallback",
            "train",
            "--data",
            NLU / "data",
            "--out",
            model,
        ],
        env=child.plain_environment(PYTHONPATH=str(ROOT)),
        cwd=model.parent,
        say=say,
    )


async def build_environment(say: Say) -> None:
    """Make `nlu/.venv` when it is missing or old.

    Raises EmbeddedError when no Python for it can be had.
    """
    tool = ROOT / "tools" / "environments.py"
    environment = dict(os.environ)
    for name in os.environ:
        if name.startswith(SECRET_PREFIXES):
            del environment[name]
    await run(
        [sys.executable, tool, "nlu"],
        env=environment,
        cwd=ROOT,
        say=say,
    )


async def run(
    command: Command,
    env: Mapping[str, str],
    cwd: Path,
    say: Say,
) -> None:
    """Run a child to its end and say each line it prints.

    Raises EmbeddedError with the last lines when the child fails.
    """
    process = await child.start(
        command,
        env=env,
        cwd=cwd,
        output=PIPE,
        end_with=signal.SIGKILL,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async for output in process.stdout:
            text = output.decode(errors="replace")
            line = COLOUR.sub("", text).strip()
            lines.append(line)
            say(line)
        code = await process.wait()
    finally:
        await child.stop(process, STOP_SECONDS)
    if code != 0:
        program = Path(command[0]).name
        last_lines = "\n".join(lines[-QUOTED_LINES:])
        raise EmbeddedError(f"{program} ended with {code}. It said:\n{last_lines}")
