"""Large sets of blind indexes in a condition: one parameter, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, LargeBinary, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from bot.models.types import BlindIndex

DIGEST_BYTES = 16
CACHED_SETS = 24

# SQLite takes no list: it cuts the digests out of one value.
_ON_SQLITE = """{column} IN (
WITH RECURSIVE starts(start) AS (
    SELECT 1 WHERE length({digests}) > 0
    UNION ALL
    SELECT start + {size} FROM starts WHERE start + {size} < length({digests})
) SELECT substr({digests}, start, {size}) FROM starts)"""


class _Digests(UserDefinedType[list[bytes]]):
    """An array on PostgreSQL, handed to the driver as it is: there may be 100,000 of them."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name the type."""
        return "BYTEA[]"


class BlindSet(TypeDecorator[Sequence[str]]):
    """Digests of plain texts: an array on PostgreSQL, one after the other on SQLite."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_Digests())
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, texts: Sequence[str] | None, dialect: Dialect) -> Any:
        """Digest plain texts."""
        digests = _digests(dialect, self.purpose, tuple(texts or ()))
        if dialect.name == "postgresql":
            return digests
        return b"".join(digests)


@lru_cache(maxsize=CACHED_SETS)
def _digests(dialect: Dialect, purpose: str, texts: tuple[str, ...]) -> list[bytes]:
    """Digest texts; an audience is asked for again and again while it is sent to."""
    index = BlindIndex(purpose)
    digests: list[bytes] = []
    for text in texts:
        digest = index.process_bind_param(text, dialect)
        if digest is not None:
            digests.append(digest)
    return digests


class _IsAmong(FunctionElement[bool]):
    """Tell whether a column is among the digests of a set."""

    name = "is_among"
    type = Boolean()
    inherit_cache = True


@compiles(_IsAmong)
def _compile_array(element: Any, compiler: Any, **options: Any) -> str:
    column, digests = _operands(element, compiler, options)
    return f"{column} = ANY ({digests})"


@compiles(_IsAmong, "sqlite")
def _compile_for_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, digests = _operands(element, compiler, options)
    return _ON_SQLITE.format(column=column, digests=digests, size=DIGEST_BYTES)


def _operands(element: Any, compiler: Any, options: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]


def is_among(column: Any, texts: Sequence[str]) -> ColumnElement[bool]:
    """Say in SQL whether a blind column is the index of one of these plain texts."""
    purpose = column.type.purpose
    digests = bindparam("digests", texts, type_=BlindSet(purpose), unique=True)
    return _IsAmong(column, digests)
