"""Live pages: a stream says what changed, as ids; it needs the same right as its page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from bot.consular.staff import accounts, sessions
from bot.models import Role, Staff
from bot.pages import live
from bot.runtime.runtime import Runtime
from bot.signals import bells, watching
from tests import builders
from tests.builders import Scenario


async def stream(app: Starlette, path: str, cookie: str) -> AsyncGenerator[Message]:
    """What the application sends on a stream, until it is closed: httpx's transport waits for the
    end of an answer.
    """
    messages: asyncio.Queue[Message] = asyncio.Queue()
    closed = asyncio.Event()
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"tammen.example"), (b"cookie", f"tammen_session={cookie}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Message:
        await closed.wait()
        return {"type": "http.disconnect"}

    task = asyncio.create_task(app(scope, receive, messages.put))
    try:
        while True:
            yield await asyncio.wait_for(messages.get(), 20)
    finally:
        closed.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("path", "topic"), [("/board/changes", "board"), ("/advisories/1/changes", "advisory:1")]
)
async def test_a_page_hears_of_a_change_at_once(
    runtime: Runtime, app: Starlette, scenario: Scenario, path: str, topic: str
) -> None:
    cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with aclosing(stream(app, path, cookie)) as sent:
        start = await anext(sent)
        assert start["status"] == 200
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        first = await anext(sent)  # whoever comes (back) looks first
        assert first["body"].decode() == f"event: changed\ndata: {topic}\n\n"
        await anext(sent)  # listening has begun
        before = asyncio.get_running_loop().time()
        await bells.announce(runtime.redis, topic)
        await anext(sent)
        assert asyncio.get_running_loop().time() - before < 4


async def test_the_more_pages_are_open_the_more_rarely_each_looks_by_itself(
    runtime: Runtime,
) -> None:
    with ExitStack() as pages:
        assert live.look_seconds(runtime.redis) == live.LOOK_SECONDS
        for number in range(1_000):
            pages.enter_context(watching.watching(runtime.redis, [f"phone:{number}"], {}))
        assert live.look_seconds(runtime.redis) == 1_000 / live.LOOKS_A_SECOND
    assert live.look_seconds(runtime.redis) == live.LOOK_SECONDS


async def test_a_stream_needs_the_right_of_its_page(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    for role, path, status in [
        (Role.AUDITOR, "/advisories/1/changes", 403),
        (Role.AUDITOR, "/board/changes", 200),
        (None, "/board/changes", 303),
    ]:
        cookie = await builders.cookie(runtime, scenario.staff[role]) if role else "nobody"
        async with aclosing(stream(app, path, cookie)) as sent:
            assert (await anext(sent))["status"] == status


async def ends(sent: AsyncGenerator[Message]) -> bool:
    """Whether the stream ends by itself, before anything else would be looked at."""
    async for message in sent:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            return True
    return False


@pytest.mark.parametrize("what", ["blocked", "session ended", "other role", "other post"])
async def test_a_stream_ends_at_once_when_its_reader_may_no_longer_see_it(
    runtime: Runtime, app: Starlette, scenario: Scenario, what: str
) -> None:
    account = scenario.staff[Role.POST_OFFICER]
    cookie = await builders.cookie(runtime, account)
    async with aclosing(stream(app, "/board/changes", cookie)) as sent:
        for _ in range(3):
            await anext(sent)
        before = asyncio.get_running_loop().time()
        async with runtime.db.begin() as session:
            mine = await session.get_one(Staff, account.id)
            if what == "blocked":
                await accounts.block(session, mine, runtime.clock(), None)
            elif what == "session ended":
                await sessions.end_others(session, mine, None)
            elif what == "other role":
                mine.role = Role.AUDITOR
            else:
                mine.post_country = "EG"
        await bells.announce(runtime.redis, f"staff:{account.id}")
        assert await ends(sent)
        assert asyncio.get_running_loop().time() - before < live.LOOK_SECONDS - 1
