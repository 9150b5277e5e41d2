"""Where people live, and their trips.

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SOURCES = ("told", "before_trip")
ENDINGS = ("back", "date", "moved", "cancelled", "replaced", "staff")
INDEXES = {
    "ix_trips_person": ("person_id", "ended_at"),
    "ix_trips_country": ("country", "begins_on"),
    "ix_trips_ended_at": ("ended_at",),
}


def upgrade() -> None:
    """Add the tables; nobody has told of a trip yet."""
    op.create_table(
        "residences",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", TIME, nullable=False),
        sa.Column("source", _one_of("residencesource", SOURCES), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("residences"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_residences")),
    )
    op.create_table(
        "trips",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=True),
        sa.Column("city", sa.LargeBinary(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("told_at", TIME, nullable=False),
        sa.Column("began_at", TIME, nullable=True),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ending", _one_of("tripending", ENDINGS), nullable=True),
        sa.Column("ended_by", ROW_ID, nullable=True),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("trips"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trips")),
        sqlite_autoincrement=True,
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "trips", list(columns))


def downgrade() -> None:
    """Forget trips and residences; where people are now stays."""
    op.drop_table("trips")
    op.drop_table("residences")


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=20)


def _key_to_people(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_people")
    return sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=name, ondelete="CASCADE")
