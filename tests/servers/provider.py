"""What the look-alikes of Telegram and Twilio share: they keep what they got, and misbehave when
told to.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.http import Server


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its method or path, its fields, and when it came (monotonic seconds)."""

    name: str
    fields: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """How to answer: `status` with `body`; after `wait` seconds; or never (`hang`), or by cutting
    the connection.

    `took` says whether the message counts as delivered to the person all the same; with `late`,
    only after that many seconds, whether somebody still waits for the answer or not.
    """

    status: int = 500
    body: Mapping[str, Any] = field(default_factory=dict)
    wait: float = 0.0
    hang: bool = False
    cut: bool = False
    took: bool = False
    late: float = 0.0


@dataclass
class Provider(Server):
    """A provider's server. `calls` is all it got, `delivered` what reached people."""

    latency: float = 0.0
    calls: list[Call] = field(default_factory=list)
    delivered: list[Call] = field(default_factory=list)
    troubles: deque[Trouble] = field(default_factory=deque)  # for the next calls, one each
    always: Trouble | None = None  # for all calls
    for_address: dict[str, Trouble] = field(default_factory=dict)
    keeps: bool = True  # a benchmark's server only counts
    count: int = 0

    def to(self, address: str) -> list[Call]:
        """What was delivered to an address."""
        raise NotImplementedError

    async def trouble(
        self, request: web.Request, call: Call, address: str
    ) -> web.StreamResponse | None:
        """The answer of whatever trouble is due; None when all is well."""
        self.count += 1
        if self.keeps:
            self.calls.append(call)
        if self.latency:
            await asyncio.sleep(self.latency)
        trouble = self._due(address)
        if trouble and trouble.late:
            asyncio.get_running_loop().call_later(trouble.late, self._deliver, call)
        elif trouble is None or trouble.took:
            self._deliver(call)
        if trouble is None:
            return None
        return await self._answer(request, trouble)

    def _due(self, address: str) -> Trouble | None:
        if self.troubles:
            return self.troubles.popleft()
        return self.for_address.get(address, self.always)

    def _deliver(self, call: Call) -> None:
        if self.keeps:
            self.delivered.append(call)

    async def _answer(self, request: web.Request, trouble: Trouble) -> web.StreamResponse | None:
        await asyncio.sleep(3600 if trouble.hang else trouble.wait)
        if trouble.cut and request.transport:
            request.transport.close()
            return web.Response()
        return (
            None
            if trouble.status == 200
            else web.json_response(trouble.body, status=trouble.status)
        )


async def _count(request: web.Request) -> web.Response:
    provider: Provider = request.app[PROVIDER]
    return web.json_response({"count": provider.count, "now": time.monotonic()})


PROVIDER: web.AppKey[Provider] = web.AppKey("provider", Provider)


def application(provider: Provider) -> web.Application:
    """An application that knows its provider and tells how many calls it had at `/_count`."""
    app = web.Application()
    app[PROVIDER] = provider
    app.router.add_get("/_count", _count)
    return app


def main(provider: Provider) -> None:
    """As a program: `--port`, `--latency SECONDS`. Nothing is kept but a count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.0)
    given = parser.parse_args()
    provider.port, provider.latency, provider.keeps = given.port, given.latency, False
    asyncio.run(_serve(provider))


async def _serve(provider: Provider) -> None:
    async with provider.running():
        await asyncio.Event().wait()
