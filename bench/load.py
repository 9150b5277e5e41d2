"""A load generator, a process of its own: posts prepared bodies over kept-alive connections and times each answer.

    python -m bench.load < JOB > OUTCOME

JOB and OUTCOME are `Job` and `Outcome` as JSON. Without a `rate` each connection sends its next request as soon as it
is answered; with one, requests are due at random moments (Poisson) whatever the answers do, and one that had to wait
for a connection has waited: its time counts from the moment it was due.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import httptools
import uvloop

ONE_SEED = 20260101  # the same arrivals in every run


@dataclass
class Job:
    """What to post to `http://127.0.0.1:port{path}`: each body once, in order."""

    port: int
    path: str
    bodies: list[str]
    headers: dict[str, str]
    connections: int
    rate: float | None = None


@dataclass
class Outcome:
    """What came back. `began`, `ended` and `sent` are readings of the machine's monotonic clock, `waits` are seconds;
    `sent` and `waits` are in the order of the bodies."""

    began: float = 0.0
    ended: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._number = -1
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for work."""
        self.transport = cast("asyncio.Transport", transport)
        self._crew.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        """The server must not hang up before the end."""
        self._crew.fail(error)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """A piece of the answer."""
        self._body += body

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self._crew.answered(self._number, self._parser.get_status_code(), self._body)
        self._body, self._parser = b"", httptools.HttpResponseParser(self)
        self._crew.free(self)

    def post(self, number: int, request: bytes) -> None:
        """Sends request `number`."""
        self._number = number
        self.transport.write(request)


class Crew:
    """The connections, what they have to send and what came back."""

    def __init__(self, job: Job, done: asyncio.Future[None]) -> None:
        self._requests = list(_requests(job))
        self._done, self._left = done, len(self._requests)
        self._idle: deque[Connection] = deque()
        self._due: deque[int] = deque()
        self._statuses: Counter[str] = Counter()
        self._sent = [0.0] * self._left
        self._outcome = Outcome(waits=[0.0] * self._left, answers=[""] * self._left)

    def start(self, rate: float | None) -> None:
        """Everything is due now, or at random moments with `rate` a second on average."""
        self._outcome.began = time.monotonic()
        if rate is None:
            for number in range(len(self._requests)):
                self._arrive(number)
            return
        loop, at = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        moments = random.Random(ONE_SEED)
        for number in range(len(self._requests)):
            at += moments.expovariate(rate)
            loop.call_at(at, self._arrive, number)

    def _arrive(self, number: int) -> None:
        self._sent[number] = time.monotonic()
        self._due.append(number)
        self._match()

    def free(self, connection: Connection) -> None:
        """A connection has nothing to do."""
        self._idle.append(connection)
        self._match()

    def _match(self) -> None:
        while self._due and self._idle:
            number = self._due.popleft()
            self._idle.popleft().post(number, self._requests[number])

    def answered(self, number: int, status: int, body: bytes) -> None:
        """An answer is whole."""
        self._statuses[str(status)] += 1
        self._outcome.waits[number] = time.monotonic() - self._sent[number]
        self._outcome.answers[number] = body.decode()
        self._left -= 1
        if not self._left and not self._done.done():
            self._done.set_result(None)

    def fail(self, error: Exception | None) -> None:
        """A connection was lost."""
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server hung up"))

    def outcome(self) -> Outcome:
        """What there is to tell at the end."""
        ended = time.monotonic()
        return dataclasses.replace(
            self._outcome, ended=ended, statuses=dict(self._statuses), sent=self._sent
        )


class Closed(Crew):
    """Times count from when a request leaves: who sends as fast as it is answered waits for nobody else."""

    def _match(self) -> None:
        while self._due and self._idle:
            number = self._due.popleft()
            self._sent[number] = time.monotonic()
            self._idle.popleft().post(number, self._requests[number])


def _requests(job: Job) -> Iterator[bytes]:
    lines = [f"POST {job.path} HTTP/1.1", f"Host: 127.0.0.1:{job.port}"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in job.headers.items())])
    for text in job.bodies:
        body = text.encode()
        yield f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def run(job: Job) -> Outcome:
    """Posts everything. Raises ConnectionError when the server hangs up."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    crew = Crew(job, done) if job.rate else Closed(job, done)
    for _ in range(job.connections):
        await loop.create_connection(lambda: Connection(crew), "127.0.0.1", job.port)
    crew.start(job.rate)
    await done
    return crew.outcome()


def main() -> None:
    """Reads the job, writes the outcome."""
    job = Job(**json.load(sys.stdin))
    json.dump(dataclasses.asdict(uvloop.run(run(job))), sys.stdout)


if __name__ == "__main__":
    main()
