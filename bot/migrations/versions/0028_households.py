"""Who is with a person, what they need, whom to call, and which words they agreed to.

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("consents", "emergency_contacts", "household_needs", "households", "household_members")
# Whoever agreed until now agreed to the first words.
FIRST_CONSENTS = """
INSERT INTO consents (person_id, version, agreed_at)
SELECT id, 1, consented_at FROM people WHERE consented_at IS NOT NULL
"""


def upgrade() -> None:
    """Add the tables, and note which words people agreed to."""
    _add_members()
    _add_households()
    _add_contacts()
    op.create_table(
        "consents",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("agreed_at", TIME, nullable=False),
        _key_to_people("consents"),
        sa.PrimaryKeyConstraint("person_id", "version", name=op.f("pk_consents")),
    )
    op.execute(FIRST_CONSENTS)


def downgrade() -> None:
    """Forget who is with people, and which words they agreed to; that they agreed stays."""
    for table in TABLES:
        op.drop_table(table)


def _add_members() -> None:
    op.create_table(
        "household_members",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("relation", sa.LargeBinary(), nullable=False),
        sa.Column("age", sa.LargeBinary(), nullable=True),
        sa.Column("needs", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", TIME, nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("household_members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_members")),
    )
    op.create_index("ix_household_members_person_id", "household_members", ["person_id"])


def _add_households() -> None:
    op.create_table(
        "households",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("own_needs", sa.LargeBinary(), nullable=True),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("told_at", TIME, nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("households"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_households")),
    )
    op.create_index("ix_households_rank", "households", ["rank", "person_id"])
    op.create_table(
        "household_needs",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("need_index", sa.LargeBinary(36), nullable=False),
        sa.Column("need", sa.LargeBinary(), nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("household_needs"),
        sa.PrimaryKeyConstraint("person_id", "need_index", name=op.f("pk_household_needs")),
    )
    op.create_index("ix_household_needs_need_index", "household_needs", ["need_index"])


def _add_contacts() -> None:
    op.create_table(
        "emergency_contacts",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("relation", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", TIME, nullable=False),
        sa.Column("row_key", sa.LargeBinary(16), nullable=True),
        _key_to_people("emergency_contacts"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_emergency_contacts")),
    )


def _key_to_people(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_people")
    return sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=name, ondelete="CASCADE")
