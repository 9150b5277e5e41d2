"""Whom a case is about, cases of people who are held, and people who must not be called.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS_BEFORE = ("life", "medical", "evacuation", "unclear", "relative", "human", "fault")
KINDS = ("life", "medical", "detained", "evacuation", "unclear", "relative", "human", "fault")
STATES = ("open", "taken", "closed")
KIND_CHECK = "ck_cases_casekind"
STATE_CHECK = "ck_cases_casestate"


def upgrade() -> None:
    """Add the columns and the kind. Nothing refers to this table, so SQLite may make it anew."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("relation", sa.String(20), nullable=True))
        batch_op.add_column(sa.Column("matter", sa.String(20), nullable=True))
        _check_kinds(batch_op, KINDS)
    op.add_column("people", sa.Column("no_calls_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Make cases of held people cases of relatives, and forget whom cases are about."""
    op.execute("UPDATE cases SET kind = 'relative' WHERE kind = 'detained'")
    op.drop_column("people", "no_calls_at")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("matter")
        batch_op.drop_column("relation")
        _check_kinds(batch_op, KINDS_BEFORE)


def _check_kinds(batch_op: BatchOperations, kinds: tuple[str, ...]) -> None:
    """Let the column hold these kinds. SQLite forgets the checks of a table that it makes anew."""
    if op.get_bind().dialect.name == "sqlite":
        batch_op.create_check_constraint(op.f(STATE_CHECK), _one_of("state", STATES))
    else:
        batch_op.drop_constraint(op.f(KIND_CHECK), type_="check")
    batch_op.create_check_constraint(op.f(KIND_CHECK), _one_of("kind", kinds))


def _one_of(column: str, words: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"
