"""Keys that are replaced: how far a rotation came, and a key of their own for typed numbers.

Indexes of typed numbers are made after the migration, with the keys of the search.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables, and the id of a group, from which its index can be made anew."""
    op.create_table(
        "key_rotations",
        sa.Column("part", sa.String(63), nullable=False),
        sa.Column("key_id", sa.String(1), nullable=False),
        sa.Column("cursor", ROW_ID, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_key_rotations")),
    )
    op.create_table(
        "typed_endings",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("ending", sa.LargeBinary(17), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_typed_endings_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "ending", name=op.f("pk_typed_endings")),
    )
    op.create_index("ix_typed_endings_ending", "typed_endings", ["ending", "person_id"])
    op.add_column("groups", sa.Column("chat", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Remove what was added. The search of before makes its keys anew."""
    op.drop_column("groups", "chat")
    op.drop_table("typed_endings")
    op.drop_table("key_rotations")
    op.execute("UPDATE people SET search_version = NULL")
