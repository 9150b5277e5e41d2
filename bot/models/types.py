"""Column types: aware UTC times, encrypted values, blind indexes. The keyring comes with the engine's dialect."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Enum, Integer, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.runtime.keys import Keyring

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in INTEGER columns

E = TypeVar("E", bound=StrEnum)


def enum_column(kind: type[E], name: str = "") -> Enum:
    """A text column that holds only the values of `kind`, checked by the database as well.

    `name` is for the second column of a kind in one table.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
        name=name or kind.__name__.lower(),
    )


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone; it was UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encrypted(TypeDecorator[str]):
    """Text under AES-GCM. `purpose` ties the ciphertext to its column: moved elsewhere, it does not open."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Sealed."""
        return (
            None
            if value is None
            else _keyring(dialect).encrypt(value.encode(), self.purpose.encode())
        )

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Opened. Raises KeyringError."""
        return (
            None
            if value is None
            else _keyring(dialect).decrypt(value, self.purpose.encode()).decode()
        )


class EncryptedJSON(TypeDecorator[Any]):
    """JSON under AES-GCM."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Sealed."""
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return _keyring(dialect).encrypt(text.encode(), self.purpose.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Opened. Raises KeyringError."""
        return (
            None
            if value is None
            else json.loads(_keyring(dialect).decrypt(value, self.purpose.encode()))
        )


class BlindIndex(TypeDecorator[str]):
    """A keyed digest, written and compared as the plain value: `Address.index == "telegram:1"` just works.

    Reading it gives the digest's hexadecimal digits: the plain value cannot be had back.
    """

    impl = LargeBinary(16)
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__(16)
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """The digest of the plain value."""
        return None if value is None else _keyring(dialect).index(value, self.purpose.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Hexadecimal digits."""
        return None if value is None else value.hex()


def _keyring(dialect: Dialect) -> Keyring:
    keyring: Keyring = dialect.keyring  # type: ignore[attr-defined]  # set in runtime.open_database
    return keyring
