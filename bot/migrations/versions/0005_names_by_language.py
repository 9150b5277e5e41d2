"""Names by language: crises and posts keep names and addresses in JSON, with a key a language.

Revision: 0005
Follows: 0003
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LANGUAGES = ("ar", "en")

# Table: (new column, first words of the old ones, type of the old ones).
CHANGES = (
    ("crises", "names", "name", sa.String(length=200)),
    ("posts", "names", "name", sa.String(length=200)),
    ("posts", "street_addresses", "address", sa.Text()),
)


def upgrade() -> None:
    """Move the words of each language into one column.

    Each statement alters its table in place: SQLite drops what refers to a table made anew.
    """
    for name, column, old, _ in CHANGES:
        op.add_column(name, sa.Column(column, sa.JSON(), nullable=False, server_default="{}"))
        table = _table(name, column, old)
        for row in _rows(table):
            words = {language: row[f"{old}_{language}"] for language in LANGUAGES}
            filled = {language: text for language, text in words.items() if text}
            _change(table, row["id"], {column: filled})
        for language in LANGUAGES:
            op.drop_column(name, f"{old}_{language}")


def downgrade() -> None:
    """Give every language its columns again. The words of other languages are lost."""
    for name, column, old, kind in CHANGES:
        for language in LANGUAGES:
            old_column = sa.Column(f"{old}_{language}", kind, nullable=False, server_default="")
            op.add_column(name, old_column)
        table = _table(name, column, old)
        for row in _rows(table):
            words = {f"{old}_{language}": row[column].get(language, "") for language in LANGUAGES}
            _change(table, row["id"], words)
        op.drop_column(name, column)


def _table(name: str, column: str, old: str) -> sa.TableClause:
    old_columns = (sa.column(f"{old}_{language}", sa.Text()) for language in LANGUAGES)
    return sa.table(
        name, sa.column("id", sa.BigInteger()), sa.column(column, sa.JSON()), *old_columns
    )


def _rows(table: sa.TableClause) -> Iterator[Any]:
    yield from op.get_bind().execute(sa.select(table)).mappings().all()


def _change(table: sa.TableClause, row_id: int, words: dict[str, Any]) -> None:
    op.get_bind().execute(sa.update(table).where(table.c.id == row_id).values(words))
