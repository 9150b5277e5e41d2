"""Merges that can be undone, people who are two, and codes that join two channels.

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("sent", "wrong")
INDEXES = {
    "ix_merges_person_id": ("merges", "person_id"),
    "ix_merges_duplicate_id": ("merges", "duplicate_id"),
    "ix_merges_at": ("merges", "at"),
    "ix_distinct_people_other_id": ("distinct_people", "other_id"),
    "ix_link_codes_code_index": ("link_codes", "code_index"),
    "ix_join_tries_at": ("join_tries", "at"),
    "ix_join_tries_person": ("join_tries", "person_id", "kind", "at"),
    "ix_join_tries_other": ("join_tries", "other_id", "kind", "at"),
}


def upgrade() -> None:
    """Add the tables."""
    _create_merges()
    op.create_table(
        "distinct_people",
        sa.Column("person_id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("other_id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("decided_by", ROW_ID, nullable=False),
        _key_to_people("distinct_people", "person_id"),
        _key_to_people("distinct_people", "other_id"),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_distinct_people")),
    )
    op.create_table(
        "link_codes",
        sa.Column("person_id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(17), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("link_codes", "person_id"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_link_codes")),
    )
    kind = sa.Enum(*KINDS, name="trykind", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "join_tries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("other_id", ROW_ID, nullable=True),
        sa.Column("kind", kind, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _key_to_people("join_tries", "person_id"),
        _key_to_people("join_tries", "other_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_tries")),
    )
    for name, (table, *columns) in INDEXES.items():
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    """Forget how records were joined: they stay one."""
    for table in ("join_tries", "link_codes", "distinct_people", "merges"):
        op.drop_table(table)


def _create_merges() -> None:
    op.create_table(
        "merges",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("duplicate_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=True),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("undone_by", sa.String(40), nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("merges", "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sqlite_autoincrement=True,
    )


def _key_to_people(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_people")
    return sa.ForeignKeyConstraint([column], ["people.id"], name=name, ondelete="CASCADE")
