"""Posts that move and close, the countries they are accredited to, and numbers to call first.

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANGE_KINDS = ("post", "crisis_name", "price", "new_account", "new_link", "transport", "reach")
NEW_KINDS = ("post_move", "post_closing", "post_opening", "accreditation", "emergency_number")


def upgrade() -> None:
    """Add the tables. Every post is open, where it was."""
    op.add_column("posts", sa.Column("city", sa.String(120), nullable=True))
    op.add_column("posts", sa.Column("moved_at", TIME, nullable=True))
    op.add_column("posts", sa.Column("closed_at", TIME, nullable=True))
    op.add_column("posts", sa.Column("successor_id", ROW_ID, nullable=True))
    op.add_column(
        "staff",
        sa.Column("accredited_countries", sa.JSON(), nullable=False, server_default="[]"),
    )
    _create_accreditations()
    _create_person_posts()
    _create_staff_posts()
    _create_emergency_numbers()
    _allow_changes((*CHANGE_KINDS, *NEW_KINDS))


def _create_accreditations() -> None:
    op.create_table(
        "post_accreditations",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("post_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("closed_post_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_post_accreditations_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["closed_post_id"],
            ["posts.id"],
            name=op.f("fk_post_accreditations_closed_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_accreditations")),
        sa.UniqueConstraint(
            "post_id", "country", name=op.f("uq_post_accreditations_post_id_country")
        ),
    )
    op.create_index(op.f("ix_post_accreditations_country"), "post_accreditations", ["country"])


def _create_person_posts() -> None:
    op.create_table(
        "person_posts",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("post_id", ROW_ID, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_person_posts_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_person_posts_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_posts")),
    )
    op.create_index(op.f("ix_person_posts_post_id"), "person_posts", ["post_id"])


def _create_staff_posts() -> None:
    op.create_table(
        "staff_posts",
        sa.Column("staff_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("post_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
            name=op.f("fk_staff_posts_staff_id_staff"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_staff_posts_post_id_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_posts")),
    )
    op.create_index(op.f("ix_staff_posts_post_id"), "staff_posts", ["post_id"])


def _create_emergency_numbers() -> None:
    op.create_table(
        "emergency_numbers",
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("general", sa.String(10), nullable=False),
        sa.Column("ambulance", sa.String(10), nullable=False),
        sa.Column("police", sa.String(10), nullable=False),
        sa.Column("fire", sa.String(10), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_emergency_numbers")),
    )


def _allow_changes(kinds: tuple[str, ...]) -> None:
    """Let a change be one of these kinds."""
    quoted = [f"'{kind}'" for kind in kinds]
    with op.batch_alter_table("changes") as batch_op:
        batch_op.drop_constraint(op.f("ck_changes_changekind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_changes_changekind"), f"kind IN ({', '.join(quoted)})"
        )


def downgrade() -> None:
    """Forget what closed and moved, and the changes that only this version knows."""
    changes = sa.table("changes", sa.column("kind", sa.String()))
    op.execute(changes.delete().where(changes.c.kind.in_(NEW_KINDS)))
    _allow_changes(CHANGE_KINDS)
    for table in ("emergency_numbers", "staff_posts", "person_posts", "post_accreditations"):
        op.drop_table(table)
    op.drop_column("staff", "accredited_countries")
    for column in ("successor_id", "closed_at", "moved_at", "city"):
        op.drop_column("posts", column)
