"""Keys of the search: parts of names in one spelling, and the last digits of numbers.

The keys themselves are made after the migration, from what the keyring decrypts
(`bot.consular.people.search_keys.renew`), slice by slice.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

from bot.models import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the version of keys, and let the index of names serve the search alone."""
    op.add_column("people", sa.Column("search_version", sa.SmallInteger(), nullable=True))
    op.drop_index("ix_name_words_word", table_name="name_words")
    op.create_index("ix_name_words_word", "name_words", ["word", "person_id"])
    op.create_table(
        "number_endings",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("ending", types.BlindIndex("number ending"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_number_endings_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "ending", name=op.f("pk_number_endings")),
    )
    op.create_index("ix_number_endings_ending", "number_endings", ["ending", "person_id"])


def downgrade() -> None:
    """Remove what was added. Names keep keys that the earlier search does not look for."""
    op.drop_table("number_endings")
    op.drop_index("ix_name_words_word", table_name="name_words")
    op.create_index("ix_name_words_word", "name_words", ["word"])
    op.drop_column("people", "search_version")
