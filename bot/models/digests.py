"""Blind indexes: keyed digests that find an encrypted value, under every key of the ring."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ClauseElement, ColumnElement, LargeBinary, String, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from bot.runtime.keys import INDEX_BYTES, KEY_ID_BYTES, Keyring

DIGEST_BYTES = KEY_ID_BYTES + INDEX_BYTES
CACHED_SETS = 48
_POSITIVE = (operators.eq, operators.in_op)
_NEGATIVE = (operators.ne, operators.not_in_op)


class IsAnyDigest(FunctionElement[bool]):
    """Whether a column has one of the digests of plain texts: `IsAnyDigest(column, texts)`."""

    type = Boolean()
    inherit_cache = True

    def self_group(  # type: ignore[override]  # it is never a table
        self,
        against: operators.OperatorType | None = None,  # SQLAlchemy's
    ) -> ColumnElement[bool]:
        """Stand in a condition as it is: SQLAlchemy would compare it with 1 on SQLite."""
        return self


@compiles(IsAnyDigest, "postgresql")
def _in_postgresql(element: IsAnyDigest, compiler: SQLCompiler, **options: Any) -> str:
    column, digests = element.clauses
    written_column = compiler.process(column, **options)
    return f"{written_column} = ANY ({compiler.process(digests, **options)})"


@compiles(IsAnyDigest, "sqlite")
def _in_sqlite(element: IsAnyDigest, compiler: SQLCompiler, **options: Any) -> str:
    """List the digests by JSON: SQLite has no arrays. `from_hex` is of `open_database`."""
    column, digests = element.clauses
    written_column = compiler.process(column, **options)
    written_digests = compiler.process(digests, **options)
    listed = f"(SELECT from_hex(value) FROM json_each({written_digests}))"  # noqa: S608  # no texts
    return f"{written_column} IN {listed}"


class _Bytes(UserDefinedType[list[bytes]]):
    """An array on PostgreSQL, handed to the driver as it is: there may be 100,000 of them."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name the type."""
        return "BYTEA[]"


class Digests(TypeDecorator[Sequence[str]]):
    """All digests of some plain texts, as one parameter."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array of bytes, on SQLite a list of hexadecimal digits."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_Bytes())
        return dialect.type_descriptor(String())

    def process_bind_param(self, plains: Sequence[str] | None, dialect: Dialect) -> Any:
        """Digest the texts under every key."""
        digests = digested(keyring_of(dialect), self.purpose, tuple(plains or ()))
        if dialect.name == "postgresql":
            return digests
        return json.dumps([digest.hex() for digest in digests])


@lru_cache(maxsize=CACHED_SETS)
def digested(
    keyring: Keyring,
    purpose: str,
    plains: tuple[str, ...],
) -> list[bytes]:
    """Digest texts under every key; the cells of an audience are asked for again and again.

    Many thousands take 0.1 s and more: whoever asks with such a set digests it in a thread first.
    """
    digests: list[bytes] = []
    for plain in plains:
        digests.extend(keyring.indexes(plain, purpose.encode()))
    return digests


class BlindIndex(TypeDecorator[str]):
    """A keyed digest, written and compared as plain text: `Address.index == "telegram:1"` works.

    It is written under the first key of the ring, and compared with the digests under all of them.
    Reading it gives the hexadecimal digits of the digest: nobody can get the plain text back.
    """

    impl = LargeBinary(DIGEST_BYTES)
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        """Compares with plain texts; with anything else as columns of bytes do."""

        def operate(
            self,
            op: operators.OperatorType,
            *other: Any,
            **options: Any,
        ) -> ColumnElement[Any]:
            """Build a condition."""
            plains = _plain_texts(other)
            if plains is not None and op in _POSITIVE:
                return self._is_any(plains)
            if plains is not None and op in _NEGATIVE:
                is_any = self._is_any(plains)
                return UnaryExpression(is_any, operator=operators.inv, type_=Boolean())
            return super().operate(op, *other, **options)

        def _is_any(self, plains: Sequence[str]) -> ColumnElement[bool]:
            purpose = self.type.purpose  # type: ignore[attr-defined]  # it is a BlindIndex
            texts = bindparam(None, plains, type_=Digests(purpose), unique=True)
            return IsAnyDigest(self.expr, texts)

    @property
    def comparator_factory(self) -> Any:  # type: ignore[override]
        """Compare by digests."""
        return self.Comparator

    def __init__(self, purpose: str) -> None:
        super().__init__(DIGEST_BYTES)
        self.purpose = purpose

    def process_bind_param(self, text: str | None, dialect: Dialect) -> bytes | None:
        """Digest a plain text."""
        if text is None:
            return None
        return keyring_of(dialect).index(text, self.purpose.encode())

    def process_result_value(self, digest: bytes | None, dialect: Dialect) -> str | None:
        """Return the hexadecimal digits of the digest."""
        if digest is None:
            return None
        return digest.hex()


def _plain_texts(other: tuple[Any, ...]) -> list[str] | None:
    """Return what a column is compared with, where it is one plain text or several."""
    [operand] = other or (None,)
    if isinstance(operand, str):
        return [operand]
    is_several = isinstance(operand, Collection) and not isinstance(operand, ClauseElement)
    if is_several and all(isinstance(plain, str) for plain in operand):
        is_ordered = isinstance(operand, Sequence)
        return list(operand) if is_ordered else sorted(operand)
    return None


def keyring_of(dialect: Dialect) -> Keyring:
    """Return the keyring that came with the engine."""
    keyring: Keyring = dialect.keyring  # type: ignore[attr-defined]  # set by open_database
    return keyring
