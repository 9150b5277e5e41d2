"""What every test may ask for. See docs/ and the docstrings: `runtime` is what most tests want."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex, token_urlsafe

import pytest
import pytest_asyncio
from hypothesis import settings as hypothesis
from redis import Redis
from sqlalchemy import select
from starlette.applications import Starlette

from bot.embedded import model, rasa, valkey
from bot.migrations import migrate
from bot.models import Staff
from bot.runtime.database import Database, open_database
from bot.runtime.redis import RedisConnection, open_redis
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import ROOT, Settings, load
from bot.web import create_app
from tests import builders
from tests.builders import Scenario
from tests.channels_on import RunningClock, with_channels
from tests.clock import SetClock
from tests.line import Line, line
from tests.servers import memory, postgres, reused, session, sqlite
from tests.servers.telegram import Telegram
from tests.servers.twilio import Twilio
from tests.snapshots import Snapshot, snapshot

KEYS = "1:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
FAST = 100_000.0  # messages a second: no pace to speak of
ScenarioKey = tuple[bool, datetime]
CACHE = ROOT / ".cache"  # the trained model, kept from one run to the next


# A busy machine is slow, not wrong.
hypothesis.register_profile("tammen", deadline=None)
hypothesis.load_profile("tammen")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write what is said now into tests/transcripts"
    )


def pytest_configure(config: pytest.Config) -> None:
    for field in Settings.model_fields.values():
        os.environ.pop(
            str(field.alias), None
        )  # a developer's own settings are none of the tests' business
    if not hasattr(config, "workerinput"):
        memory.use()
        session.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        session.end()


@pytest.fixture
def clock() -> SetClock:
    """The time, standing still; `clock.advance(minutes=5)` moves it."""
    return SetClock()


# Databases


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of this test's own.

    A test that asks for it runs on SQLite and on PostgreSQL.
    """
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty, migrated SQLite database: a file of this test's own at one address."""
    kept = session.once("sqlite", _sqlite_template)["path"]
    shutil.copyfile(kept, tmp_path / "tammen.db")
    return sqlite.at_one_address(tmp_path / "tammen.db")


@pytest.fixture
def postgresql_url(postgresql_database: reused.Reused) -> str:
    """An empty, migrated PostgreSQL database (`postgresql://…` on a loopback port)."""
    postgresql_database.empty()
    return postgresql_database.url


@pytest.fixture
def new_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The same in a database made for this test, which may change its schema."""
    name = _copy_of_template(postgresql_server)
    yield f"{postgresql_server}/{name}"
    postgres.run(postgres.execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> Iterator[reused.Reused]:
    """The PostgreSQL database of this worker process, which its tests use one after the other."""
    with reused.opened(f"{postgresql_server}/{_copy_of_template(postgresql_server)}") as database:
        yield database


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The address of the PostgreSQL server of this run, without a database name."""
    return session.once("postgres", postgres.start)["url"]


def _copy_of_template(server: str) -> str:
    template = session.once("template", lambda _place: _postgresql_template(server))["name"]
    name = f"test_{token_hex(6)}"
    copy = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
    postgres.run(postgres.execute(server, copy))
    return name


def _sqlite_template(place: Path) -> dict[str, str]:
    path = place / "template.db"
    postgres.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return {"path": str(path)}


def _postgresql_template(server: str) -> dict[str, str]:
    postgres.run(postgres.execute(server, "CREATE DATABASE migrated"))
    postgres.run(_migrate(load(DATABASE_URL=f"{server}/migrated", TAMMEN_KEYS=KEYS).database))
    return {"name": "migrated"}


async def _migrate(url: str) -> None:
    db = open_database(url, load(TAMMEN_KEYS=KEYS).keyring())
    await migrate(db)
    await db.close()


# Valkey


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey_server() -> AsyncIterator[str]:
    """A private Valkey for the tests of this worker process."""
    place = session.folder() / f"valkey-{os.getpid()}"
    async with valkey.running(place) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_client(valkey_server: str) -> Iterator[Redis]:
    """A client that empties Valkey between tests."""
    with Redis.from_url(valkey_server) as client:
        yield client


@pytest.fixture
def redis_url(valkey_server: str, valkey_client: Redis) -> str:
    """The address of an empty Valkey."""
    valkey_client.flushall()
    return valkey_server


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisConnection]:
    """A client of an empty Valkey."""
    client = open_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[RedisConnection]:
    """A client of a Redis that is not there."""
    client = open_redis(f"unix://{tmp_path}/nobody")
    yield client
    await client.aclose()


