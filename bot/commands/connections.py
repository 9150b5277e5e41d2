"""Connections of the web process: none may wait for ever, and those that wait make room.

uvicorn closes what is idle after an answer, and nothing else: whoever opens a connection and sends
half a request, or never reads its answer, would hold it as long as they like.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one web process; times in seconds."""

    head_seconds: float = 10  # from the first byte, or the opening, to the end of the headers
    body_seconds: float = 60  # for a megabyte on a bad line
    answer_seconds: float = 60  # in which a reader takes nothing
    head_bytes: int = 65_536
    waiting: int = 2000  # connections whose request is still to come
    connections: int = 12_000  # of all, open pages among them; files and databases need some too


@dataclass(slots=True)
class Hall:
    """The connections of a process whose request is still to come, the longest waiting first."""

    limits: Limits
    waiting: dict[Connection, None] = field(default_factory=dict)


class Connection(HttpToolsProtocol):
    """A connection with a time for each step: headers, body, and taking the answer."""

    def __init__(self, hall: Hall, **options: Any) -> None:
        super().__init__(**options)
        self._hall = hall
        self._arrival: asyncio.TimerHandle | None = None
        self._departure: asyncio.TimerHandle | None = None
        self._is_in_head = True
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request; where there is no room, the longest waiting one is closed."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._await(self._hall.limits.head_seconds)
        if self._is_full():
            longest_waiting = next(iter(self._hall.waiting))
            longest_waiting.transport.abort()

    def _is_full(self) -> bool:
        limits = self._hall.limits
        has_many_waiting = len(self._hall.waiting) > limits.waiting
        return has_many_waiting or len(self.connections) > limits.connections

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._arrived()
        self._departed()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a head that is too long."""
        self._head_bytes += len(data)
        super().data_received(data)
        is_too_long = self._head_bytes > self._hall.limits.head_bytes
        if is_too_long and self._is_in_head:
            self.transport.write(TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Wait for the headers."""
        if not self._is_in_head:
            self._is_in_head = True
            self._head_bytes = 0
        self._await(self._hall.limits.head_seconds)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._is_in_head = False
        self._await(self._hall.limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no more, or for the next request when this one was answered early."""
        self._arrived()
        if self.cycle.response_complete:
            self._await(self._hall.limits.head_seconds)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there."""
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self._await(self._hall.limits.head_seconds)

    def pause_writing(self) -> None:
        """Wait for the reader to take what was written."""
        super().pause_writing()
        self._departed()
        self._departure = self._close_after(self._hall.limits.answer_seconds)

    def resume_writing(self) -> None:
        """Wait no more for the reader."""
        self._departed()
        super().resume_writing()

    def _await(self, seconds: float) -> None:
        self._arrived()
        self._hall.waiting[self] = None
        self._arrival = self._close_after(seconds)

    def _arrived(self) -> None:
        self._hall.waiting.pop(self, None)
        if self._arrival is not None:
            self._arrival.cancel()

    def _departed(self) -> None:
        if self._departure is not None:
            self._departure.cancel()

    def _close_after(self, seconds: float) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, self.transport.abort)


def protocol(limits: Limits | None = None) -> type[asyncio.Protocol]:
    """Return what uvicorn makes a connection with: the same hall for all of this process."""
    make: Callable[..., Connection] = partial(Connection, Hall(limits or Limits()))
    return cast(type[asyncio.Protocol], make)
