"""Second factors of accounts, what sessions tell about themselves, and failed sign-ins.

Everybody signs in anew: no session of before can tell who gave which factor.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FACTORS = ("staff_totps", "staff_passkeys", "staff_recovery_codes")


def upgrade() -> None:
    """End the sessions, and add the tables and columns."""
    op.execute("DELETE FROM staff_sessions")
    op.add_column(
        "staff", sa.Column("failed_sign_ins", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("staff", sa.Column("failed_since", TIME, nullable=True))
    with op.batch_alter_table("staff_sessions") as batch_op:
        batch_op.add_column(sa.Column("verified_at", TIME, nullable=True))
        batch_op.add_column(sa.Column("confirmed_at", TIME, nullable=False))
        batch_op.add_column(sa.Column("browser", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("network", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("challenge", sa.LargeBinary(64), nullable=True))
        batch_op.add_column(sa.Column("new_secret", sa.LargeBinary(), nullable=True))
    _create(
        "staff_totps",
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=False),
        sa.UniqueConstraint("staff_id", name=op.f("uq_staff_totps_staff_id")),
    )
    _create(
        "staff_passkeys",
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(2048), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=False),
        sa.UniqueConstraint("credential_id", name=op.f("uq_staff_passkeys_credential_id")),
    )
    _create(
        "staff_recovery_codes",
        sa.Column("code", sa.LargeBinary(16), nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.UniqueConstraint("code", name=op.f("uq_staff_recovery_codes_code")),
    )
    for table in ("staff_passkeys", "staff_recovery_codes"):
        op.create_index(op.f(f"ix_{table}_staff_id"), table, ["staff_id"])


def _create(table: str, *parts: sa.schema.SchemaItem) -> None:
    """Create a table of an account's factors."""
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("staff_id", ROW_ID, nullable=False),
        *parts,
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    """Forget the factors, and end the sessions that were half open."""
    for table in FACTORS:
        op.drop_table(table)
    op.execute("DELETE FROM staff_sessions WHERE verified_at IS NULL")
    with op.batch_alter_table("staff_sessions") as batch_op:
        for column in (
            "verified_at",
            "confirmed_at",
            "browser",
            "network",
            "challenge",
            "new_secret",
        ):
            batch_op.drop_column(column)
    op.drop_column("staff", "failed_sign_ins")
    op.drop_column("staff", "failed_since")
