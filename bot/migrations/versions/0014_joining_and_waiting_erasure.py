"""Records that wait to be joined, people who wait to be forgotten, numbers of cases used once.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the column; SQLite uses no number of a case twice from now on."""
    op.create_table(
        "join_requests",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("other_id", ROW_ID, nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_join_requests_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["people.id"],
            name=op.f("fk_join_requests_other_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_join_requests")),
    )
    op.add_column("people", sa.Column("erasure_asked_at", TIME, nullable=True))
    with op.batch_alter_table(
        "cases", recreate="auto", table_kwargs={"sqlite_autoincrement": True}
    ) as cases:
        cases.alter_column("kind", existing_type=sa.String(20), existing_nullable=False)


def downgrade() -> None:
    """Forget who waits."""
    op.drop_column("people", "erasure_asked_at")
    op.drop_table("join_requests")
