"""A whole Tammen for one measurement: a database, a Valkey, a provider and Tammen's processes."""

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
from bot.consular.staff import accounts, codes
from bot.embedded import child, model, valkey
from bot.embedded.rasa import Nlu, free_port
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT

BIN = Path(sys.executable).parent
TOKEN = "1000:bench"  # the provider is ours
SECRET = "bench"
NO_RASA_URL = "http://127.0.0.1:9"
CACHE = ROOT / ".cache"
START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 15.0

Taken = list[tuple[float, int]]  # (moment on the monotonic clock, chat or number)


@dataclass
class House:
    """Hold addresses and processes, which end when the block of `opened` ends."""

    folder: Path
    database: str
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    provider_port: int = 0
    provider_process: int = 0
    web_port: int = 0
    web_process: int = 0
    env: dict[str, str] = field(default_factory=dict)
    keys: str = ""

    async def tammen(self, *arguments: str) -> str:
        """Run a command to its end; return its output. Raises RuntimeError with its errors."""
        process = await asyncio.create_subprocess_exec(
            BIN / "tammen",
            *arguments,
            env=self.env,
            cwd=ROOT,
            stdout=PIPE,
            stderr=PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode:
            command = " ".join(arguments)
            status = process.returncode
            raise RuntimeError(f"tammen {command} ended with {status}:\n{errors.decode()}")
        return output.decode()

    async def code(self, email: str) -> str:
        """Return a code that an account took on its own page, to approve at a shell."""
        address = self.database.replace("postgresql:", "postgresql+asyncpg:", 1)
        database = open_database(address, Keyring.parse(self.keys))
        async with database.begin() as session:
            account = await accounts.by_email(session, email)
            if account is None:
                raise RuntimeError(f"there is no account {email}")
            digits = await codes.make(session, account, SYSTEM_CLOCK())
        await database.close()
        return digits

    async def start(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        core: int | None = None,
    ) -> Process:
        """Start a process that lives until the house closes, on one core if `core` names one."""
        full_env = self.env | dict(env)
        with child.open_log(self._log(name)) as output:
            process = await child.start(command, env=full_env, cwd=ROOT, output=output)
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        self.stack.push_async_callback(child.stop, process, STOP_TIMEOUT_SECONDS)
        return process

    async def web(self, core: int | None = None) -> None:
        """Start `tammen web` and wait until it answers."""
        self.web_port = free_port()
        command: list[str | Path] = [BIN / "tammen", "web"]
        process = await self.start("web", command, {"PORT": str(self.web_port)}, core)
        self.web_process = process.pid
        await self.until_answers("web", f"http://127.0.0.1:{self.web_port}/health/live")

    async def worker(self, name: str = "worker", **env: str) -> Process:
        """Start `tammen worker` and wait for its first heartbeat."""
        process = await self.start(name, [BIN / "tammen", "worker"], env)
        await self.until_answers(name, f"http://127.0.0.1:{self.web_port}/health/ready")
        return process

    async def provider(self) -> None:
        """Start the provider and wait until it answers."""
        self.provider_port = free_port()
        command = [sys.executable, "-m", "bench.provider", str(self.provider_port)]
        process = await self.start("provider", command, {})
        self.provider_process = process.pid
        await self.until_answers("provider", self._provider_url("/bot/getMe"))

    def _provider_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.provider_port}{path}"

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def until_answers(self, name: str, url: str) -> None:
        """Wait until a process answers 200. Raises TimeoutError with the end of its log."""
        try:
            async with asyncio.timeout(START_TIMEOUT_SECONDS):
                while not await self._answers(url):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log = child.tail(self._log(name))
            raise TimeoutError(f"{name} does not answer:\n{log}") from None

    async def _answers(self, url: str) -> bool:
        try:
            async with self.http.get(url) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def taken(self) -> Taken:
        """Fetch the messages that the provider took since the last call, in order."""
        async with self.http.get(self._provider_url("/taken")) as response:
            text = await response.text()
        messages: Taken = []
        for line in text.splitlines():
            moment, chat = line.split()
            messages.append((float(moment), int(chat)))
        return messages

    async def count(self) -> int:
        """Count the messages that `taken` would fetch, which costs less than to fetch them."""
        async with self.http.get(self._provider_url("/count")) as response:
            text = await response.text()
        return int(text)

    async def until_taken(self, messages: int, seconds: float) -> None:
        """Wait until the provider took so many. Raises TimeoutError with the number it took."""
        count = 0
        try:
            async with asyncio.timeout(seconds):
                count = await self.count()
                while count < messages:
                    await asyncio.sleep(0.2)
                    count = await self.count()
        except TimeoutError:
            problem = f"the provider took {count} of {messages} messages within {seconds} s"
            raise TimeoutError(problem) from None

    async def taken_until(self, is_enough: Callable[[Taken], bool], seconds: float) -> Taken:
        """Fetch the provider's messages until there are enough. Raises TimeoutError."""
        messages: Taken = []
        try:
            async with asyncio.timeout(seconds):
                while not is_enough(messages):
                    await asyncio.sleep(0.1)
                    messages += await self.taken()
        except TimeoutError:
            count = len(messages)
            problem = f"the provider took {count} messages within {seconds} s, not enough"
            raise TimeoutError(problem) from None
        return messages

    async def replied(self, chats: set[int], seconds: float) -> Taken:
        """Fetch the provider's messages until each of the chats had one."""

        def is_everybody_answered(messages: Taken) -> bool:
            return chats <= {chat for _moment, chat in messages}

        return await self.taken_until(is_everybody_answered, seconds)

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Return the rows that the database answers to a query."""
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def number(self, query: str, *arguments: Any) -> int:
        """Return the number that the database answers to a query."""
        [columns] = await self.rows(query, *arguments)
        number: int = columns[0]
        return number

    async def chats(self, count: int) -> list[int]:
        """Return Telegram chats of registered people, in order."""
        query = (
            "SELECT address, row_key FROM addresses WHERE channel = 'telegram' ORDER BY id LIMIT $1"
        )
        keyring = Keyring.parse(self.keys)
        chats: list[int] = []
        for columns in await self.rows(query, count):
            sealed, row_key = columns["address"], columns["row_key"]
            chat = keyring.decrypt(sealed, b"addresses.address", row_key)
            chats.append(int(chat))
        return chats

    async def post(
        self,
        updates: Iterable[Mapping[str, Any]],
        connections: int,
        rate: float | None = None,
        core: int | None = None,
        retry_seconds: float | None = None,
    ) -> Outcome:
        """Post Telegram updates from a process of its own, `rate` a second if there is one."""
        bodies = [json.dumps(update, ensure_ascii=False) for update in updates]
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": SECRET,
        }
        job = Job(
            port=self.web_port,
            path="/hooks/telegram",
            bodies=bodies,
            headers=headers,
            connections=connections,
            rate=rate,
            retry_seconds=retry_seconds,
        )
        return await load(job, core)


async def load(job: Job, core: int | None = None) -> Outcome:
    """Run a load generator to its end. Raises RuntimeError with its errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.load",
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    task = json.dumps(asdict(job))
    output, errors = await process.communicate(task.encode())
    if process.returncode:
        raise RuntimeError(f"the load generator failed:\n{errors.decode()}")
    return Outcome(**json.loads(output))


