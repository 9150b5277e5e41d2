"""The name of somebody else whom a case is about.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; its text is encrypted."""
    op.add_column("cases", sa.Column("about_name", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Forget the names; the notes hold the words they came from."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("about_name")
