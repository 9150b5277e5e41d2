"""Letters and files of cases, texts that are ready for them, and cases that were joined.

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and what a case knows of its letters."""
    op.add_column("cases", sa.Column("last_letter_at", TIME, nullable=True))
    op.add_column("cases", sa.Column("merged_into", ROW_ID, nullable=True))
    _create_letters()
    _create_files()
    op.create_table(
        "ready_replies",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.Column("saved_by", ROW_ID, nullable=True),
        sa.Column("retired_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_replies")),
    )


def _create_letters() -> None:
    directions = sa.Enum(
        "out",
        "in",
        name="letterdirection",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "case_letters",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("direction", directions, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("outbound_id", ROW_ID, nullable=True),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_letters_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["outbound_id"],
            ["outbound_messages.id"],
            name=op.f("fk_case_letters_outbound_id_outbound_messages"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_letters")),
    )
    op.create_index(op.f("ix_case_letters_case_id"), "case_letters", ["case_id"])
    op.create_index(op.f("ix_case_letters_outbound_id"), "case_letters", ["outbound_id"])
    is_unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_case_letters_unread",
        "case_letters",
        ["case_id"],
        postgresql_where=is_unread,
        sqlite_where=is_unread,
    )


def _create_files() -> None:
    states = sa.Enum(
        "waiting",
        "stored",
        "refused",
        name="filestate",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "case_files",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_files_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_files")),
    )
    op.create_index(op.f("ix_case_files_case_id"), "case_files", ["case_id"])
    op.create_index("ix_case_files_due", "case_files", ["state", "due_at"])
    op.create_table(
        "case_file_parts",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("file_id", ROW_ID, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["case_files.id"],
            name=op.f("fk_case_file_parts_file_id_case_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file_parts")),
    )
    op.create_index(op.f("ix_case_file_parts_file_id"), "case_file_parts", ["file_id"])


def downgrade() -> None:
    """Forget letters, files and texts; a case that was joined stays closed."""
    op.drop_table("ready_replies")
    op.drop_table("case_file_parts")
    op.drop_table("case_files")
    op.drop_table("case_letters")
    op.drop_column("cases", "merged_into")
    op.drop_column("cases", "last_letter_at")
