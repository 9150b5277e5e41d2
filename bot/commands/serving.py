"""`tammen run`, `web`, `worker`: one process for all, or one for each part. Each stops on Ctrl-C
and SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from bot import web
from bot.commands import connections, ground
from bot.commands.connections import Limits
from bot.commands.ground import CommandError
from bot.commands.staff import join_link
from bot.consular.staff import tokens
from bot.embedded import prepare, rasa, valkey
from bot.embedded.progress import step
from bot.embedded.rasa import Nlu
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import Settings
from bot.worker import loop as worker_loop

CLOSING = 3  # seconds for open requests; live pages never end by themselves

log = structlog.get_logger(__name__)

Part = Callable[[Runtime, asyncio.Event], Coroutine[Any, Any, None]]


def run() -> None:
    """Everything in one process, on embedded defaults for whatever is not configured."""
    loaded = ground.load()
    with _listening(loaded) as listener:
        _work(_run(loaded, listener))


def web_alone() -> None:
    """The web process: webhooks, console, reply links, phone page."""
    loaded = ground.load()
    with _listening(loaded) as listener:
        _work(_alone(loaded, lambda runtime, stop: _serve(runtime, stop, listener)))


def worker_alone() -> None:
    """A worker: conversations, sending, fan-out. Run as many as needed."""
    _work(_alone(ground.load(), worker_loop.run))


def _work(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


@contextlib.contextmanager
def _listening(loaded: Settings) -> Iterator[socket.socket]:
    """The socket of the web process, taken before anything slow begins. Raises CommandError."""
    _allow_files()
    family = socket.AF_INET6 if ":" in loaded.host else socket.AF_INET
    try:
        listener = socket.create_server((loaded.host, loaded.port), family=family, backlog=2048)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {loaded.host}:{loaded.port} ({error.strerror}): "
            "stop what uses it, or set PORT or HOST"
        ) from error
    with listener:
        yield listener


def _allow_files() -> None:
    """Allow as many open files as the system lets us: each connection is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _run(loaded: Settings, listener: socket.socket) -> None:
    """Start web and worker at once; the readers of free text join them as they become ready."""
    stop = _stopping()
    parts: list[Part] = [worker_loop.run, partial(_serve, listener=listener, ready=_greet)]
    if loaded.nlu_url is None:
        nlu = rasa.reserve()
        loaded = loaded.model_copy(update={"nlu_url": nlu.url, "nlu_token": nlu.token})
        parts.append(partial(_read, nlu=nlu))
    async with AsyncExitStack() as stack:
        redis_url = await stack.enter_async_context(valkey.running(loaded.data, loaded.redis_url))
        runtime = await stack.enter_async_context(open_runtime(loaded, redis_url))
        with step("The database"):
            await ground.prepare(runtime)
        await _together(runtime, stop, parts)


async def _read(runtime: Runtime, stop: asyncio.Event, nlu: Nlu) -> None:
    """Prepare the readers and run Rasa until we are asked to stop; nobody waits for them."""
    readers = asyncio.create_task(prepare.run_readers(runtime.settings.data, nlu))
    await stop.wait()
    readers.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await readers


async def _alone(loaded: Settings, part: Part) -> None:
    stop = _stopping()
    async with (
        valkey.running(loaded.data, loaded.redis_url) as redis_url,
        open_runtime(loaded, redis_url) as runtime,
    ):
        if loaded.database_url is None:
            await ground.prepare(runtime)
        await _together(runtime, stop, [part])


async def _together(runtime: Runtime, stop: asyncio.Event, parts: list[Part]) -> None:
    """Runs the parts until we are asked to stop; one that fails stops the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part(runtime, stop)) for part in parts]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop.set()


def _stopping() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM; a second one ends us the hard way."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask, number)
    return stop


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: we stop all parts together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to us."""
        yield


def make_server(
    app: ASGIApp, limits: Limits | None = None, proxies: str = "127.0.0.1"
) -> uvicorn.Server:
    """Make the server of an app; whoever is slow does not hold it.

    It believes `proxies` whom they speak for.
    """
    config = uvicorn.Config(
        app,
        http=connections.protocol(limits),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=CLOSING,
        lifespan="off",
        proxy_headers=True,
        forwarded_allow_ips=proxies,
    )
    return _Server(config)


async def _serve(
    runtime: Runtime,
    stop: asyncio.Event,
    listener: socket.socket,
    ready: Callable[[Runtime], Coroutine[Any, Any, None]] | None = None,
) -> None:
    settings = runtime.settings
    server = make_server(web.create_app(runtime), proxies=settings.proxies)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    log.info("web_started", host=settings.host, port=settings.port)
    for warning in settings.warnings:
        ground.err.print(f"WARNING: {warning}", style="bold red", markup=False)
    if ready is not None:
        await ready(runtime)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    server.should_exit = True
    await serving


async def _greet(runtime: Runtime) -> None:
    """Print the addresses, and the link that makes the first account."""
    url = ground.base_url(runtime.settings)
    async with runtime.db.begin() as session:
        token = await tokens.first_link(session, runtime.clock())
    lines = [f"Console:       {url}/"]
    if runtime.settings.has_phone:
        lines.append(f"Phone page:    {url}/phone")
    if token:
        lines.append(f"First account: {join_link(runtime.settings, token)}")
    lines += ["", "Messages are answered now: buttons, numbers and exact words at once."]
    ground.out.print("", *lines, "Ctrl-C stops everything.", sep="\n", markup=False)
