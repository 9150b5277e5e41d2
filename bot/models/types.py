"""Column types: aware UTC times, encrypted values, blind indexes.

The keyring comes with the dialect of the engine.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, DateTime, Enum, Integer, LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from bot.models import binding
from bot.models.digests import BlindIndex, keyring_of
from bot.runtime import metrics
from bot.runtime.keys import KeyringError

__all__ = [
    "BigId", "BlindIndex", "Country", "Encrypted", "EncryptedJSON", "RowId", "UTCDateTime",
    "enum_column",
]  # fmt: skip

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in INTEGER columns

RowId = Annotated[int, mapped_column(BigId, primary_key=True)]
Country = Annotated[str, mapped_column(String(2))]  # ISO 3166-1 alpha-2

Kind = TypeVar("Kind", bound=StrEnum)


def enum_column(kind: type[Kind], name: str = "", length: int = 20) -> Enum:
    """Make a text column that holds only the values of `kind`; the database checks it as well.

    `name` is for the second column of a kind in one table.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=length,
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
    """Text under AES-GCM. `purpose` ties the ciphertext to its column, `row_key` to its row."""

    impl = LargeBinary
    cache_ok = True
    is_sealed = True
    needs_row = False  # in a model: whatever is written must be bound to its row

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read a value with the key of its row."""
        return _with_row_key(column, self)

    def process_bind_param(self, text: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt a text."""
        if text is None:
            return None
        row_key = _row_key_of(text, self.needs_row)
        return _encrypt(dialect, text, self.purpose, row_key)

    def process_result_value(self, read: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt a text. Raises KeyringError."""
        if read is None:
            return None
        return _decrypt(dialect, read, self.purpose)


class EncryptedJSON(TypeDecorator[Any]):
    """A JSON object under AES-GCM."""

    impl = LargeBinary
    cache_ok = True
    is_sealed = True
    needs_row = False

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read a value with the key of its row."""
        return _with_row_key(column, self)

    def process_bind_param(self, content: Any, dialect: Dialect) -> bytes | None:
        """Encrypt an object as JSON."""
        if content is None:
            return None
        row_key = _row_key_of(content, self.needs_row)
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return _encrypt(dialect, text, self.purpose, row_key)

    def process_result_value(self, read: bytes | None, dialect: Dialect) -> Any:
        """Decrypt an object. Raises KeyringError."""
        if read is None:
            return None
        return json.loads(_decrypt(dialect, read, self.purpose))


def _with_row_key(
    column: ColumnElement[Any],
    kind: Encrypted | EncryptedJSON,
) -> ColumnElement[Any]:
    """Read a column with the key of its row, where the table has one: not in earlier schemas."""
    table = getattr(column, "table", None)
    if table is None or "row_key" not in table.c:
        return column
    return binding.WithRowKey(kind, table.c.row_key, column)


def _row_key_of(content: Any, needs_row: bool) -> bytes | None:
    """Return the key of the row that a content is bound to. Raises TypeError."""
    row_key: bytes | None = getattr(content, "row_key", None)
    if row_key is None and needs_row:
        raise TypeError("an encrypted value without its row: see `models.binding`")
    return row_key


def _encrypt(
    dialect: Dialect,
    text: str,
    purpose: str,
    row_key: bytes | None,
) -> bytes:
    keyring = keyring_of(dialect)
    return keyring.encrypt(text.encode(), purpose.encode(), row_key)


def _decrypt(dialect: Dialect, read: bytes, purpose: str) -> str:
    row_key, sealed = binding.split(read)
    keyring = keyring_of(dialect)
    try:
        plain = keyring.decrypt(sealed, purpose.encode(), row_key)
    except KeyringError:
        metrics.UNOPENED.labels(purpose).inc()
        raise
    return plain.decode()
