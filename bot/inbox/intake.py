"""Intake: store messages that arrive together in one transaction (group commit)."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.inbox import rows
from bot.messages import Inbound
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.signals import bells

MAX_BATCH = 200  # messages in one transaction
MAX_WAITING = 5000  # messages not yet stored, above which we say "later" at once
COMMIT_SECONDS = 10.0
REFUSED_STATES = ("22", "23")  # classes of SQLSTATE: wrong data, broken rules of the schema
DATABASE_ERRORS = (OSError, TimeoutError, PoolTimeoutError, InterfaceError, OperationalError)

log = structlog.get_logger(__name__)


class UnavailableError(Exception):
    """Not stored: the database is away, or too much waits. The provider should come again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits to be stored, and the future of its person's id."""

    inbound: Inbound
    stored: asyncio.Future[int | None]

    def settle(self, person_id: int | None) -> None:
        """Tell whoever still waits that the message is stored."""
        if not self.stored.done():
            self.stored.set_result(person_id)

    def fail(self) -> None:
        """Tell whoever still waits that the message is not stored."""
        if not self.stored.done():
            self.stored.set_exception(UnavailableError())


class Intake:
    """Stores messages, those that arrive together in one batch.

    One batch is stored at a time, so that messages keep their order.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: deque[Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def put(self, inbound: Inbound) -> int | None:
        """Store a message; return its person's id once it is committed.

        Returns None when the same message came before. Raises UnavailableError.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise UnavailableError
        stored: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(inbound, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            size = min(MAX_BATCH, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(size)]
            person_ids = await self._store(batch)
            if person_ids:
                await bells.ring(self._runtime.redis, "in", person_ids)

    async def _store(self, batch: list[Waiting]) -> list[int]:
        """Store a batch and settle its futures; return the people with new messages."""
        try:
            person_ids = await self._receive([waiting.inbound for waiting in batch])
        except Exception as error:  # noqa: BLE001  # every request must get its answer
            return await self._recover(batch, error)
        for waiting, person_id in zip(batch, person_ids, strict=True):
            waiting.settle(person_id)
        new = [person_id for person_id in person_ids if person_id is not None]
        return list(dict.fromkeys(new))

    async def _recover(self, batch: list[Waiting], error: Exception) -> list[int]:
        """Store each message by itself, unless the database is away.

        One of them may be wrong, or another process stored the same: its neighbours must not
        suffer.
        """
        if len(batch) > 1 and not _is_away(error):
            person_ids = []
            for waiting in batch:
                person_ids += await self._store([waiting])
            return person_ids
        if len(batch) == 1 and _is_of_message(error):
            return await self._set_aside(batch[0])
        self._fail(batch, error)
        return []

    async def _set_aside(self, waiting: Waiting) -> list[int]:
        """Store what can be stored of a message that is wrong in itself.

        Its provider would send it again for ever, and polling would never come past it. The worker
        tells staff and the writer of one whose content is lost.
        """
        whole = waiting.inbound
        try:
            person_ids = await self._try(whole) or await self._try(whole.without_content())
        except Exception as error:  # noqa: BLE001  # every request must get its answer
            self._fail([waiting], error)
            return []
        if person_ids is None:
            metrics.SET_ASIDE.labels("nothing").inc()
            waiting.settle(None)
            return []
        waiting.settle(person_ids[0])
        return [person_id for person_id in person_ids if person_id is not None]

    async def _try(self, inbound: Inbound) -> list[int | None] | None:
        """Store a message alone; None when it is wrong in itself. Raises what the database does."""
        try:
            person_ids = await self._receive([inbound])
        except Exception as error:
            if not _is_of_message(error):
                raise
            log.error("not_stored", why=_cause(error), at=traces.origin(error))
            return None
        if inbound.is_unreadable:
            metrics.SET_ASIDE.labels("a part").inc()
        return person_ids

    def _fail(self, batch: list[Waiting], error: Exception) -> None:
        origin = traces.origin(error)
        log.error(
            "not_stored",
            messages=len(batch),
            why=type(error).__name__,
            at=origin,
        )
        for waiting in batch:
            waiting.fail()

    async def _receive(self, messages: list[Inbound]) -> list[int | None]:
        runtime = self._runtime
        async with asyncio.timeout(COMMIT_SECONDS), runtime.db.begin() as session:
            return await rows.receive(session, messages, runtime.clock())


def _is_of_message(error: Exception) -> bool:
    """Whether a message itself cannot be stored, now or ever."""
    if isinstance(error, DataError | IntegrityError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return str(state).startswith(REFUSED_STATES)
    # What a column's type raises on the way in; a keyring that opens nothing is another matter.
    return isinstance(error, StatementError | UnicodeError)


def _cause(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return type(original).__name__


def _is_away(error: Exception) -> bool:
    """Whether the database is away, so that nothing can be stored."""
    if isinstance(error, DATABASE_ERRORS):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
