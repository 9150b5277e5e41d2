"""What each country lets through, cell by cell; how people answer an SMS is frozen with its words.

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

PROPERTIES = (
    "sms_two_way",
    "sms_link_ok",
    "sms_government_ok",
    "sms_sender_registered",
    "sms_note",
    "whatsapp",
)
KINDS_BEFORE = ("post", "crisis_name", "price", "new_account", "new_link", "transport")
KINDS = (*KINDS_BEFORE, "reach")


def upgrade() -> None:
    """Add the table and the column. A broadcast of before has no ways: its words stay as sent."""
    one_of = sa.Enum(
        *PROPERTIES,
        name="reachproperty",
        native_enum=False,
        create_constraint=True,
        length=30,
    )
    op.create_table(
        "reach_cells",
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("property", one_of, nullable=False),
        sa.Column("value", sa.String(300), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("country", "property", name=op.f("pk_reach_cells")),
    )
    op.add_column("broadcasts", sa.Column("sms_ways", sa.JSON(), nullable=True))
    _allow_changes(KINDS)


def downgrade() -> None:
    """Forget what countries let through, and the changes that would enter more."""
    op.execute("DELETE FROM changes WHERE kind = 'reach'")
    _allow_changes(KINDS_BEFORE)
    op.drop_column("broadcasts", "sms_ways")
    op.drop_table("reach_cells")


def _allow_changes(kinds: tuple[str, ...]) -> None:
    """Let a change be one of these kinds."""
    quoted = [f"'{kind}'" for kind in kinds]
    with op.batch_alter_table("changes") as batch_op:
        batch_op.drop_constraint(op.f("ck_changes_changekind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_changes_changekind"), f"kind IN ({', '.join(quoted)})"
        )