# Settings and runtime


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings on embedded defaults, without channels; `settings.model_copy(update={…})` for
    others.
    """
    return load(DATABASE_URL=database_url, TAMMEN_DATA=tmp_path / "var", TAMMEN_KEYS=KEYS)


@pytest.fixture
async def runtime(
    settings: Settings, redis_url: str, clock: SetClock, databases: dict[str, Database]
) -> AsyncIterator[Runtime]:
    """A runtime on an empty database (both kinds in turn), an empty Valkey and a clock that stands
    still.
    """
    async with open_runtime(settings, redis_url, clock) as opened:
        db = databases.setdefault(settings.database, opened.db)
        yield replace(opened, db=db)
        await db.close()


@pytest.fixture(scope="session")
def databases() -> dict[str, Database]:
    """Databases by address. Closed between tests, they keep what they compiled, which is dear."""
    return {}


# Providers


@pytest.fixture
async def bot_api() -> AsyncIterator[Telegram]:
    """A small Bot API of this test's own."""
    async with Telegram().running() as server:
        yield server


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    """A small Twilio of this test's own."""
    async with Twilio().running() as server:
        yield server


@pytest.fixture
def clock_now() -> RunningClock:
    """The time as it is, which a test may move ahead."""
    return RunningClock()


@pytest.fixture
def live(runtime: Runtime, bot_api: Telegram, twilio: Twilio, clock_now: RunningClock) -> Runtime:
    """A runtime with both channels, no pace to speak of, and a clock that runs."""
    return with_channels(runtime, bot_api, twilio, clock_now, telegram_rate=FAST, twilio_rate=FAST)


@pytest.fixture
async def house(live: Runtime, bot_api: Telegram, twilio: Twilio) -> AsyncIterator[Line]:
    """The whole line: real webhooks in, small providers out."""
    async with line(live, bot_api, twilio) as opened:
        yield opened


# Rasa


@pytest.fixture(scope="session")
def rasa_model() -> Path:
    """The trained model, from the cache or trained now."""
    why_not = rasa.missing()
    if why_not:
        pytest.skip(why_not)
    return postgres.run(model.ensure(CACHE, lambda _line: None))


@pytest.fixture(scope="session")
def fallback_model() -> Path:
    """The built-in classifier's model, from the cache or trained now."""
    return postgres.run(model.ensure_fallback(CACHE, lambda _line: None))


@pytest.fixture(scope="session")
def nlu(rasa_model: Path) -> rasa.Nlu:
    """A real Rasa that answers, one for the whole run: its `url` and its `token`."""
    answer = session.once("rasa", lambda place: _start_rasa(rasa_model, place))
    return rasa.Nlu(answer["url"], answer["token"])


def _start_rasa(trained: Path, place: Path) -> dict[str, str]:
    port, token = rasa.free_port(), token_urlsafe(16)
    env = rasa.environment(place, NLU_MODEL=str(trained), NLU_PORT=str(port), NLU_TOKEN=token)
    session.serve("rasa", [str(rasa.PYTHON), "-m", "nlu.serve"], stop_with=signal.SIGTERM, env=env)
    found = rasa.Nlu(f"http://127.0.0.1:{port}", token)
    postgres.run(rasa.ready(found, trained))
    return found._asdict()


@pytest.fixture
def app(runtime: Runtime) -> Starlette:
    """The whole web application."""
    return create_app(runtime)


@pytest.fixture
async def scenario(
    runtime: Runtime, scenarios: dict[ScenarioKey, tuple[Scenario, Snapshot]]
) -> Scenario:
    """What the pages show: see `builders.scenario`. Its rows are made once, then put back."""
    key = (runtime.db.is_sqlite, runtime.clock())
    if key not in scenarios:
        new = await builders.scenario(runtime)
        async with runtime.db.read() as session:
            scenarios[key] = (new, await snapshot(session))
        return new
    earlier, rows = scenarios[key]
    async with runtime.db.begin() as session:
        await rows.put_back(session)
        staff = {account.role: account for account in await session.scalars(select(Staff))}
    return replace(earlier, staff=staff)


@pytest.fixture(scope="session")
def scenarios() -> dict[ScenarioKey, tuple[Scenario, Snapshot]]:
    """Scenarios made so far, by the kind of database and the time they were made at."""
    return {}
