"""Changes that wait for a second person, codes for the shell, and what citizens read of a crisis.

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("post", "crisis_name", "price", "new_account", "new_link")
STATES = ("waiting", "approved", "refused", "withdrawn")


def upgrade() -> None:
    """Add the tables and the columns; open crises keep the names that citizens read already."""
    _create_changes()
    op.create_table(
        "staff_codes",
        sa.Column("staff_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_staff_codes_staff_id_staff"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_codes")),
    )
    _extend_crises()


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("country", sa.String(2), nullable=True),
        sa.Column("proposed", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", ROW_ID, nullable=False),
        sa.Column("proposed_at", TIME, nullable=False),
        sa.Column("decided_by", ROW_ID, nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.CheckConstraint(_one_of("kind", KINDS), name=op.f("ck_changes_changekind")),
        sa.CheckConstraint(_one_of("state", STATES), name=op.f("ck_changes_changestate")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["staff.id"], name=op.f("fk_changes_proposed_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_changes_decided_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_state"), "changes", ["state"])
    op.create_index("ix_changes_decided", "changes", ["kind", "decided_at"])


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _extend_crises() -> None:
    """Add columns one by one: a rebuilt table would take the countries of each crisis along."""
    op.add_column(
        "crises", sa.Column("public_names", sa.JSON(), nullable=False, server_default="{}")
    )
    op.execute("UPDATE crises SET public_names = names")
    op.add_column("crises", sa.Column("reviewed_by", ROW_ID, nullable=True))
    op.add_column("crises", sa.Column("reviewed_at", TIME, nullable=True))
    # Who opened a crisis before was seen by nobody: that is over, not to be shown now.
    op.execute("UPDATE crises SET reviewed_at = opened_at")


def downgrade() -> None:
    """Forget what waits, the codes, and what citizens read."""
    for column in ("reviewed_at", "reviewed_by", "public_names"):
        op.drop_column("crises", column)
    op.drop_table("staff_codes")
    op.drop_table("changes")
