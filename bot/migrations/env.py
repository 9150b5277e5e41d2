"""The environment of Alembic, which runs with a connection that `migrate` opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from bot.models import Base, types
from bot.models.padding import EncryptedBlocks

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `tammen migrate`; Alembic alone does not know the database")


def render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as models do."""
    if kind != "type":
        return False
    if isinstance(item, types.UTCDateTime):
        return "types.UTCDateTime()"
    if isinstance(item, EncryptedBlocks):
        return f"EncryptedBlocks({item.purpose!r})"
    if isinstance(item, (types.Encrypted, types.EncryptedJSON, types.BlindIndex)):
        return f"types.{type(item).__name__}({item.purpose!r})"
    return False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
