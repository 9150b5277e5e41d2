"""Places in the words of the person, and where somebody is on their way to.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nobody has told such a place yet."""
    op.add_column("people", sa.Column("place_words", sa.LargeBinary(), nullable=True))
    op.add_column("people", sa.Column("bound_for", sa.String(2), nullable=True))


def downgrade() -> None:
    """Forget the words, and who is on their way."""
    op.drop_column("people", "bound_for")
    op.drop_column("people", "place_words")
