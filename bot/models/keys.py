"""How far the database has come under the first key of the ring."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId


class KeyRotation(Base):
    """One walk through a table, which brings what it holds under a key.

    `cursor` is the number of the last row that was done. A walk that was stopped goes on there.
    """

    __tablename__ = "key_rotations"

    part: Mapped[str] = mapped_column(
        String(63),
        primary_key=True,
    )  # a table, or `search keys`
    key_id: Mapped[str] = mapped_column(String(1))
    cursor: Mapped[int] = mapped_column(BigId)
    finished_at: Mapped[datetime | None]
