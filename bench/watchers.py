"""Open pages in a process of its own: streams that stay open, and parts fetched as browsers do.

    python -m bench.watchers < JOB > OUTCOME

JOB and OUTCOME are `Job` and `Outcome` as JSON. Every page listens to its stream and asks for its
part again whenever the stream says that something changed. Meanwhile people answer by reply links,
one after the other; a screen has seen an answer once its board is another one than before.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field

import aiohttp
import uvloop

HOST = "127.0.0.1"
OPENINGS_A_SECOND = 60
MAX_FETCHING_AT_REST = 20  # when all pages are open and have their part
CONNECTIONS = 400  # that fetch parts; streams have one each
KEPT_SECONDS = 4  # of a connection without a request; the server closes it after ten
LOOK_PAUSE_SECONDS = 0.5  # between two looks at the readiness
EVENT = b"event: changed"
PART_HEADERS = {"HX-Request": "true"}


@dataclass
class Job:
    """Hold the cookies of the pages, one each, and the paths of the reply links to answer."""

    port: int
    consoles: list[str]
    phones: list[str]
    answers: list[str]
    pause_seconds: float  # between two answers


@dataclass
class Outcome:
    """Hold what was seen; times are seconds.

    `screens` are the times from an answer to each screen that shows it, `unseen` counts the screens
    that did not show it before the next. `parts` are the times of fetching a part of a phone page.
    """

    opening: float = 0.0
    events: int = 0
    screens: list[float] = field(default_factory=list)
    unseen: int = 0
    failures: int = 0  # parts that were answered with an error
    parts: list[float] = field(default_factory=list)
    ready: dict[str, int] = field(default_factory=dict)
    ready_waits: list[float] = field(default_factory=list)


@dataclass
class Watchers:
    """Hold the open pages and what they have seen so far."""

    job: Job
    http: aiohttp.ClientSession
    outcome: Outcome = field(default_factory=Outcome)
    opened: int = 0
    fetching: int = 0  # parts that were asked for and have not come
    answered_at: float = 0.0
    waiting: set[int] = field(default_factory=set)  # consoles that have not shown the answer yet
    boards: dict[int, str] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    all_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Outcome:
        """Open all pages, answer, and look at the screens."""
        began = time.monotonic()
        for number, cookie in enumerate(self.job.consoles):
            page = self._console(number, cookie)
            await self._open(page)
        for cookie in self.job.phones:
            page = self._phone(cookie)
            await self._open(page)
        await self._until_open()
        self.outcome.opening = time.monotonic() - began
        looks = asyncio.create_task(self._look())
        while self.fetching > MAX_FETCHING_AT_REST:
            await asyncio.sleep(LOOK_PAUSE_SECONDS)
        for path in self.job.answers:
            await self._answer(path)
        looks.cancel()
        for task in self.tasks:
            task.cancel()
        return self.outcome

    async def _open(self, page: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(page)
        self.tasks.append(task)
        await asyncio.sleep(1 / OPENINGS_A_SECOND)

    async def _until_open(self) -> None:
        """Wait until every page is open. Raises the error of one that could not be opened."""
        opening = asyncio.create_task(self.all_open.wait())
        await asyncio.wait(
            [opening, *self.tasks],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in self.tasks:
            if task.done():
                task.result()
        await opening

    async def _console(self, number: int, cookie: str) -> None:
        async for _ in self._events("/board/changes", cookie):
            board, _seconds = await self._part("/board", cookie)
            is_another = board != self.boards.get(number)
            self.boards[number] = board
            if is_another and number in self.waiting:
                self.waiting.discard(number)
                seconds = time.monotonic() - self.answered_at
                self.outcome.screens.append(seconds)

    async def _phone(self, cookie: str) -> None:
        async for _ in self._events("/phone/1/chat/changes", cookie):
            _log, seconds = await self._part("/phone/1/chat", cookie)
            self.outcome.parts.append(seconds)

    async def _events(
        self,
        path: str,
        cookie: str,
    ) -> AsyncIterator[None]:
        """Yield once for each event of a stream. Raises ConnectionError when it ends."""
        reader, writer = await asyncio.open_connection(
            host=HOST,
            port=self.job.port,
        )
        request = self._request(path, cookie)
        writer.write(request)
        status = await reader.readline()
        if b" 200 " not in status:
            raise ConnectionError(f"{path}: {status.decode()}")
        self.opened += 1
        pages = len(self.job.consoles) + len(self.job.phones)
        if self.opened == pages:
            self.all_open.set()
        while line := await reader.readline():
            if line.startswith(EVENT):
                self.outcome.events += 1
                yield None
        raise ConnectionError(f"{path}: the stream ended")

    def _request(self, path: str, cookie: str) -> bytes:
        """Write the request for a stream."""
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {HOST}:{self.job.port}",
            f"Cookie: {cookie}",
            "Accept: text/event-stream",
        ]
        head = "\r\n".join(lines)
        whole = f"{head}\r\n\r\n"
        return whole.encode()

    async def _part(self, path: str, cookie: str) -> tuple[str, float]:
        """Fetch a part of a page; return it and the seconds it took."""
        began = time.monotonic()
        self.fetching += 1
        try:
            text = await self._text(path, cookie)
        except aiohttp.ClientConnectionError:  # closed between two requests: browsers ask again
            text = await self._text(path, cookie)
        self.fetching -= 1
        return text, time.monotonic() - began

    async def _text(self, path: str, cookie: str) -> str:
        headers = {**PART_HEADERS, "Cookie": cookie}
        async with self.http.get(self._url(path), headers=headers) as response:
            if response.status != 200:
                self.outcome.failures += 1
            return await response.text()

    async def _answer(self, path: str) -> None:
        """Answer by a reply link, and give the screens their time to show it."""
        self.waiting = set(self.boards)
        self.answered_at = time.monotonic()
        async with self.http.post(self._url(path), data={"status": "safe"}) as response:
            response.raise_for_status()
        await asyncio.sleep(self.job.pause_seconds)
        self.outcome.unseen += len(self.waiting)

    async def _look(self) -> None:
        """Ask again and again whether the server is ready."""
        statuses: Counter[str] = Counter()
        while True:
            began = time.monotonic()
            async with self.http.get(self._url("/health/ready")) as response:
                statuses[str(response.status)] += 1
            self.outcome.ready_waits.append(time.monotonic() - began)
            self.outcome.ready = dict(statuses)
            await asyncio.sleep(LOOK_PAUSE_SECONDS)

    def _url(self, path: str) -> str:
        return f"http://{HOST}:{self.job.port}{path}"


async def run(job: Job) -> Outcome:
    """Watch until all answers have come."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_SECONDS)
    jar = aiohttp.DummyCookieJar()
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=jar,
        timeout=timeout,
    ) as http:
        watchers = Watchers(job, http)
        return await watchers.run()


def main() -> None:
    """Read the job, run it and write the outcome."""
    task = json.load(sys.stdin)
    job = Job(**task)
    outcome = uvloop.run(run(job))
    written = dataclasses.asdict(outcome)
    json.dump(written, sys.stdout)


if __name__ == "__main__":
    main()
