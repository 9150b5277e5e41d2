"""Who was erased, as a number: what a restored backup brings back is erased again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId


class ErasedPerson(Base):
    """The number that a person had, and when they were erased; kept as long as backups live."""

    __tablename__ = "erased_people"

    person_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    erased_at: Mapped[datetime] = mapped_column(index=True)
