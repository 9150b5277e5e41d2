"""Reports that are kept as they were made, and what staff enter for the plan of a post."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId, RowId, enum_column


class SitRep(Base):
    """A situation report of a crisis: figures of one moment, never changed, about nobody alone.

    `figures` are `sitrep_figures.Figures`; words are put to them when somebody reads.
    """

    __tablename__ = "sitreps"

    id: Mapped[RowId]
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id"),
    )
    number: Mapped[int] = mapped_column(SmallInteger)  # within the crisis, the first is 1
    at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(BigId)  # an account's number; None: the worker
    figures: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("crisis_id", "number"),)


class GroundKind(StrEnum):
    """What an entry of a plan describes."""

    MEETING_POINT = "meeting_point"
    ROUTE = "route"


class Ground(Base):
    """A meeting point or a route that staff entered for the contingency plan of a post."""

    __tablename__ = "grounds"

    id: Mapped[RowId]
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"),
        index=True,
    )
    kind: Mapped[GroundKind] = mapped_column(
        enum_column(GroundKind),
    )
    descriptions: Mapped[dict[str, str]]  # by language
    at: Mapped[datetime]
    entered_by: Mapped[int] = mapped_column(BigId)  # an account's number
