"""Words by language: a language is a key in JSON and no longer a part of a column's name.

Revision: 0004
Follows: 0003
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LANGUAGES = ("ar", "en")
PARTS = ("headline", "text", "instruction", "sms")
COLUMNS = tuple(f"{part}_{language}" for part in PARTS for language in LANGUAGES)
NAMES = tuple(f"name_{language}" for language in LANGUAGES)

ADVISORIES = sa.table(
    "advisories",
    sa.column("id", sa.BigInteger()),
    sa.column("texts", sa.JSON()),
    *(sa.column(name, sa.Text()) for name in COLUMNS),
)
TEMPLATES = sa.table(
    "advisory_templates",
    sa.column("id", sa.BigInteger()),
    sa.column("names", sa.JSON()),
    *(sa.column(name, sa.Text()) for name in NAMES),
)


def upgrade() -> None:
    """Move the words of advisories, versions and templates into JSON by language.

    Each statement alters its table in place: SQLite would drop the versions with a table that is
    made anew.
    """
    op.add_column("advisories", sa.Column("texts", sa.JSON(), nullable=False, server_default="{}"))
    for row in _rows(ADVISORIES, COLUMNS):
        texts = _texts(row)
        _change(ADVISORIES, row["id"], {"texts": texts})
    for column in COLUMNS:
        op.drop_column("advisories", column)

    op.add_column(
        "advisory_templates", sa.Column("names", sa.JSON(), nullable=False, server_default="{}")
    )
    for row in _rows(TEMPLATES, NAMES):
        names = {language: row[f"name_{language}"] for language in LANGUAGES}
        _change(TEMPLATES, row["id"], {"names": names})
    for column in NAMES:
        op.drop_column("advisory_templates", column)

    for table in ("advisory_versions", "advisory_templates"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN said TO content")
        for row in _rows(_contents(table), ("content",)):
            _change(_contents(table), row["id"], {"content": _by_language(row["content"])})


def downgrade() -> None:
    """Give every language its columns again."""
    for table in ("advisory_versions", "advisory_templates"):
        for row in _rows(_contents(table), ("content",)):
            _change(_contents(table), row["id"], {"content": _by_column(row["content"])})
        op.execute(f"ALTER TABLE {table} RENAME COLUMN content TO said")

    for column in NAMES:
        length = sa.String(length=120)
        op.add_column(
            "advisory_templates", sa.Column(column, length, nullable=False, server_default="")
        )
    for row in _rows(TEMPLATES, ("names",)):
        names = {f"name_{language}": row["names"].get(language, "") for language in LANGUAGES}
        _change(TEMPLATES, row["id"], names)
    op.drop_column("advisory_templates", "names")

    for column in COLUMNS:
        kind = sa.String(length=200) if column.startswith("headline") else sa.Text()
        op.add_column("advisories", sa.Column(column, kind, nullable=False, server_default=""))
    for row in _rows(ADVISORIES, ("texts",)):
        _change(ADVISORIES, row["id"], _by_column({"texts": row["texts"]}))
    op.drop_column("advisories", "texts")


def _contents(table: str) -> sa.TableClause:
    return sa.table(table, sa.column("id", sa.BigInteger()), sa.column("content", sa.JSON()))


def _rows(table: sa.TableClause, names: tuple[str, ...]) -> Iterator[sa.RowMapping]:
    """Yield the number and some columns of each row."""
    columns = [table.c.id, *(table.c[name] for name in names)]
    rows = op.get_bind().execute(sa.select(*columns).order_by(table.c.id))
    yield from rows.mappings().all()


def _change(table: sa.TableClause, number: int, columns: dict[str, Any]) -> None:
    op.get_bind().execute(sa.update(table).where(table.c.id == number).values(**columns))


def _texts(columns: Any) -> dict[str, dict[str, str]]:
    """Gather the words of columns such as `headline_ar` by language."""
    texts: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        texts[language] = {part: columns.get(f"{part}_{language}") or "" for part in PARTS}
    return texts


def _by_language(said: dict[str, Any]) -> dict[str, Any]:
    """Turn what a version or a template kept by column into words by language."""
    others = {name: said[name] for name in said if name not in COLUMNS}
    return {"texts": _texts(said), **others}


def _by_column(content: dict[str, Any]) -> dict[str, Any]:
    """Turn words by language into columns such as `headline_ar`."""
    said = {name: content[name] for name in content if name != "texts"}
    for language in LANGUAGES:
        text = content["texts"].get(language, {})
        for part in PARTS:
            said[f"{part}_{language}"] = text.get(part, "")
    return said
