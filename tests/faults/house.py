"""A whole Tammen as users run it: `tammen web` and `tammen worker`, with providers, Redis and Rasa
that can fail.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select, update

from bot.embedded import child, model
from bot.embedded.rasa import free_port
from bot.messages import Channel
from bot.models import Address, InboundMessage, InboundState, OutboundMessage, OutboundState
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT
from tests import builders
from tests.servers import forks, session, telegram, twilio
from tests.servers.forks import Fork
from tests.servers.nlu import Nlu
from tests.servers.telegram import Telegram
from tests.servers.twilio import TOKEN as TWILIO_TOKEN
from tests.servers.twilio import Twilio
from tests.servers.valkey import Valkey
from tests.waiting import until

TAMMEN = Path(sys.executable).with_name("tammen")
PUBLIC_URL = "https://tammen.example"
SECRET = "a-secret-of-the-webhook"
METRICS_TOKEN = "a-token-of-the-metrics"
KEYS = "1:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PATIENCE = 40.0  # seconds: a busy machine is slow, not wrong


@dataclass
class House:
    """What a test holds of it. Processes are named; whatever still runs ends with the test."""

    folder: Path
    database_url: str
    http: aiohttp.ClientSession
    telegram: Telegram
    twilio: Twilio
    nlu: Nlu
    valkey: Valkey
    env: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process | Fork] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    updates: int = 0

    def __post_init__(self) -> None:
        self.db: Database = open_database(self.sqlalchemy_url, Keyring.parse(KEYS))
        self.env = child.plain_environment(**self._settings()) | self.env

    @property
    def sqlalchemy_url(self) -> str:
        """The address with the driver's name."""
        return self.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)

    def _settings(self) -> dict[str, str]:
        return {
            "PORT": str(self.port),
            "PUBLIC_URL": PUBLIC_URL,
            "TAMMEN_DATA": str(self.folder / "data"),
            "TAMMEN_KEYS": KEYS,
            "TAMMEN_LOG": "debug",
            "DATABASE_URL": self.database_url,
            "METRICS_TOKEN": METRICS_TOKEN,
            "REDIS_URL": self.valkey.url,
            "NLU_URL": self.nlu.url,
            "TELEGRAM_BOT_TOKEN": telegram.TOKEN,
            "TELEGRAM_SECRET": SECRET,
            "TELEGRAM_API_URL": self.telegram.url,
            "TELEGRAM_RATE": "100000",
            "FRESHNESS_QUESTIONS_PER_HOUR": "0",  # no question of the day among what is counted
            "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
            "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
            "TWILIO_FROM": twilio.SENDER,
            "TWILIO_API_URL": self.twilio.url,
            "TWILIO_RATE": "100000",
        }

    # --- processes ---

    async def start(self, name: str, *words: str, **env: str) -> Fork:
        """`tammen words…`; what it says is added to the log `name`."""
        env = self.env | env
        with (self.folder / f"{name}.log").open("ab") as log:
            process = await forks.start(words, env=env, cwd=ROOT, streams=(None, log, log))
        self.processes[name] = process
        return process

    async def program(self, name: str, *words: str) -> Process:
        """The same as a program started anew, for one whose own children matter."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = await child.start(
                [TAMMEN, *words], env=self.env, cwd=ROOT, output=log, end_with=signal.SIGKILL
            )
        self.processes[name] = process
        return process

    async def run(self, *words: str) -> None:
        """`tammen words…` to its end."""
        process = await self.start(words[0], *words)
        await process.wait()
        assert self.processes.pop(words[0]).returncode == 0, self.said()

    async def web(self) -> None:
        """`tammen web`, once it answers."""
        await self.start("web", "web")
        await self.until(self.is_live)

    async def worker(self, name: str = "worker", **env: str) -> None:
        """`tammen worker`. Nobody waits: its work is seen by what it does."""
        await self.start(name, "worker", **env)

    async def kill(self, name: str) -> None:
        """`kill -9`."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):  # it ended by itself
            process.kill()
        await process.wait()

    async def close(self) -> None:
        """Ends what still runs."""
        for name in list(self.processes):
            await self.kill(name)
        await self.db.close()

    async def until(self, condition: Any, seconds: float = PATIENCE) -> Any:
        """Waits for a condition; when it does not come true, says what the processes said."""
        try:
            return await until(condition, seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.said()}") from None

    def said(self) -> str:
        """The last of what the processes printed."""
        return "\n".join(
            f"--- {log.name}\n{child.tail(log, 30)}" for log in sorted(self.folder.glob("*.log"))
        )

    async def is_live(self) -> bool:
        try:
            async with self.http.get(f"{self.url}/health/live") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    # --- what comes in ---

    @property
    def url(self) -> str:
        """Where `tammen web` listens."""
        return f"http://127.0.0.1:{self.port}"

    async def says(self, chat: int, words: str) -> int:
        """Somebody writes on Telegram. The status of the answer."""
        self.updates += 1
        return await self.update(telegram.message(self.updates, chat, words))

    async def presses(self, chat: int, payload: str) -> int:
        """Somebody presses a button on Telegram."""
        self.updates += 1
        return await self.update(telegram.button(self.updates, chat, payload))

    async def update(self, update: Mapping[str, Any], secret: str = SECRET) -> int:
        """Telegram posts an update."""
        return await self.post(
            "/hooks/telegram", json.dumps(update).encode(), telegram_headers(secret)
        )

    async def texts(self, sid: str, number: str, words: str) -> int:
        """Somebody sends an SMS."""
        form = twilio.inbound(sid, number, words)
        return await self.form("/hooks/sms", form)

    async def form(self, path: str, form: Mapping[str, str], token: str = TWILIO_TOKEN) -> int:
        """Twilio posts a signed form."""
        headers = twilio.signed(PUBLIC_URL + path, form, token)
        async with self.http.post(self.url + path, data=dict(form), headers=headers) as answer:
            return answer.status

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Somebody posts something."""
        async with self.http.post(self.url + path, data=body, headers=dict(headers)) as answer:
            return answer.status

    # --- what there is ---

    async def count(self, *conditions: Any, of: Any = InboundMessage) -> int:
        """Rows that meet these conditions."""
        async with self.db.read() as session:
            return (
                await session.scalar(select(func.count()).select_from(of).where(*conditions)) or 0
            )

    async def states(self, of: Any = OutboundMessage) -> dict[str, int]:
        """Rows by state."""
        async with self.db.read() as session:
            found = (await session.execute(select(of.state, func.count()).group_by(of.state))).all()
        return {state.value: number for state, number in found}

    async def is_settled(self) -> bool:
        """Whether every message was handled and every reply left."""
        waiting = await self.count(InboundMessage.state == InboundState.PENDING)
        leaving = OutboundMessage.state.in_((OutboundState.QUEUED, OutboundState.SENDING))
        return not waiting and not await self.count(leaving, of=OutboundMessage)

    async def seeded(self, people: int, country: str = "TR") -> list[int]:
        """Chats of people who registered in a country."""
        async with self.db.begin() as session:
            await builders.population(
                session, people, [country], Channel.TELEGRAM, datetime.now(UTC)
            )
            return [
                int(chat)
                for chat in await session.scalars(select(Address.address).order_by(Address.id))
            ]

    async def time_passes(self, minutes: int = 30) -> None:
        """What was claimed, was claimed that much earlier: a worker's death shows only after a
        while.
        """
        before = datetime.now(UTC) - timedelta(minutes=minutes)
        async with self.db.begin() as session:
            claimed = update(OutboundMessage).where(OutboundMessage.state == OutboundState.SENDING)
            await session.execute(claimed.values(claimed_at=before))


def _built_in_model() -> str:
    """The classifier that answers when Rasa does not, trained once: a worker without it learns it
    first.
    """
    return session.once("fallback", _learnt)["path"]


def _learnt(_place: Path) -> dict[str, str]:
    return {"path": str(asyncio.run(model.ensure_fallback(ROOT / ".cache", lambda _line: None)))}


@asynccontextmanager
async def opened(
    folder: Path, database_url: str, *, has_built_in: bool = True
) -> AsyncIterator[House]:
    """Open providers, a Rasa and a Valkey; `tammen web` and `tammen worker` are yet to start."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        chat = await stack.enter_async_context(Telegram().running())
        sms = await stack.enter_async_context(Twilio().running())
        nlu = await stack.enter_async_context(Nlu().running())
        valkey = await stack.enter_async_context(Valkey(folder / "valkey").running())
        models = folder / "data" / "models"
        models.mkdir(parents=True)
        if has_built_in:
            shutil.copy(await asyncio.to_thread(_built_in_model), models)
        house = House(folder, database_url, http, chat, sms, nlu, valkey)
        stack.push_async_callback(house.close)
        yield house


def telegram_headers(secret: str = SECRET) -> dict[str, str]:
    """What Telegram sends with an update."""
    return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}


def texts_to(provider: Telegram | Twilio, addresses: Sequence[int | str]) -> dict[str, int]:
    """How many messages reached each of these addresses."""
    return {str(address): len(provider.to(str(address))) for address in addresses}
