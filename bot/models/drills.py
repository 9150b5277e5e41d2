"""Drills: what invented people play in the crisis of an exercise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId


class Drill(Base):
    """A crisis that is an exercise, and the scenario that is played in it, where there is one.

    The row stays when its crisis is wiped: an audit note of it must never point at the next one.
    """

    __tablename__ = "drills"

    # A crisis's number.
    crisis_id: Mapped[int] = mapped_column(
        BigId,
        primary_key=True,
        autoincrement=False,
    )
    # As its file says it; None without one, and once it is wiped.
    scenario: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True),
    )
    # The same seed plays the same.
    seed: Mapped[int | None]
    # Until when its people have played.
    played_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]


class DrillPart(Base):
    """The part of an invented person in a scenario: the place in its cast, from 0."""

    __tablename__ = "drill_parts"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("drills.crisis_id", ondelete="CASCADE"),
        index=True,
    )
    place: Mapped[int] = mapped_column(SmallInteger)
