"""Situation reports that are kept, how often they are made, and the ground of a post's plan.

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add both tables; no crisis reports by itself yet."""
    hours = sa.Column("sitrep_hours", sa.SmallInteger(), nullable=False, server_default="0")
    op.add_column("crises", hours)
    op.create_table(
        "sitreps",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("made_by", ROW_ID, nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["crisis_id"], ["crises.id"], name=op.f("fk_sitreps_crisis_id_crises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitreps")),
        sa.UniqueConstraint("crisis_id", "number", name=op.f("uq_sitreps_crisis_id_number")),
    )
    kinds = sa.Enum(
        "meeting_point",
        "route",
        name="groundkind",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "grounds",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("post_id", ROW_ID, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("descriptions", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("entered_by", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_grounds_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grounds")),
    )
    op.create_index(op.f("ix_grounds_post_id"), "grounds", ["post_id"])


def downgrade() -> None:
    """Forget the reports and the ground."""
    op.drop_table("grounds")
    op.drop_table("sitreps")
    op.drop_column("crises", "sitrep_hours")
