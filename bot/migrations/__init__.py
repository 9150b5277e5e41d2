"""The schema and its history (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bot.runtime.database import Database


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


async def migrate(db: Database) -> None:
    """Bring the schema to the newest version; a second call changes nothing."""
    async with db.writer.begin() as connection:
        await connection.run_sync(_upgrade)
