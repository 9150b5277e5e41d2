"""The readers of texts, ready for a command: Rasa, and the built-in reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from bot.conversation.rasa import Rasa
from bot.conversation.understanding import Understander
from bot.embedded import prepare, rasa
from bot.embedded.progress import step
from bot.runtime.settings import Settings

PATIENCE = 10.0  # seconds for Rasa to answer somebody who is not in a conversation


@asynccontextmanager
async def opened(loaded: Settings, has_rasa: bool = True) -> AsyncIterator[Understander]:
    """Start the readers: the configured Rasa, else one of our own, trained when necessary.

    Without Rasa the built-in reader is alone.
    """
    async with AsyncExitStack() as stack:
        server = None
        if has_rasa:
            http = await stack.enter_async_context(aiohttp.ClientSession())
            server = await stack.enter_async_context(_rasa(loaded, http))
        understander = Understander(server)
        await understander.load(await prepare.fallback_model(loaded.data))
        yield understander


@asynccontextmanager
async def _rasa(loaded: Settings, http: aiohttp.ClientSession) -> AsyncIterator[Rasa | None]:
    if loaded.nlu_url:
        yield Rasa(http, loaded.nlu_url, loaded.nlu_token, PATIENCE)
        return
    trained = await prepare.rasa_model(loaded.data)
    if trained is None:
        yield None
        return
    async with rasa.running(trained, loaded.data) as nlu:
        with step("Rasa loads its model"):
            await rasa.ready(nlu, trained)
        yield Rasa(http, nlu.url, nlu.token, PATIENCE)
