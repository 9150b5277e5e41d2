"""Column types: aware UTC times, encrypted values, blind indexes.

The keyring comes with the dialect of the engine.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Enum, Integer, LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from bot.models.digests import BlindIndex, keyring_of

__all__ = [
    "BigId", "BlindIndex", "Country", "Encrypted", "EncryptedJSON", "RowId", "UTCDateTime",
    "enum_column",
]  # fmt: skip

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in INTEGER columns

RowId = Annotated[int, mapped_column(BigId, primary_key=True)]
Country = Annotated[str, mapped_column(String(2))]  # ISO 3166-1 alpha-2

Kind = TypeVar("Kind", bound=StrEnum)


def enum_column(kind: type[Kind], name: str = "") -> Enum:
    """Make a text column that holds only the values of `kind`; the database checks it as well.

    `name` is for the second column of a kind in one table.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=_values,
        name=name or kind.__name__.lower(),
    )


def _values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC on every database; the column refuses a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, moment: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a time to UTC. Raises ValueError for a time without a zone."""
        if moment is None:
            return None
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment.astimezone(UTC)

    def process_result_value(self, moment: datetime | None, dialect: Dialect) -> datetime | None:
        """Give a time its zone: SQLite forgets it, and it was UTC."""
        if moment is None:
            return None
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


class Encrypted(TypeDecorator[str]):
    """Text under AES-GCM. `purpose` ties the ciphertext to its column."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, text: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt a text."""
        if text is None:
            return None
        return _encrypt(dialect, text, self.purpose)

    def process_result_value(self, ciphertext: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt a text. Raises KeyringError."""
        if ciphertext is None:
            return None
        return _decrypt(dialect, ciphertext, self.purpose)


class EncryptedJSON(TypeDecorator[Any]):
    """JSON under AES-GCM."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, content: Any, dialect: Dialect) -> bytes | None:
        """Encrypt an object as JSON."""
        if content is None:
            return None
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return _encrypt(dialect, text, self.purpose)

    def process_result_value(self, ciphertext: bytes | None, dialect: Dialect) -> Any:
        """Decrypt an object. Raises KeyringError."""
        if ciphertext is None:
            return None
        return json.loads(_decrypt(dialect, ciphertext, self.purpose))


def _encrypt(dialect: Dialect, text: str, purpose: str) -> bytes:
    return keyring_of(dialect).encrypt(text.encode(), purpose.encode())


def _decrypt(dialect: Dialect, ciphertext: bytes, purpose: str) -> str:
    return keyring_of(dialect).decrypt(ciphertext, purpose.encode()).decode()
