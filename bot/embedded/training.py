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
QUOTED_LINES = 8  # of a process that failed
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PROGRESS = "learning: "  # begins the lines in which nlu.train names its steps
SECRET_PREFIXES = ("TAMMEN", "TELEGRAM", "TWILIO")

Command = Sequence[str | Path]
Say = Callable[[str], None]


async def train_rasa(model: Path, vectors: Path, say: Say) -> None:
    """Train Rasa's model into the file `model`; `vectors` is a folder that keeps sentence vectors.

    Everything the process prints goes to `training.log` in the same folder. Raises EmbeddedError
    when the training fails, with the last lines it printed.
    """
    options: Command = ["--out", model, "--vectors", vectors]
    with (vectors / "training.log").open("w", encoding="utf-8") as log:

        def tell(line: str) -> None:
            log.write(f"{line}\n")
            say(line.removeprefix(PROGRESS) if line.startswith(PROGRESS) else "")

        command: Command = [rasa.PYTHON, "-m", "nlu.train", *options]
        await run(command, rasa.environment(model.parent), ROOT, tell)


async def train_built_in(model: Path, say: Say) -> None:
    """Train the built-in reader into the file `model`. Raises EmbeddedError when the training
    fails.
    """
    command: Command = [sys.executable, "-m", "nlu.language.fallback", "train"]
    options: Command = ["--data", NLU / "data", "--out", model]
    environment = child.plain_environment(PYTHONPATH=str(ROOT))
    await run([*command, *options], environment, model.parent, say)


async def build_environment(say: Say) -> None:
    """Make `nlu/.venv` when it is missing or old. Raises EmbeddedError when no Python for it can be
    had.
    """
    tool = ROOT / "tools" / "environments.py"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(SECRET_PREFIXES)
    }
    await run([sys.executable, tool, "nlu"], environment, ROOT, say)


async def run(command: Command, env: Mapping[str, str], cwd: Path, say: Say) -> None:
    """Run a child to its end and say each line it prints.

    Raises EmbeddedError with the last lines when the child fails.
    """
    process = await child.start(command, env=env, cwd=cwd, output=PIPE, end_with=signal.SIGKILL)
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async for output in process.stdout:
            line = COLOUR.sub("", output.decode(errors="replace")).strip()
            lines.append(line)
            say(line)
        code = await process.wait()
    finally:
        await child.stop(process, 1.0)
    if code != 0:
        program = Path(command[0]).name
        last_lines = "\n".join(lines[-QUOTED_LINES:])
        raise EmbeddedError(f"{program} ended with {code}. It said:\n{last_lines}")
