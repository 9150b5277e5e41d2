"""What officers do to reach a person of a crisis: calls, what was told, questions sent again.

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("told", "no_answer", "wrong_number", "asked_again")
SOURCES = ("person", "relative", "neighbour", "employer", "hospital", "authority")
MEANS = ("phone", "in_person", "message", "official_list")
INDEXES = {
    "ix_outreach_person": ("person_id", "crisis_id"),
    "ix_outreach_crisis": ("crisis_id", "kind"),
    "ix_outreach_check_in_id": ("check_in_id",),
    "ix_outreach_message_id": ("message_id",),
}


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "outreach",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("kind", _one_of("outreachkind", KINDS), nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("check_in_id", ROW_ID, nullable=True),
        sa.Column("message_id", ROW_ID, nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("source", _one_of("outreachsource", SOURCES), nullable=True),
        sa.Column("relation", sa.String(20), nullable=True),
        sa.Column("means", _one_of("outreachmeans", MEANS), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("undone_by", ROW_ID, nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to("people", "person_id", ondelete="CASCADE"),
        _key_to("crises", "crisis_id"),
        _key_to("check_ins", "check_in_id", ondelete="SET NULL"),
        _key_to("outbound_messages", "message_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
        sqlite_autoincrement=True,
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "outreach", list(columns))


def downgrade() -> None:
    """Forget the attempts; the check-ins stay."""
    op.drop_table("outreach")


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=20)


def _key_to(table: str, column: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_outreach_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)
