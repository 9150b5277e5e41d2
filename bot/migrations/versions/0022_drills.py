"""Drills: whom they ask, the scenario that is played, and the parts of invented people.

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add columns and tables. The drills there are asked real people; each gets a row."""
    for table in ("crises", "broadcasts"):
        op.add_column(
            table,
            sa.Column("real_people", sa.Boolean(), nullable=False, server_default=sa.true()),
        )
    op.create_table(
        "drills",
        sa.Column("crisis_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("scenario", sa.JSON(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("played_at", TIME, nullable=True),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.Column("wiped_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("crisis_id", name=op.f("pk_drills")),
    )
    op.create_table(
        "drill_parts",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_drill_parts_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["crisis_id"],
            ["drills.crisis_id"],
            name=op.f("fk_drill_parts_crisis_id_drills"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_drill_parts")),
    )
    op.create_index(op.f("ix_drill_parts_crisis_id"), "drill_parts", ["crisis_id"])
    op.execute("INSERT INTO drills (crisis_id) SELECT id FROM crises WHERE drill")


def downgrade() -> None:
    """Forget what was played."""
    op.drop_table("drill_parts")
    op.drop_table("drills")
    for table in ("broadcasts", "crises"):
        op.drop_column(table, "real_people")
