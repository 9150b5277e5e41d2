"""Transports out of a crisis, seats on them, and their announcement by two people.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TRANSPORT_KINDS = ("bus", "flight", "ship", "convoy")
TRANSPORT_STATES = ("draft", "announced", "boarding", "departed", "arrived", "cancelled")
SEAT_STATES = (
    "waiting",
    "invited",
    "confirmed",
    "boarded",
    "arrived",
    "declined",
    "missed",
    "withdrawn",
)
CHANGE_KINDS = ("post", "crisis_name", "price", "new_account", "new_link")
# Whoever wants evacuation now waits for a seat, in the order in which they asked.
WAITING = """
    INSERT INTO seats (
        crisis_id, person_id, state, asked_at, goes_first, changed_at, changed_by
    )
    SELECT crisis_id, person_id, 'waiting', max(at), false, max(at), 'system'
    FROM check_ins
    WHERE status = 'evacuate' AND crisis_id IN (SELECT id FROM crises WHERE state = 'open')
    AND person_id IN (SELECT id FROM people WHERE NOT synthetic AND forgotten_at IS NULL)
    GROUP BY crisis_id, person_id
"""


def upgrade() -> None:
    """Add the tables; whoever asked to leave waits for a seat."""
    _create_transports()
    _create_seats()
    op.execute(WAITING)
    _allow_changes((*CHANGE_KINDS, "transport"))


def _create_transports() -> None:
    op.create_table(
        "transports",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("kind", _one_of("transportkind", TRANSPORT_KINDS), nullable=False),
        sa.Column("state", _one_of("transportstate", TRANSPORT_STATES), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("departs_at", TIME, nullable=False),
        sa.Column("destinations", sa.LargeBinary(), nullable=False),
        sa.Column("meeting_points", sa.LargeBinary(), nullable=False),
        sa.Column("luggage", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["crisis_id"],
            ["crises.id"],
            name=op.f("fk_transports_crisis_id_crises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transports")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_transports_crisis_id"), "transports", ["crisis_id"])


def _create_seats() -> None:
    op.create_table(
        "seats",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("crisis_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("transport_id", ROW_ID, nullable=True),
        sa.Column("state", _one_of("seatstate", SEAT_STATES), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("returned_at", TIME, nullable=True),
        sa.Column("goes_first", sa.Boolean(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.String(40), nullable=False),
        sa.Column("papers_missing", sa.LargeBinary(), nullable=True),
        sa.Column("needs", sa.LargeBinary(), nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["crisis_id"],
            ["crises.id"],
            name=op.f("fk_seats_crisis_id_crises"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_seats_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["transport_id"],
            ["transports.id"],
            name=op.f("fk_seats_transport_id_transports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
        sa.UniqueConstraint("crisis_id", "person_id", name=op.f("uq_seats_crisis_id_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_seats_person_id"), "seats", ["person_id"])
    op.create_index(op.f("ix_seats_transport_id"), "seats", ["transport_id"])
    op.create_index("ix_seats_queue", "seats", ["crisis_id", "state", "asked_at"])


def _one_of(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(
        *words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
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
    """Forget transports and seats, and the changes that would announce one."""
    op.execute("DELETE FROM changes WHERE kind = 'transport'")
    _allow_changes(CHANGE_KINDS)
    op.drop_table("seats")
    op.drop_table("transports")
