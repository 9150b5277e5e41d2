"""Those who stay, later questions of a roll call, call lists, and where and how far a crisis is.

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FORMER_ANSWERS = ("safe", "help", "medical", "evacuate")
ANSWERS = (*FORMER_ANSWERS, "staying")


def upgrade() -> None:
    """Let people stay, and let officers call whom no question reached."""
    _allow(ANSWERS)
    op.add_column("crises", sa.Column("ask_again_minutes", sa.SmallInteger(), nullable=True))
    op.add_column(
        "crises",
        sa.Column("phase", sa.SmallInteger(), nullable=False, server_default="1"),
    )
    op.add_column("crises", sa.Column("area", sa.JSON(), nullable=True))
    op.add_column("crises", sa.Column("last_way_out_at", TIME, nullable=True))
    _create_rounds()
    _create_calls()
    _create_entries()


def downgrade() -> None:
    """Forget them. Those who stay are safe, as far as the older version can tell."""
    for table in ("crisis_entries", "calls", "roll_call_rounds"):
        op.drop_table(table)
    for column in ("last_way_out_at", "area", "phase", "ask_again_minutes"):
        op.drop_column("crises", column)
    op.execute("UPDATE check_ins SET status = 'safe' WHERE status = 'staying'")
    _allow(FORMER_ANSWERS)


def _allow(answers: tuple[str, ...]) -> None:
    """Let the database take these answers and no others."""
    quoted = [f"'{answer}'" for answer in answers]
    condition = f"status IN ({', '.join(quoted)})"
    name = op.f("ck_check_ins_checkinstatus")
    with op.batch_alter_table("check_ins") as batch:
        # SQLite forgets the checks of a table that it makes anew.
        if op.get_bind().dialect.name != "sqlite":
            batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, condition)


def _create_rounds() -> None:
    op.create_table(
        "roll_call_rounds",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("broadcast_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["crisis_id"],
            ["crises.id"],
            name=op.f("fk_roll_call_rounds_crisis_id_crises"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name=op.f("fk_roll_call_rounds_broadcast_id_broadcasts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_call_rounds")),
        sa.UniqueConstraint(
            "crisis_id",
            "number",
            name=op.f("uq_roll_call_rounds_crisis_id_number"),
        ),
    )


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("officer_id", ROW_ID, nullable=False),
        sa.Column("listed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["crisis_id"],
            ["crises.id"],
            name=op.f("fk_calls_crisis_id_crises"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_calls_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["staff.id"],
            name=op.f("fk_calls_officer_id_staff"),
        ),
        sa.PrimaryKeyConstraint("crisis_id", "person_id", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_person_id"), "calls", ["person_id"])
    op.create_index(op.f("ix_calls_officer_id"), "calls", ["officer_id"])


def _create_entries() -> None:
    kinds = sa.Enum(
        "note",
        "outcome",
        name="crisisentrykind",
        native_enum=False,
        create_constraint=True,
        length=20,
    )
    op.create_table(
        "crisis_entries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["crisis_id"],
            ["crises.id"],
            name=op.f("fk_crisis_entries_crisis_id_crises"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crisis_entries")),
    )
    op.create_index(op.f("ix_crisis_entries_crisis_id"), "crisis_entries", ["crisis_id"])
