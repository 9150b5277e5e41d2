"""A running site (web and worker in this process, real Valkey) and a real Chromium."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import load
from bot.web import create_app
from bot.worker import loop
from tests.conftest import KEYS

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are, and the runtime behind them."""

    url: str
    runtime: Runtime


@pytest.fixture
async def site(
    tmp_path: Path, sqlite_url: str, redis_url: str, unused_tcp_port: int
) -> AsyncIterator[Site]:
    """The whole of Tammen on a loopback port, with a clock that runs."""
    settings = load(DATABASE_URL=sqlite_url, TAMMEN_DATA=tmp_path / "var", TAMMEN_KEYS=KEYS)
    async with open_runtime(settings, redis_url) as runtime:
        stop = asyncio.Event()
        config = uvicorn.Config(
            create_app(runtime), port=unused_tcp_port, lifespan="off", log_level="warning"
        )
        config.timeout_graceful_shutdown = 1
        server = uvicorn.Server(config)
        tasks = [asyncio.create_task(server.serve()), asyncio.create_task(loop.run(runtime, stop))]
        while not server.started:
            await asyncio.sleep(0.01)
        yield Site(f"http://127.0.0.1:{unused_tcp_port}", runtime)
        server.should_exit = True
        stop.set()
        await asyncio.gather(*tasks)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()
