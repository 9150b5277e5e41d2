"""Profiles of people of the community, and the figures that are published of them.

Revision: 0037
Follows: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CELL = ["country", "city", "dimension", "code"]


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "profiles",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("consented_at", TIME, nullable=False),
        sa.Column("consent", sa.String(10), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_profiles_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_profiles")),
    )
    op.create_table(
        "profile_figures",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("dimension", sa.String(20), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_figures")),
    )
    op.create_index("ix_profile_figures_cell", "profile_figures", CELL, unique=True)


def downgrade() -> None:
    """Forget the profiles."""
    op.drop_table("profile_figures")
    op.drop_table("profiles")
