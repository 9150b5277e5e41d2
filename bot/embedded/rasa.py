"""A Rasa process of our own, on a loopback port, with a token, without our secrets. Nothing waits
for it.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import aiohttp

from bot.embedded import child
from bot.embedded.child import EmbeddedError
from bot.runtime.settings import ROOT

PYTHON = ROOT / "nlu" / ".venv" / "bin" / "python"
PORTS = range(10_240, 32_768)  # below those of outgoing connections (Linux: 32768 and up)
GRACE = 5.0  # seconds to stop; it keeps nothing
ASK_AGAIN = 0.1  # seconds between two questions whether it is ready
# A server that is still starting may accept a question and never answer it.
ANSWER_SECONDS = aiohttp.ClientTimeout(total=5.0)


class Nlu(NamedTuple):
    """The address of the server and the token it wants (`NLU_URL` and `NLU_TOKEN`)."""

    url: str
    token: str

    @property
    def port(self) -> int:
        """The port in the address."""
        return int(self.url.rpartition(":")[2])


def missing() -> str | None:
    """Say why no Rasa can run here; None when one can."""
    if not PYTHON.exists():
        return "Rasa is not installed (its environment nlu/.venv is missing): `make run` builds it"
    return None


def reserve() -> Nlu:
    """Choose an address and a token for a server that starts later, or never."""
    return Nlu(f"http://127.0.0.1:{free_port()}", secrets.token_urlsafe(24))


@asynccontextmanager
async def running(model: Path, data: Path, nlu: Nlu | None = None) -> AsyncIterator[Nlu]:
    """Run a Rasa with this model (a file) for as long as this block lasts; it answers after 5 to 30
    s.

    What it prints goes to `data/rasa/log`. It is started again, with growing pauses, whenever it
    ends by itself. Raises EmbeddedError when Rasa is not installed or the model is not there.
    """
    why_not = missing()
    if why_not is None and not model.is_file():
        why_not = f"There is no model at {model}"
    if why_not:
        raise EmbeddedError(why_not)
    server = nlu or reserve()
    start = partial(_start, model.absolute(), (data / "rasa").absolute(), server)
    async with child.kept_running("rasa", await start(), start, grace=GRACE):
        yield server


async def _start(model: Path, folder: Path, nlu: Nlu) -> Process:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    env = environment(
        folder,
        NLU_MODEL=str(model),
        NLU_HOST="127.0.0.1",
        NLU_PORT=str(nlu.port),
        NLU_TOKEN=nlu.token,
    )
    command: list[str | Path] = [PYTHON, "-m", "nlu.serve"]
    with child.open_log(folder / "log") as output:
        return await child.start(
            command, env=env, cwd=folder, output=output, end_with=signal.SIGKILL
        )


def environment(folder: Path, **more: str) -> dict[str, str]:
    """List what a Rasa process gets to see: our sources, and a folder to write to."""
    return child.plain_environment(
        HOME=str(folder),
        MPLCONFIGDIR=str(folder),
        PYTHONPATH=str(ROOT),
        PYTHONWARNINGS="ignore",
        RASA_CACHE_DIRECTORY=str(folder / "cache"),
        # Its cache does not see a change in a module that a component imports.
        RASA_MAX_CACHE_SIZE="0",
        RASA_TELEMETRY_ENABLED="false",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        TF_CPP_MIN_LOG_LEVEL="2",
        **more,
    )


async def ready(nlu: Nlu, model: Path, seconds: float = 120.0) -> None:
    """Wait until the server answers with this very model. Raises EmbeddedError."""
    try:
        async with asyncio.timeout(seconds), aiohttp.ClientSession(timeout=ANSWER_SECONDS) as http:
            while await _model_of(http, nlu) != model.name:
                await asyncio.sleep(ASK_AGAIN)
    except TimeoutError as error:
        raise EmbeddedError(f"Rasa did not answer within {seconds:g} s") from error


async def _model_of(http: aiohttp.ClientSession, nlu: Nlu) -> str | None:
    try:
        async with http.get(f"{nlu.url}/status", params={"token": nlu.token}) as answer:
            if answer.status != HTTPStatus.OK:
                return None
            status = await answer.json()
            return Path(status["model_file"]).name
    except (aiohttp.ClientError, TimeoutError):
        return None


def free_port() -> int:
    """Find a loopback port that nobody uses, and that no outgoing connection can get."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
