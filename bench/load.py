"""A load generator in a process of its own: it posts bodies over open connections and times them.

    python -m bench.load < JOB > OUTCOME

JOB and OUTCOME are `Job` and `Outcome` as JSON. Without a `rate`, each connection sends its next
request as soon as the server answers. With a `rate`, requests are due at random moments (Poisson)
whatever the answers do; the time of a request that waits for a connection counts from the moment it
was due.
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
from dataclasses import dataclass
from typing import cast

import httptools
import uvloop

ARRIVALS_SEED = 20260101  # the same arrivals in every run
HOST = "127.0.0.1"
UNAVAILABLE = 503


@dataclass
class Job:
    """Hold the bodies to post to `http://127.0.0.1:{port}{path}`, each once, in order.

    With `retry_seconds`, one that is answered 503 is posted again after so long, as providers do.
    """

    port: int
    path: str
    bodies: list[str]
    headers: dict[str, str]
    connections: int
    rate: float | None = None
    retry_seconds: float | None = None


@dataclass
class Outcome:
    """Hold the answers and their times.

    `began`, `ended` and `sent` are readings of the machine's monotonic clock, `waits` are seconds.
    `sent`, `waits` and `answers` have the order of the bodies.
    """

    began: float
    ended: float
    statuses: dict[str, int]
    sent: list[float]
    waits: list[float]
    answers: list[str]

    @property
    def seconds(self) -> float:
        """Return the seconds from the first request to the last answer."""
        return self.ended - self.began


Done = asyncio.Future[None]


class Connection(asyncio.Protocol):
    """Send one request after the other, each when the answer to the last is whole."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._number = -1
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the crew for work."""
        self.transport = cast("asyncio.Transport", transport)
        self._crew.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the crew: the server must not hang up before the end."""
        self._crew.fail(error)

    def data_received(self, data: bytes) -> None:
        """Read bytes of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Add a piece to the answer."""
        self._body += body

    def on_message_complete(self) -> None:
        """Hand the whole answer to the crew and ask for more work."""
        status = self._parser.get_status_code()
        self._crew.answered(self._number, status, self._body)
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)
        self._crew.free(self)

    def post(self, number: int, request: bytes) -> None:
        """Send the request with this number."""
        self._number = number
        self.transport.write(request)


class Crew:
    """Share the requests among the connections and collect the answers."""

    def __init__(self, job: Job, done: Done) -> None:
        self._requests = list(_requests(job))
        count = len(self._requests)
        self._done = done
        self._left = count
        self._idle: deque[Connection] = deque()
        self._due: deque[int] = deque()
        self._statuses: Counter[str] = Counter()
        self._sent = [0.0] * count
        self._waits = [0.0] * count
        self._answers = [""] * count
        self._began = 0.0
        self._retry_seconds = job.retry_seconds

    def start(self, rate: float | None) -> None:
        """Make every request due now, or at random moments with `rate` a second on average."""
        self._began = time.monotonic()
        if rate is None:
            for number in range(self._left):
                self._arrive(number)
            return
        loop = asyncio.get_running_loop()
        pauses = random.Random(ARRIVALS_SEED)
        moment = loop.time()
        for number in range(self._left):
            moment += pauses.expovariate(rate)
            loop.call_at(moment, self._arrive, number)

    def _arrive(self, number: int) -> None:
        self._sent[number] = time.monotonic()
        self._due.append(number)
        self._match()

    def _arrive_again(self, number: int) -> None:
        """Make a refused request due once more; its time counts from the first."""
        self._due.append(number)
        self._match()

    def free(self, connection: Connection) -> None:
        """Give a free connection the next request that is due."""
        self._idle.append(connection)
        self._match()

    def _match(self) -> None:
        while self._due and self._idle:
            number = self._due.popleft()
            connection = self._idle.popleft()
            self._depart(number)
            connection.post(number, self._requests[number])

    def _depart(self, number: int) -> None:
        """Leave the time of the request as it is: it counts from the moment it was due."""

    def answered(self, number: int, status: int, body: bytes) -> None:
        """Note a whole answer and its time."""
        self._statuses[str(status)] += 1
        if status == UNAVAILABLE and self._retry_seconds is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._retry_seconds, self._arrive_again, number)
            return
        self._waits[number] = time.monotonic() - self._sent[number]
        self._answers[number] = body.decode()
        self._left -= 1
        if not self._left and not self._done.done():
            self._done.set_result(None)

    def fail(self, error: Exception | None) -> None:
        """End the load with an error."""
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server hung up"))

    def outcome(self) -> Outcome:
        """Return the answers and their times."""
        return Outcome(
            began=self._began,
            ended=time.monotonic(),
            statuses=dict(self._statuses),
            sent=self._sent,
            waits=self._waits,
            answers=self._answers,
        )


class ClosedCrew(Crew):
    """Count the time of a request from its departure, since no request is due earlier."""

    def _depart(self, number: int) -> None:
        self._sent[number] = time.monotonic()


def _requests(job: Job) -> Iterator[bytes]:
    """Yield the bytes of each request."""
    lines = [f"POST {job.path} HTTP/1.1", f"Host: {HOST}:{job.port}"]
    for name, content in job.headers.items():
        lines.append(f"{name}: {content}")
    head = "\r\n".join(lines)
    for text in job.bodies:
        body = text.encode()
        full_head = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n"
        yield full_head.encode() + body


async def run(job: Job) -> Outcome:
    """Post every body. Raises ConnectionError when the server hangs up."""
    loop = asyncio.get_running_loop()
    done: Done = loop.create_future()
    crew: Crew = ClosedCrew(job, done)
    if job.rate:
        crew = Crew(job, done)
    for _ in range(job.connections):
        await loop.create_connection(
            lambda: Connection(crew),
            host=HOST,
            port=job.port,
        )
    crew.start(job.rate)
    await done
    return crew.outcome()


def main() -> None:
    """Read the job, run it and write the outcome."""
    job = Job(**json.load(sys.stdin))
    outcome = uvloop.run(run(job))
    json.dump(dataclasses.asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
