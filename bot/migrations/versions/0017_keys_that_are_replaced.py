"""Keys that are replaced, a key of their own for typed numbers, and values bound to their rows.

Indexes of typed numbers are made after the migration, with the keys of the search. Values that are
there are bound to their rows by `tammen keys rotate`.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

from bot.models.digests import keyring_of
from bot.runtime.keys import BOUND

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
# Encrypted columns with their purposes, by table.
SEALED = {
    "people": {
        "name": "people.name",
        "phone": "people.phone",
        "location": "people.location",
        "place_words": "people.place_words",
        "dialogue": "people.dialogue",
    },
    "join_requests": {"code": "join_requests.code"},
    "addresses": {"address": "addresses.address"},
    "cases": {"about_name": "cases.about_name", "note": "cases.note"},
    "inbound_messages": {"content": "inbound.content"},
    "outbound_messages": {"content": "outbound.content"},
    "groups": {"chat": "groups.chat"},
    "staff": {"email": "staff.email"},
    "staff_sessions": {
        "browser": "staff_sessions.browser",
        "network": "staff_sessions.network",
        "new_secret": "staff_sessions.new_secret",
    },
    "staff_totps": {"secret": "staff_totps.secret"},
    "staff_passkeys": {"browser": "staff_passkeys.browser"},
    "changes": {"proposed": "changes.proposed"},
}
SLICE_ROWS = 2000
RANDOM_BYTES = {
    "sqlite": "randomblob(16)",
    "postgresql": "uuid_send(gen_random_uuid())",
}


def upgrade() -> None:
    """Add the tables, and the id of a group, from which its index can be made anew."""
    op.create_table(
        "key_rotations",
        sa.Column("part", sa.String(63), nullable=False),
        sa.Column("key_id", sa.String(1), nullable=False),
        sa.Column("cursor", ROW_ID, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_key_rotations")),
    )
    op.create_table(
        "typed_endings",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("ending", sa.LargeBinary(17), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_typed_endings_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "ending", name=op.f("pk_typed_endings")),
    )
    op.create_index("ix_typed_endings_ending", "typed_endings", ["ending", "person_id"])
    op.add_column("groups", sa.Column("chat", sa.LargeBinary(), nullable=True))
    random_bytes = RANDOM_BYTES[op.get_bind().dialect.name]
    for table, columns in SEALED.items():
        op.add_column(table, sa.Column("row_key", sa.LargeBinary(16), nullable=True))
        # A row of a broadcast has nothing encrypted.
        is_sealed = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        filling = f"UPDATE {table} SET row_key = {random_bytes} WHERE {is_sealed}"  # noqa: S608
        op.execute(filling)


def downgrade() -> None:
    """Remove what was added. The search of before makes its keys anew."""
    for table, purposes in SEALED.items():
        for column, purpose in purposes.items():
            _unbind(table, column, purpose)
        op.drop_column(table, "row_key")
    op.drop_column("groups", "chat")
    op.drop_table("typed_endings")
    op.drop_table("key_rotations")
    op.execute("UPDATE people SET search_version = NULL")


def _unbind(table: str, column: str, purpose: str) -> None:
    """Encrypt values without the keys of their rows, which go: they would never open again."""
    number = "person_id" if table == "join_requests" else "id"
    rows = sa.table(
        table,
        sa.column(number, ROW_ID),
        sa.column("row_key", sa.LargeBinary),
        sa.column(column, sa.LargeBinary),
    )
    connection = op.get_bind()
    keyring = keyring_of(connection.dialect)
    last = 0
    while True:
        is_next = rows.c[number] > last
        query = sa.select(rows).where(is_next, rows.c[column].is_not(None))
        batch = connection.execute(query.order_by(rows.c[number]).limit(SLICE_ROWS)).all()
        if not batch:
            return
        for row_number, row_key, sealed in batch:
            is_bound = isinstance(sealed, bytes) and sealed.startswith(BOUND)
            if not is_bound:
                continue
            plain = keyring.decrypt(sealed, purpose.encode(), row_key)
            unbound = keyring.encrypt(plain, purpose.encode())
            change = sa.update(rows).where(rows.c[number] == row_number)
            connection.execute(change.values({column: unbound}))
        last = batch[-1][0]
