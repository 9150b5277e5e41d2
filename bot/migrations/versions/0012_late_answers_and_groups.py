"""When late answers reached us, when late cries were written, and groups that we spoke to.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("check_ins", sa.Column("received_at", TIME, nullable=True))
    op.add_column("cases", sa.Column("written_at", TIME, nullable=True))
    op.create_table(
        "groups",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("group_index", sa.LargeBinary(16), nullable=False),
        sa.UniqueConstraint("group_index", name=op.f("uq_groups_group_index")),
    )


def downgrade() -> None:
    """Forget both times, and which groups were told."""
    op.drop_table("groups")
    op.drop_column("cases", "written_at")
    op.drop_column("check_ins", "received_at")
