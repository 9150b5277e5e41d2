"""Exact positions are forgotten of people whom nobody looks after; the square kilometre stays.

Revision: 0035
Follows: 0034
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

FORGET = """
UPDATE people SET location = NULL
WHERE location IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM cases
        WHERE cases.person_id = people.id
            AND (cases.state <> 'closed' OR cases.held_at IS NOT NULL)
    )
"""


def upgrade() -> None:
    """Keep exact positions of people with a case that is open or on hold, and no others."""
    op.execute(FORGET)


def downgrade() -> None:
    """Leave the rows as they are: what was forgotten does not come back."""