@asynccontextmanager
async def opened(
    folder: Path, database: str, keys: str, nlu: Nlu | None = None, **env: str
) -> AsyncIterator[House]:
    """Open a house on a migrated database: its Valkey and its provider run, Tammen does not yet."""
    models = folder / "models"
    models.mkdir(parents=True)
    # A worker that has no built-in classifier would train one first.
    built_in = await model.ensure_fallback(CACHE, lambda _line: None)
    shutil.copy(built_in, models)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        house = House(folder, database, http, stack, keys=keys)
        redis = await stack.enter_async_context(valkey.running(folder))
        house.env = child.plain_environment(
            DATABASE_URL=database,
            REDIS_URL=redis,
            TAMMEN_KEYS=keys,
            PYTHONPATH=str(ROOT),  # the code beside the benchmark is measured, wherever it lies
        )
        await house.provider()
        house.env |= _settings(house, nlu)
        house.env |= env
        yield house


def _settings(house: House, nlu: Nlu | None) -> dict[str, str]:
    """Return the environment of Tammen's processes, beside the addresses of the servers."""
    provider_url = f"http://127.0.0.1:{house.provider_port}"
    settings = {
        "TAMMEN_DATA": str(house.folder),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_SECRET": SECRET,
        "TELEGRAM_API_URL": provider_url,
        "TELEGRAM_RATE": "1000000",
        "TWILIO_API_URL": provider_url,
        "PUBLIC_URL": "https://tammen.example",
        "NLU_URL": NO_RASA_URL,
        "NLU_TOKEN": "",
        "TAMMEN_LOG": "warning",
        # People whose place is old would be asked about it, beside the messages that are counted.
        "FRESHNESS_QUESTIONS_PER_HOUR": "0",
    }
    if nlu is not None:
        settings["NLU_URL"] = nlu.url
        settings["NLU_TOKEN"] = nlu.token
    return settings
