"""Wardens: who looks after whom, their tests, and what they report.

Revision: 0036
Follows: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("invited", "active", "declined", "ended")
SHARED = ("nothing", "number")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "wardens",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.LargeBinary(), nullable=True),
        sa.Column("community", sa.LargeBinary(), nullable=True),
        sa.Column("state", _one_of("wardenstate", STATES), nullable=False),
        sa.Column("invited_at", TIME, nullable=False),
        sa.Column("invited_by", ROW_ID, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("agreement", sa.String(10), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to("wardens", "people", "person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wardens")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wardens_person_id", "wardens", ["person_id"])
    op.create_index("ix_wardens_country", "wardens", ["country"])
    _add_work()
    _add_reports()
    op.create_table(
        "warden_sharing",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("shared", _one_of("sharedwithwardens", SHARED), nullable=False),
        sa.Column("chosen_at", TIME, nullable=False),
        _key_to("warden_sharing", "people", "person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_warden_sharing")),
    )


def _add_work() -> None:
    """Add the tests, the numbers of people, and the notices in a crisis."""
    op.create_table(
        "warden_tests",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("warden_id", ROW_ID, nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        _key_to("warden_tests", "wardens", "warden_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warden_tests")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_warden_tests_warden_id", "warden_tests", ["warden_id"])
    op.create_table(
        "warden_numbers",
        sa.Column("keeper_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _key_to("warden_numbers", "people", "keeper_id", ondelete="CASCADE"),
        _key_to("warden_numbers", "people", "person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("keeper_id", "person_id", name=op.f("pk_warden_numbers")),
        sa.UniqueConstraint("keeper_id", "number", name=op.f("uq_warden_numbers_keeper_id_number")),
    )
    op.create_index("ix_warden_numbers_person_id", "warden_numbers", ["person_id"])
    op.create_table(
        "warden_notices",
        sa.Column("warden_id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        _key_to("warden_notices", "wardens", "warden_id", ondelete="CASCADE"),
        _key_to("warden_notices", "crises", "crisis_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("warden_id", "crisis_id", name=op.f("pk_warden_notices")),
    )
    op.create_index("ix_warden_notices_crisis_id", "warden_notices", ["crisis_id"])


def _add_reports() -> None:
    op.create_table(
        "warden_reports",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("warden_id", ROW_ID, nullable=True),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("check_in_id", ROW_ID, nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to("warden_reports", "wardens", "warden_id", ondelete="SET NULL"),
        _key_to("warden_reports", "people", "person_id", ondelete="CASCADE"),
        _key_to("warden_reports", "crises", "crisis_id"),
        _key_to("warden_reports", "check_ins", "check_in_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warden_reports")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_warden_reports_person", "warden_reports", ["person_id", "crisis_id"])
    op.create_index("ix_warden_reports_crisis", "warden_reports", ["crisis_id"])
    op.create_index("ix_warden_reports_check_in_id", "warden_reports", ["check_in_id"])
    op.create_index("ix_warden_reports_warden_id", "warden_reports", ["warden_id"])


def downgrade() -> None:
    """Forget the wardens; the answers that they told stay."""
    for table in (
        "warden_sharing",
        "warden_reports",
        "warden_notices",
        "warden_numbers",
        "warden_tests",
        "wardens",
    ):
        op.drop_table(table)


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=20)


def _key_to(
    table: str,
    other: str,
    column: str,
    ondelete: str | None = None,
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)
