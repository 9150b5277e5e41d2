"""What reports tell of people who are sought, and whom they may be.

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED_COLUMNS = ("last_place", "last_contact", "phone", "source", "record")


def upgrade() -> None:
    """Add both tables."""
    _add_sought_people()
    _add_matches()


def _add_sought_people() -> None:
    sealed = [sa.Column(name, sa.LargeBinary(), nullable=True) for name in SEALED_COLUMNS]
    op.create_table(
        "sought_people",
        sa.Column("case_id", ROW_ID, autoincrement=False, nullable=False),
        *sealed,
        sa.Column("record_index", sa.LargeBinary(17), nullable=True),
        sa.Column("shared_at", TIME, nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_sought_people_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_sought_people")),
    )
    op.create_index(op.f("ix_sought_people_record_index"), "sought_people", ["record_index"])


def _add_matches() -> None:
    verdicts = sa.Enum(
        "confirmed",
        "rejected",
        "undone",
        name="matchverdict",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "report_matches",
        sa.Column("case_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("verdict", verdicts, nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("decided_by", ROW_ID, nullable=False),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("may_tell", sa.Boolean(), nullable=True),
        sa.Column("told_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_report_matches_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_report_matches_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_report_matches")),
    )
    op.create_index(op.f("ix_report_matches_person_id"), "report_matches", ["person_id"])


def downgrade() -> None:
    """Forget what reports told besides their words, and whom they were about."""
    op.drop_table("report_matches")
    op.drop_table("sought_people")
