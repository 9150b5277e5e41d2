"""INSERT … ON CONFLICT, which both databases spell alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession


def insert_into(session: AsyncSession, model: Any) -> Any:
    """Return an INSERT that knows ON CONFLICT.

    SQLAlchemy has one class for each database. It is on the table itself, not the mapped class,
    so that no object is made of the row.
    """
    name = session.get_bind().dialect.name
    dialect = postgresql if name == "postgresql" else sqlite
    return dialect.insert(model.__table__)
