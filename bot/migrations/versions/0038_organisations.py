"""The directory of Libyan organisations abroad, and the changes that enter and remove them.

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    "school",
    "association",
    "student_union",
    "club",
    "cultural_centre",
    "business_network",
    "charity",
    "other",
)
CHANGES_BEFORE = (
    "post",
    "crisis_name",
    "price",
    "new_account",
    "new_link",
    "transport",
    "reach",
    "post_move",
    "post_closing",
    "post_opening",
    "accreditation",
    "emergency_number",
)
NEW_CHANGES = ("organisation", "organisation_removal")


def upgrade() -> None:
    """Add the table, empty."""
    one_of = sa.Enum(
        *KINDS,
        name="organisationkind",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "organisations",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.String(120), nullable=True),
        sa.Column("kind", one_of, nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("descriptions", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("email", sa.String(120), nullable=False),
        sa.Column("website", sa.String(200), nullable=False),
        sa.Column("contact_name", sa.LargeBinary(), nullable=True),
        sa.Column("contact_agreed_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_index(op.f("ix_organisations_country"), "organisations", ["country"])
    _allow_changes((*CHANGES_BEFORE, *NEW_CHANGES))


def downgrade() -> None:
    """Forget the directory, and the changes that only this version knows."""
    changes = sa.table("changes", sa.column("kind", sa.String()))
    op.execute(changes.delete().where(changes.c.kind.in_(NEW_CHANGES)))
    _allow_changes(CHANGES_BEFORE)
    op.drop_table("organisations")


def _allow_changes(kinds: tuple[str, ...]) -> None:
    """Let a change be one of these kinds."""
    quoted = [f"'{kind}'" for kind in kinds]
    with op.batch_alter_table("changes") as batch_op:
        batch_op.drop_constraint(op.f("ck_changes_changekind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_changes_changekind"), f"kind IN ({', '.join(quoted)})"
        )
