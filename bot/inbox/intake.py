"""Intake: store messages that arrive together in one transaction (group commit), and answer each after the commit."""

from __future__ import annotations

import asyncio
from collections import deque

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.inbox import rows
from bot.messages import Inbound
from bot.runtime import traces
from bot.runtime.runtime import Runtime
from bot.signals import bells

log = structlog.get_logger(__name__)

BATCH = 200  # messages in one transaction
WAITING = 5000  # messages not yet stored, above which we say "later" at once
COMMIT_SECONDS = 10.0
DATABASE_ERRORS = (OSError, TimeoutError, PoolTimeoutError, InterfaceError, OperationalError)
Waiting = tuple[Inbound, "asyncio.Future[int | None]"]


class UnavailableError(Exception):
    """Not stored: the database is away, or too much is waiting. The provider should come again."""


class Intake:
    """Stores messages, those that wait at the same time together. One batch at a time, so that order is kept."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: deque[Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def put(self, inbound: Inbound) -> int | None:
        """Stored and committed: its person's id, None when it came before. Raises UnavailableError."""
        if len(self._waiting) >= WAITING:
            raise UnavailableError
        stored: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((inbound, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            people = await self._store(batch)
            if people:
                await bells.ring(self._runtime.redis, "in", people)

    async def _store(self, batch: list[Waiting]) -> list[int]:
        """The people of a batch with new messages; every future of it is settled."""
        try:
            people = await self._receive([inbound for inbound, _ in batch])
        except Exception as error:  # noqa: BLE001  # whatever it was, every request gets its answer
            if len(batch) > 1 and not _is_away(error):
                return await self._store_each(batch)
            log.error(
                "not_stored", messages=len(batch), why=type(error).__name__, at=traces.origin(error)
            )
            for _, stored in batch:
                _settle(stored, UnavailableError())
            return []
        for (_, stored), person in zip(batch, people, strict=True):
            _settle(stored, person)
        return list(dict.fromkeys(person for person in people if person is not None))

    async def _store_each(self, batch: list[Waiting]) -> list[int]:
        """One of them cannot be stored, or another process was storing the same: its neighbours must not suffer."""
        return [person for one in batch for person in await self._store([one])]

    async def _receive(self, messages: list[Inbound]) -> list[int | None]:
        async with asyncio.timeout(COMMIT_SECONDS), self._runtime.db.begin() as session:
            return await rows.receive(session, messages, self._runtime.clock())


def _settle(stored: asyncio.Future[int | None], result: int | UnavailableError | None) -> None:
    if stored.done():  # whoever asked has left
        return
    if isinstance(result, UnavailableError):
        stored.set_exception(result)
    else:
        stored.set_result(result)


def _is_away(error: Exception) -> bool:
    return isinstance(error, DATABASE_ERRORS) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
