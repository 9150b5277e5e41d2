"""The sender that a reply should leave from is a column of the reply.

Until now it was read from the encrypted message that the reply answers, again for every reply.

Revision: 0006
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

from bot.models import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INBOUND = sa.table(
    "inbound_messages",
    sa.column("id", types.BigId),
    sa.column("content", types.EncryptedJSON("inbound.content")),
)
OUTBOUND = sa.table(
    "outbound_messages",
    sa.column("id", types.BigId),
    sa.column("inbound_id", types.BigId),
    sa.column("state", sa.String),
    sa.column("preferred_sender", sa.String(20)),
)


def upgrade() -> None:
    """Add the column, and fill it for replies that have not left yet."""
    with op.batch_alter_table("outbound_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preferred_sender", sa.String(length=20), nullable=True))
    connection = op.get_bind()
    open_replies = (
        sa.select(OUTBOUND.c.id, INBOUND.c.content)
        .join(INBOUND, INBOUND.c.id == OUTBOUND.c.inbound_id)
        .where(OUTBOUND.c.state.in_(["queued", "sending"]))
    )
    for reply_id, content in connection.execute(open_replies).all():
        sender = content.get("sender")
        if sender:
            fill = sa.update(OUTBOUND).where(OUTBOUND.c.id == reply_id)
            connection.execute(fill.values(preferred_sender=sender))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("outbound_messages", schema=None) as batch_op:
        batch_op.drop_column("preferred_sender")
