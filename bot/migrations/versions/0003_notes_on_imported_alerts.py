"""What staff are told of an alert of others: who signed it, which of its places were not
understood.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; empty for what is there."""
    with op.batch_alter_table("advisories", schema=None) as batch_op:
        batch_op.add_column(sa.Column("import_notes", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Takes it away."""
    with op.batch_alter_table("advisories", schema=None) as batch_op:
        batch_op.drop_column("import_notes")
