"""Columns that nobody read: the audit trail says who follows a feed, and since when.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STAFF_KEY = "fk_cap_feeds_added_by_staff"


def upgrade() -> None:
    """Drop them. Nothing refers to this table, so SQLite may make it anew."""
    with op.batch_alter_table("cap_feeds", schema=None) as batch_op:
        batch_op.drop_constraint(STAFF_KEY, type_="foreignkey")
        batch_op.drop_column("added_by")
        batch_op.drop_column("added_at")


def downgrade() -> None:
    """Add them again; of feeds that are there the first account stands for whoever added them."""
    with op.batch_alter_table("cap_feeds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("added_by", sa.BigInteger(), nullable=True))
    op.execute("UPDATE cap_feeds SET added_at = due_at, added_by = (SELECT min(id) FROM staff)")
    with op.batch_alter_table("cap_feeds", schema=None) as batch_op:
        batch_op.alter_column("added_at", nullable=False)
        batch_op.alter_column("added_by", nullable=False)
        batch_op.create_foreign_key(STAFF_KEY, "staff", ["added_by"], ["id"])
