"""Encrypted values belong to their row: one that was moved to another row does not open.

Every table with encrypted columns has a `row_key`, random bytes that are authenticated with each
value of the row. An object knows its own; rows that are inserted without objects get theirs from
`bound_rows`. Reading a value brings the key of its row along (`WithRowKey`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from bot.runtime.keys import NO_ROW_KEY, ROW_KEY_BYTES, ROW_KEY_MARK

Rows = list[dict[str, Any]]


def new_row_key() -> bytes:
    """Make the key of a new row."""
    return os.urandom(ROW_KEY_BYTES)


class RowKeyed:
    """A table with encrypted columns."""

    row_key: Mapped[bytes | None] = mapped_column(
        LargeBinary(ROW_KEY_BYTES),
        default=new_row_key,
        sort_order=1,
    )


class BoundText(str):
    """A text that is to be encrypted for a row."""

    __slots__ = ("row_key",)
    row_key: bytes


class BoundObject(dict[str, Any]):
    """A JSON object that is to be encrypted for a row."""

    row_key: bytes


class BoundList(list[Any]):
    """A JSON list that is to be encrypted for a row."""

    row_key: bytes


def bound(content: Any, row_key: bytes) -> Any:
    """Return a content that is to be encrypted for the row of a key. Raises TypeError."""
    carrier: BoundText | BoundObject | BoundList
    match content:
        case None:
            return None
        case str():
            carrier = BoundText(content)
        case dict():
            carrier = BoundObject(content)
        case list():
            carrier = BoundList(content)
        case _:
            raise TypeError(f"a {type(content).__name__} cannot be bound to a row")
    carrier.row_key = row_key
    return carrier


def bound_rows(model: Any, rows: Iterable[dict[str, Any]]) -> Rows:
    """Return rows for an INSERT without objects, each with a key and bound to it."""
    names = [column.name for column in model.__table__.columns if is_sealed(column)]
    keyed_rows: Rows = []
    for columns in rows:
        row_key = new_row_key()
        keyed = {**columns, "row_key": row_key}
        for name in names:
            if name in keyed:
                keyed[name] = bound(keyed[name], row_key)
        keyed_rows.append(keyed)
    return keyed_rows


def is_sealed(column: Any) -> bool:
    """Tell whether a column is encrypted."""
    return getattr(column.type, "is_sealed", False)


def tie(model: Any) -> None:
    """Bind whatever is set on an encrypted attribute of a model to the row of its object.

    Raises TypeError for a table without row keys.
    """
    columns = model.__table__.columns
    for column in filter(is_sealed, columns):
        if "row_key" not in columns:
            raise TypeError(f"{column} is encrypted, and its table has no row_key")
        column.type.needs_row = True
        attribute = model.__mapper__.get_property_by_column(column)
        event.listen(
            getattr(model, attribute.key),
            "set",
            _bind,
            retval=True,
        )


def _bind(
    target: Any,
    content: Any,
    _earlier: Any,
    _initiator: Any,
) -> Any:
    if content is None:
        return None
    if target.row_key is None:
        target.row_key = new_row_key()
    return bound(content, target.row_key)


class WithRowKey(FunctionElement[Any]):
    """A value and the key of its row; NULL where there is no value. `kind` opens it."""

    inherit_cache = True

    def __init__(
        self,
        kind: TypeEngine[Any],
        row_key: ColumnElement[Any],
        sealed: ColumnElement[Any],
    ) -> None:
        super().__init__(row_key, sealed)
        self.type = kind


@compiles(WithRowKey, "postgresql")
def _in_postgresql(element: WithRowKey, compiler: SQLCompiler, **options: Any) -> str:
    row_key, sealed = element.clauses
    written_key = compiler.process(row_key, **options)
    mark = f"'\\x{ROW_KEY_MARK.hex()}'::bytea"
    fallback = f"'\\x{NO_ROW_KEY.hex()}'::bytea"
    written_value = compiler.process(sealed, **options)
    return f"{mark} || coalesce({written_key}, {fallback}) || {written_value}"


@compiles(WithRowKey, "sqlite")
def _in_sqlite(element: WithRowKey, compiler: SQLCompiler, **options: Any) -> str:
    """Call a function of `open_database`: `||` would make text of bytes."""
    row_key, sealed = element.clauses
    written_key = compiler.process(row_key, **options)
    written_value = compiler.process(sealed, **options)
    return f"with_row_key({written_key}, {written_value})"


def split(read: bytes) -> tuple[bytes | None, bytes]:
    """Return the key of a row, where one came along, and the value."""
    if not read.startswith(ROW_KEY_MARK):
        return None, read
    key_end = len(ROW_KEY_MARK) + ROW_KEY_BYTES
    return read[len(ROW_KEY_MARK) : key_end], read[key_end:]
