"""When a case was seen, how it ended, and what officers write on it.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OUTCOMES = (
    "reached_safety",
    "treated",
    "found",
    "released",
    "evacuated",
    "advised",
    "handed_over",
    "unreachable",
    "mistake",
    "died",
)
# Alembic adds no constraint to a table of SQLite; the column brings its own.
ADD_OUTCOME = """
    ALTER TABLE cases ADD COLUMN outcome VARCHAR(20)
    CONSTRAINT ck_cases_caseoutcome CHECK (outcome IN ({outcomes}))
"""


def upgrade() -> None:
    """Add the columns and the notes. A case that somebody took or closed was seen."""
    op.add_column("cases", sa.Column("seen_at", TIME, nullable=True))
    op.add_column("cases", sa.Column("closed_by", ROW_ID, nullable=True))
    quoted = [f"'{outcome}'" for outcome in OUTCOMES]
    op.execute(ADD_OUTCOME.format(outcomes=", ".join(quoted)))
    op.execute("UPDATE cases SET seen_at = coalesce(taken_at, closed_at)")
    kinds = sa.Enum(
        "note",
        "closed",
        "reopened",
        name="casenotekind",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "case_notes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_notes_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index(op.f("ix_case_notes_case_id"), "case_notes", ["case_id"])


def downgrade() -> None:
    """Forget how cases ended, and what officers wrote."""
    op.drop_table("case_notes")
    for column in ("outcome", "closed_by", "seen_at"):
        op.drop_column("cases", column)
