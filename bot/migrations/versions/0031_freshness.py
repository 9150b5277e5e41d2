"""Who confirmed a place, when people were asked, and estimates of the communities abroad.

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CONFIRMERS = ("person", "officer")
KINDS = ("half_year", "crisis_over")
ANSWERS = ("still_there", "moved")


def upgrade() -> None:
    """Add the tables. A place that was told before has been confirmed by its person."""
    op.create_table(
        "place_confirmations",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("confirmer", _one_of("confirmer", CONFIRMERS), nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=True),
        sa.Column("at", TIME, nullable=False),
        _key_to_people("place_confirmations"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_place_confirmations")),
    )
    op.create_table(
        "place_questions",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("kind", _one_of("placequestionkind", KINDS), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answer", _one_of("placeanswer", ANSWERS), nullable=True),
        _key_to_people("place_questions"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_place_questions")),
    )
    op.create_index("ix_place_questions_asked_at", "place_questions", ["asked_at"])
    op.create_table(
        "community_estimates",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=False),
        sa.Column("entered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_estimates")),
        sa.UniqueConstraint("country", "city", name=op.f("uq_community_estimates_country_city")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Forget who confirmed and who was asked, and the estimates; the places stay."""
    op.drop_table("community_estimates")
    op.drop_table("place_questions")
    op.drop_table("place_confirmations")


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=20)


def _key_to_people(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_people")
    return sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=name, ondelete="CASCADE")
