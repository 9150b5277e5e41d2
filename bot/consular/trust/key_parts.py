"""What a rotation of keys makes anew: the tables with encrypted columns or blind indexes.

They are found in the models, so that a column that comes later is not forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, func, or_, type_coerce

from bot.consular.people import placement
from bot.consular.staff import emails
from bot.models import Base, NameWord, NumberEnding, TypedEnding
from bot.models.digests import DIGEST_BYTES, BlindIndex
from bot.models.types import Encrypted, EncryptedJSON
from bot.runtime.keys import KEY_ID_BYTES, Keyring

Columns = Mapping[str, Any]
PlainText = Callable[[Columns], str | None]


def _plain_address(columns: Columns) -> str:
    return f"{columns['channel'].value}:{columns['address']}"


def _plain_email(columns: Columns) -> str:
    return emails.normalised(columns["email"])


def _plain_group(columns: Columns) -> str | None:
    chat: str | None = columns["chat"]
    return chat


def _plain_tag(columns: Columns) -> str:
    words: str = columns["words"]
    return words


def _plain_cell(name: str) -> PlainText:
    """Return what makes the plain text of a cell from a rounded position."""

    def read(columns: Columns) -> str | None:
        return placement.blind(None, columns["position"])[name]

    return read


# What a blind index is made of. Any other `x_index` is of the encrypted column `x` beside it.
PLAIN_TEXTS: dict[str, PlainText] = {
    "addresses.address_index": _plain_address,
    "staff.email_index": _plain_email,
    "groups.group_index": _plain_group,
    "people.cell": _plain_cell("cell"),
    "people.cell_tenth": _plain_cell("cell_tenth"),
    "people.cell_degree": _plain_cell("cell_degree"),
    "person_tags.tag": _plain_tag,
}
# `search_keys` makes these from a person's name and numbers.
SEARCHED_TABLES = (NameWord, NumberEnding, TypedEnding)
SEARCHED_COLUMN = "people.phone_index"
# Of codes that only their owner has: the digests stay under their key until they are used.
KEPT_COLUMN = "staff_recovery_codes.code"
# Of numbers that are kept nowhere: what they spent within an hour is counted anew.
PASSING_COLUMN = "reply_spendings.scope_key"


@dataclass(frozen=True, slots=True)
class Part:
    """A table, with the columns of it that are made anew."""

    table: Table
    sealed: tuple[Column[Any], ...]
    indexed: tuple[Column[Any], ...]

    @property
    def number(self) -> Column[Any]:
        """The column that a walk through the table goes along."""
        return next(iter(self.table.primary_key))

    def is_outdated(self, keyring: Keyring) -> ColumnElement[bool]:
        """Say in SQL whether a row has anything that is not under the first key."""
        conditions: list[ColumnElement[bool]] = []
        for column in self.sealed:
            is_outdated = is_sealed_otherwise(column, keyring)
            conditions.append(is_outdated)
        for column in self.indexed:
            is_outdated = is_indexed_otherwise(column, keyring)
            conditions.append(is_outdated)
        return or_(*conditions)


def parts() -> list[Part]:
    """Return the tables with something to make anew."""
    listed: list[Part] = []
    for table in Base.metadata.sorted_tables:
        part = Part(
            table,
            sealed=tuple(sealed_columns(table)),
            indexed=tuple(filter(_is_made_from_row, blind_columns(table))),
        )
        if part.sealed or part.indexed:
            listed.append(part)
    return listed


def table_of(model: type[Base]) -> Table:
    """Return the table of a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def sealed_columns(table: Table) -> list[Column[Any]]:
    """Return the encrypted columns of a table."""
    kinds = (Encrypted, EncryptedJSON)
    return [column for column in table.columns if isinstance(column.type, kinds)]


def blind_columns(table: Table) -> list[Column[Any]]:
    """Return the blind indexes of a table."""
    return [column for column in table.columns if isinstance(column.type, BlindIndex)]


def _is_made_from_row(column: Column[Any]) -> bool:
    searched_tables = {table.__tablename__ for table in SEARCHED_TABLES}
    if column.table.name in searched_tables:
        return False
    return str(column) not in (SEARCHED_COLUMN, KEPT_COLUMN, PASSING_COLUMN)


def plain_text_of(column: Column[Any]) -> PlainText:
    """Return what makes the plain text of an index from its row. Raises KeyError for none."""
    named = PLAIN_TEXTS.get(str(column))
    if named is not None:
        return named
    source = column.table.columns[column.name.removesuffix("_index")]

    def read(columns: Columns) -> str | None:
        plain: str | None = columns[source.name]
        return plain

    return read


def as_stored(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column as it is stored, where its type would open or digest it."""
    if column in sealed_columns(column.table) or column in blind_columns(column.table):
        return raw(column)
    return column


def purpose_of(column: Column[Any]) -> bytes:
    """Return what ties the values of a column to it."""
    kind = column.type
    assert isinstance(kind, Encrypted | EncryptedJSON | BlindIndex)
    return kind.purpose.encode()


def opened(
    keyring: Keyring,
    column: Column[Any],
    columns: Columns,
) -> bytes | None:
    """Decrypt a value of a row. Raises KeyringError."""
    stored = columns[column.name]
    if stored is None:
        return None
    return keyring.decrypt(
        stored,
        purpose_of(column),
        columns["row_key"],
    )


def sealed(
    keyring: Keyring,
    column: Column[Any],
    plain: bytes | None,
    row_key: bytes,
) -> bytes | None:
    """Encrypt a value of a row with the first key."""
    if plain is None:
        return None
    return keyring.encrypt(
        plain,
        purpose_of(column),
        row_key,
    )


def indexed(
    keyring: Keyring,
    column: Column[Any],
    columns: Columns,
) -> bytes | None:
    """Make a blind index of a row with the first key, from columns that were opened."""
    plain_text = plain_text_of(column)
    plain = plain_text(columns)
    if plain is None:
        return None
    return keyring.index(plain, purpose_of(column))


def raw(column: Any) -> ColumnElement[bytes]:
    """Return a column as the bytes that are stored."""
    return type_coerce(column, LargeBinary())


def beginning(column: Any, length: int) -> ColumnElement[bytes]:
    """Return the first bytes of what is stored in a column."""
    return func.substr(
        raw(column),
        1,
        length,
        type_=LargeBinary(),
    )


def is_sealed_otherwise(column: Any, keyring: Keyring) -> ColumnElement[bool]:
    """Say in SQL whether a value is not encrypted with the first key, or not bound to its row."""
    header = keyring.header(is_bound=True)
    return beginning(column, len(header)) != header


def is_indexed_otherwise(column: Any, keyring: Keyring) -> ColumnElement[bool]:
    """Say in SQL whether a digest was not made by the first key, or before digests named keys."""
    current_id = keyring.current_id.encode()
    is_earlier = func.length(raw(column)) != DIGEST_BYTES
    is_of_another = beginning(column, KEY_ID_BYTES) != current_id
    return or_(is_earlier, is_of_another)
