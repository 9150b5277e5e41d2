"""Lists of a country: indexes in the orders in which its people are listed.

Revision: 0040
Follows: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BY_URGENCY = "ix_people_country_placed_at"
BY_PLACE = "ix_people_country_city"
IS_LISTED = sa.text("forgotten_at IS NULL AND synthetic IS false")


def upgrade() -> None:
    """Add the indexes."""
    op.create_index(
        BY_URGENCY,
        "people",
        ["country", "placed_at", "id"],
        postgresql_include=["stopped_at"],
        postgresql_where=IS_LISTED,
    )
    op.create_index(
        BY_PLACE,
        "people",
        ["country", "city_index", "id"],
        postgresql_include=["placed_at", "stopped_at"],
        postgresql_where=IS_LISTED,
    )


def downgrade() -> None:
    """Remove the indexes."""
    op.drop_index(BY_PLACE, table_name="people")
    op.drop_index(BY_URGENCY, table_name="people")
