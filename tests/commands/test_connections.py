"""Slow clients of the real server: they are closed, and nobody waits for them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.commands import serving
from bot.commands.connections import Limits
from bot.public import health
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests.waiting import until

HALF_OPEN = 900
HALVES = {
    "nothing": b"",
    "half a line": b"GET /health/li",
    "half a header": b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: a",
    "half a body": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\ncsrf=",
    "a second half": b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /hea",
}
QUICK = Limits(head_seconds=0.5, body_seconds=0.5, answer_seconds=0.5)
PATIENT = Limits(head_seconds=600, body_seconds=600)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def app() -> Starlette:
    """An app that lives, and takes a form."""

    async def read(request: Request) -> Response:
        await request.body()
        return Response()

    return Starlette(routes=[*health.ROUTES, Route("/sign-in", read, methods=["POST"])])


@asynccontextmanager
async def serving_on(app: Starlette, limits: Limits) -> AsyncIterator[int]:
    """Serve the app on a port of this machine."""
    server = serving.make_server(app, limits)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        yield listener.getsockname()[1]
        server.should_exit = True
        await task


async def opened(stack: AsyncExitStack, port: int, sent: bytes) -> Stream:
    """Open a connection and send something on it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    stack.callback(writer.close)
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def is_live(port: int) -> bool:
    """Ask for the health on a connection of its own: one that idles may be closed meanwhile."""
    transport = httpx.AsyncHTTPTransport(retries=2)
    base_url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base_url, transport=transport) as client:
        with suppress(httpx.RemoteProtocolError):
            return (await client.get("/health/live")).status_code == 200
        return (await client.get("/health/live")).status_code == 200


async def is_closed(reader: asyncio.StreamReader) -> bool:
    """Read to the end; TimeoutError when nobody closes."""
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 20)
    return reader.at_eof() or reader.exception() is not None


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
async def test_half_open_connections_are_closed_and_others_served(
    app: Starlette, half: bytes
) -> None:
    async with serving_on(app, QUICK) as port, AsyncExitStack() as stack:
        streams = [await opened(stack, port, half) for _ in range(HALF_OPEN // 10)]
        assert await is_live(port)
        assert all([await is_closed(reader) for reader, _writer in streams])


async def test_nine_hundred_half_open_connections_do_not_matter(app: Starlette) -> None:
    halves = list(HALVES.values())
    async with serving_on(app, PATIENT) as port, AsyncExitStack() as stack:
        for number in range(HALF_OPEN):
            await opened(stack, port, halves[number % len(halves)])
        assert all([await is_live(port) for _ in range(20)])


async def test_where_there_is_no_room_the_longest_waiting_is_closed(app: Starlette) -> None:
    limits = Limits(head_seconds=600, body_seconds=600, waiting=10)
    async with serving_on(app, limits) as port, AsyncExitStack() as stack:
        streams = [await opened(stack, port, HALVES["half a header"]) for _ in range(30)]
        assert await is_live(port)
        assert all([await is_closed(reader) for reader, _writer in streams[:20]])
        reader, writer = streams[-1]
        writer.write(b"\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")


async def test_pages_that_stay_open_shut_nobody_out(app: Starlette) -> None:
    leave = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"open\n"
        await leave.wait()

    async def stay(_request: Request) -> Response:
        return StreamingResponse(pieces())

    app.add_route("/stay", stay)
    limits = Limits(head_seconds=600, body_seconds=600, waiting=10)
    async with serving_on(app, limits) as port, AsyncExitStack() as stack:
        request = b"GET /stay HTTP/1.1\r\nHost: x\r\n\r\n"
        pages = [await opened(stack, port, request) for _ in range(30)]
        for reader, _writer in pages:
            assert await reader.readuntil(b"open\n")
        assert all([await is_live(port) for _ in range(5)])
        leave.set()


async def test_a_head_without_an_end_is_refused(app: Starlette) -> None:
    async with serving_on(app, PATIENT) as port, AsyncExitStack() as stack:
        reader, writer = await opened(stack, port, b"GET /health/live HTTP/1.1\r\n")
        for number in range(2000):
            writer.write(b"X-%d: " % number + b"a" * 100 + b"\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 431")


async def test_whoever_never_reads_the_answer_is_closed(app: Starlette) -> None:
    is_over = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            for _ in range(2000):  # more than any buffer between us
                yield b"x" * 65_536
        finally:
            is_over.set()

    async def answer(_request: Request) -> Response:
        return StreamingResponse(pieces())

    app.add_route("/long", answer)
    async with serving_on(app, QUICK) as port:
        with socket.create_connection(("127.0.0.1", port)) as reader:
            reader.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            await until(is_over.is_set)


async def test_a_form_that_never_ends_is_no_error_of_ours(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving_on(create_app(runtime), QUICK) as port, AsyncExitStack() as stack:
        with caplog.at_level(logging.ERROR):
            reader, _writer = await opened(stack, port, HALVES["half a body"])
            assert await is_closed(reader)
            assert await is_live(port)
    assert caplog.records == []
