"""Hashes of passwords (argon2id): few at once, in threads of their own, and no queue without end.

A hash takes 64 MiB and some tens of milliseconds on purpose. Without a bound, a burst of sign-ins
would take the memory of the process and the threads that everything else waits for.
"""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

AT_ONCE = 2
MAX_WAITING = 16
MAX_STRANGERS_WAITING = 8  # the rest of the queue is for those who were here before
RETRY_SECONDS = 3
MAX_PASSWORD_CHARS = 200  # longer ones are refused before they cost anything

T = TypeVar("T")

_hasher = PasswordHasher()


class HashingBusyError(Exception):
    """Too many passwords wait to be checked; try again in `RETRY_SECONDS`."""


@dataclass(slots=True)
class _Load:
    """What the pool has to do, and has done."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    at_once: int = 0
    most_at_once: int = 0
    hashed: int = 0


_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hashing")
_load = _Load()


async def digest(password: str) -> str:
    """Hash a new password. Raises HashingBusyError."""
    normalised = _normalised(password)
    return await _in_pool(lambda: _hasher.hash(normalised), MAX_WAITING)


async def verify(hashed: str | None, password: str, *, is_stranger: bool = False) -> bool:
    """Tell whether it is the password of the hash. Raises HashingBusyError.

    An account without a password, and one that does not exist (None), take as long as a wrong
    password does.
    """
    if len(password) > MAX_PASSWORD_CHARS:
        return False
    most_waiting = MAX_STRANGERS_WAITING if is_stranger else MAX_WAITING
    return await _in_pool(lambda: _is_right(hashed, password), most_waiting)


def most_at_once() -> int:
    """Return how many hashes this process ever made at the same time."""
    return _load.most_at_once


def hashed_so_far() -> int:
    """Return how many times this process was made to hash."""
    return _load.hashed


async def _in_pool(work: Callable[[], T], most_waiting: int) -> T:
    if _load.waiting >= AT_ONCE + most_waiting:
        raise HashingBusyError
    _load.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_pool, _counted, work)
    finally:
        _load.waiting -= 1


def _counted(work: Callable[[], T]) -> T:
    with _load.lock:
        _load.hashed += 1
        _load.at_once += 1
        _load.most_at_once = max(_load.most_at_once, _load.at_once)
    try:
        return work()
    finally:
        with _load.lock:
            _load.at_once -= 1


def _is_right(hashed: str | None, password: str) -> bool:
    """Compare in the usual spelling; passwords of before were hashed as they were typed."""
    expected = hashed or _nobodys_password()
    spellings = dict.fromkeys((_normalised(password), password))
    is_right = False
    for spelling in spellings:
        is_right = _matches(expected, spelling) or is_right
    return is_right and hashed is not None


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _normalised(password: str) -> str:
    """Spell a password in one way, whatever keyboard typed its letters (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys_password() -> str:
    return _hasher.hash("nobody has this password")
