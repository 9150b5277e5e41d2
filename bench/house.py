"""A whole Tammen for one measurement: its own database, Valkey and provider, and the processes users start."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bench.load import Job, Outcome
from bot.embedded import child, model, valkey
from bot.embedded.rasa import Nlu, free_port
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT

BIN = Path(sys.executable).parent
TOKEN = "1000:bench"  # the provider is ours
SECRET = "bench"
NOBODY = "http://127.0.0.1:9"  # where no Rasa is
CACHE = ROOT / ".cache"
START_SECONDS = 60.0

Taken = list[tuple[float, int]]  # when (monotonic clock) and to which chat


@dataclass
class House:
    """Addresses and processes. Everything started here ends when the block of `opened` does."""

    folder: Path
    database: str
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    provider_port: int = 0
    provider_process: int = 0
    web_port: int = 0
    env: dict[str, str] = field(default_factory=dict)
    keys: str = ""

    async def tammen(self, *words: str) -> str:
        """Runs a command to its end; what it printed. Raises RuntimeError with what it said when it fails."""
        process = await asyncio.create_subprocess_exec(
            BIN / "tammen", *words, env=self.env, cwd=ROOT, stdout=PIPE, stderr=PIPE
        )
        out, said = await process.communicate()
        if process.returncode:
            raise RuntimeError(
                f"tammen {' '.join(words)} ended with {process.returncode}:\n{said.decode()}"
            )
        return out.decode()

    async def start(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        core: int | None = None,
    ) -> Process:
        """A process that lives until the house closes, on one core when told."""
        with child.open_log(self.folder / f"{name}.log") as output:
            process = await child.start(command, env=self.env | dict(env), cwd=ROOT, output=output)
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        self.stack.push_async_callback(child.stop, process, 15.0)
        return process

    async def web(self, core: int | None = None) -> None:
        """`tammen web`, once it answers."""
        self.web_port = free_port()
        await self.start("web", [BIN / "tammen", "web"], {"PORT": str(self.web_port)}, core)
        await self.until_answers("web", f"http://127.0.0.1:{self.web_port}/health/live")

    async def worker(self, name: str = "worker", **env: str) -> Process:
        """`tammen worker`, once it beats."""
        process = await self.start(name, [BIN / "tammen", "worker"], env)
        await self.until_answers(name, f"http://127.0.0.1:{self.web_port}/health/ready")
        return process

    async def provider(self) -> None:
        """The provider, once it answers."""
        self.provider_port = free_port()
        command = [sys.executable, "-m", "bench.provider", str(self.provider_port)]
        self.provider_process = (await self.start("provider", command, {})).pid
        await self.until_answers("provider", f"http://127.0.0.1:{self.provider_port}/bot/getMe")

    async def until_answers(self, name: str, url: str) -> None:
        """Waits for a 200 of the process `name`. Raises TimeoutError with what it said."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers(url):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError(
                f"{name} does not answer:\n{child.tail(self.folder / f'{name}.log')}"
            ) from None

    async def _answers(self, url: str) -> bool:
        try:
            async with self.http.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def taken(self) -> Taken:
        """What the provider took since this was last asked, in order."""
        async with self.http.get(f"http://127.0.0.1:{self.provider_port}/taken") as answer:
            lines = (await answer.text()).splitlines()
        return [(float(at), int(chat)) for at, chat in map(str.split, lines)]

    async def count(self) -> int:
        """How many messages the provider took since it was last asked what it took: cheaper than asking that."""
        async with self.http.get(f"http://127.0.0.1:{self.provider_port}/count") as answer:
            return int(await answer.text())

    async def until_taken(self, messages: int, seconds: float) -> None:
        """Waits until the provider took so many. Raises TimeoutError saying how many there were."""
        found = 0
        try:
            async with asyncio.timeout(seconds):
                while (found := await self.count()) < messages:
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise TimeoutError(
                f"the provider took {found} of {messages} messages within {seconds} s"
            ) from None

    async def taken_until(self, is_enough: Callable[[Taken], bool], seconds: float) -> Taken:
        """What the provider takes until it is enough. Raises TimeoutError saying how many there were."""
        found: Taken = []
        try:
            async with asyncio.timeout(seconds):
                while not is_enough(found):
                    await asyncio.sleep(0.1)
                    found += await self.taken()
        except TimeoutError:
            raise TimeoutError(
                f"the provider took {len(found)} messages within {seconds} s, not enough"
            ) from None
        return found

    async def replied(self, chats: set[int], seconds: float) -> Taken:
        """What the provider takes until each of these chats had a message."""
        return await self.taken_until(lambda found: chats <= {chat for _at, chat in found}, seconds)

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """What the database answers."""
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def chats(self, count: int) -> list[int]:
        """Telegram chats of people who registered, in order."""
        sealed = await self.rows(
            "SELECT address FROM addresses WHERE channel = 'telegram' ORDER BY id LIMIT $1", count
        )
        keyring = Keyring.parse(self.keys)
        return [int(keyring.decrypt(row["address"], b"addresses.address")) for row in sealed]

    async def post(
        self,
        bodies: Iterable[Mapping[str, Any]],
        connections: int,
        rate: float | None = None,
        core: int | None = None,
    ) -> Outcome:
        """Posts Telegram updates from a process of its own."""
        words = [json.dumps(body, ensure_ascii=False) for body in bodies]
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
        return await load(
            Job(self.web_port, "/hooks/telegram", words, headers, connections, rate), core
        )


async def load(job: Job, core: int | None = None) -> Outcome:
    """Runs a load generator to its end."""
    command = [sys.executable, "-m", "bench.load"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    out, said = await process.communicate(json.dumps(asdict(job)).encode())
    if process.returncode:
        raise RuntimeError(f"the load generator failed:\n{said.decode()}")
    return Outcome(**json.loads(out))


@asynccontextmanager
async def opened(
    folder: Path, database: str, keys: str, nlu: Nlu | None = None, **env: str
) -> AsyncIterator[House]:
    """A house on a migrated database: its Valkey and provider run, its own processes are yet to be started."""
    (folder / "models").mkdir(parents=True)
    built_in = await model.ensure_fallback(
        CACHE, lambda _line: None
    )  # else each worker learns it first
    shutil.copy(built_in, folder / "models")
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        house = House(folder, database, http, stack, keys=keys)
        redis = await stack.enter_async_context(valkey.running(folder))
        house.env = child.plain_environment(
            DATABASE_URL=database, REDIS_URL=redis, TAMMEN_KEYS=keys
        )
        await house.provider()
        house.env |= _settings(house, nlu) | env
        yield house


def _settings(house: House, nlu: Nlu | None) -> dict[str, str]:
    return {
        "TAMMEN_DATA": str(house.folder),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_SECRET": SECRET,
        "TELEGRAM_API_URL": f"http://127.0.0.1:{house.provider_port}",
        "TELEGRAM_RATE": "1000000",
        "TWILIO_API_URL": f"http://127.0.0.1:{house.provider_port}",
        "PUBLIC_URL": "https://tammen.example",
        "NLU_URL": nlu.url if nlu else NOBODY,
        "NLU_TOKEN": nlu.token if nlu else "",
        "TAMMEN_LOG": "warning",
    }
