"""Budgets of replies, counts of SMS, runs of the retention, cases on hold, the end of old notes.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SCOPES = ("number", "block", "country", "all")
KINDS = ("reply", "broadcast", "dear", *SCOPES)
DAYS = {
    "sqlite": "date(sent_at)",
    "postgresql": "(sent_at AT TIME ZONE 'UTC')::date",
}
COUNTING = """
    INSERT INTO sms_tallies (day, country, kind, messages, parts)
    SELECT
        DAY,
        coalesce(region, ''),
        CASE WHEN broadcast_id IS NULL THEN 'reply' ELSE 'broadcast' END,
        count(*),
        sum(parts)
    FROM outbound_messages AS message
    LEFT JOIN addresses ON addresses.id = message.address_id
    WHERE message.channel = 'sms' AND sent_at IS NOT NULL AND parts IS NOT NULL
    GROUP BY 1, 2, 3
"""


# A note may go that a checkpoint covers and that is older than a year; no checkpoint changes.
GUARDS = {
    "sqlite": (
        "DROP TRIGGER audit_notes_no_delete",
        (
            "CREATE TRIGGER audit_notes_no_delete BEFORE DELETE ON audit_notes "
            "WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE note_id >= OLD.id) "
            "OR OLD.at > datetime('now', '-1 year') "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        ),
        (
            "CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        ),
        (
            "CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF OLD.at > now() - interval '1 year' "
            "OR NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE note_id >= OLD.id) "
            "THEN RAISE EXCEPTION 'the audit trail is append-only'; END IF; "
            "RETURN OLD; END $$"
        ),
        "DROP TRIGGER audit_notes_append_only ON audit_notes",
        (
            "CREATE TRIGGER audit_notes_append_only BEFORE UPDATE ON audit_notes "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
        (
            "CREATE TRIGGER audit_notes_no_early_removal BEFORE DELETE ON audit_notes "
            "FOR EACH ROW EXECUTE FUNCTION refuse_early_removal()"
        ),
        (
            "CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE "
            "ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    ),
}
FORMER_GUARDS = {
    "sqlite": (
        "DROP TRIGGER audit_notes_no_delete",
        (
            "CREATE TRIGGER audit_notes_no_delete BEFORE DELETE ON audit_notes "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        ),
    ),
    "postgresql": (
        "DROP TRIGGER audit_notes_no_early_removal ON audit_notes",
        "DROP TRIGGER audit_notes_append_only ON audit_notes",
        "DROP FUNCTION refuse_early_removal()",
        (
            "CREATE TRIGGER audit_notes_append_only BEFORE UPDATE OR DELETE ON audit_notes "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    ),
}


def upgrade() -> None:
    """Add the tables and columns, and count the SMS whose rows are still there."""
    op.create_table(
        "reply_spendings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("scope", _one_of("budgetscope", SCOPES), nullable=False),
        sa.Column("scope_key", sa.LargeBinary(17), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("cries", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("told_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_spendings")),
        sa.UniqueConstraint("scope", "scope_key", name=op.f("uq_reply_spendings_scope_scope_key")),
    )
    op.create_index(op.f("ix_reply_spendings_began_at"), "reply_spendings", ["began_at"])
    op.create_table(
        "sms_tallies",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("kind", _one_of("smstallykind", KINDS), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "country", "kind", name=op.f("pk_sms_tallies")),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_index(op.f("ix_retention_runs_at"), "retention_runs", ["at"])
    op.add_column("cases", sa.Column("held_at", TIME, nullable=True))
    op.add_column("cases", sa.Column("held_by", ROW_ID, nullable=True))
    op.add_column("cases", sa.Column("hold_reason", sa.LargeBinary(), nullable=True))
    _count_what_left()
    op.create_table(
        "audit_checkpoints",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("note_id", ROW_ID, nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _one_of(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(
        *words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
    )


def _count_what_left() -> None:
    """Count the parts of the SMS that left, by day and country."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(COUNTING.replace("DAY", DAYS["sqlite" if is_sqlite else "postgresql"]))


def downgrade() -> None:
    """Forget the counts, the runs and the holds; no note goes any more."""
    for statement in FORMER_GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("audit_checkpoints")
    for column in ("hold_reason", "held_by", "held_at"):
        op.drop_column("cases", column)
    op.drop_table("retention_runs")
    op.drop_table("sms_tallies")
    op.drop_table("reply_spendings")
