"""Is this from you? Passages of broadcasts, counts of the asking; who was erased, as numbers.

The worker reads the passages of earlier broadcasts.

Revision: 0034
Follows: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OUTCOMES = ("current", "corrected", "cancelled", "expired", "changed", "unknown")


def upgrade() -> None:
    """Add the tables, and the mark of replies that go once they have left."""
    _create_passages()
    _create_counts()
    op.create_table(
        "erased_people",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erased_people")),
    )
    op.create_index("ix_erased_people_erased_at", "erased_people", ["erased_at"])
    op.add_column(
        "outbound_messages",
        sa.Column("is_passing", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_outbound_messages_passing",
        "outbound_messages",
        ["id"],
        postgresql_where=sa.text("is_passing"),
        sqlite_where=sa.text("is_passing"),
    )


def _create_passages() -> None:
    op.create_table(
        "passages",
        sa.Column("shingle", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name=op.f("fk_passages_broadcast_id_broadcasts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shingle", "broadcast_id", name=op.f("pk_passages")),
    )
    op.create_index("ix_passages_broadcast_id", "passages", ["broadcast_id"])


def _create_counts() -> None:
    outcome = sa.Enum(
        *OUTCOMES,
        name="textoutcome",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "verifications",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", outcome, nullable=False),
        sa.Column("broadcast_id", ROW_ID, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "outcome", "broadcast_id", name=op.f("pk_verifications")),
    )


def downgrade() -> None:
    """Forget the counts and the numbers of the erased; the broadcasts stay."""
    op.drop_index("ix_outbound_messages_passing", "outbound_messages")
    op.drop_column("outbound_messages", "is_passing")
    op.drop_table("erased_people")
    op.drop_table("verifications")
    op.drop_table("passages")
