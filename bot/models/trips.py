"""Where people live, and their trips: what decides where they are, but is not where they are."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.padding import EncryptedBlocks
from bot.models.types import BigId, Country, RowId, enum_column


class ResidenceSource(StrEnum):
    """How we know where somebody lives."""

    TOLD = "told"  # "I live in Berlin", "I moved to Sfax"
    BEFORE_TRIP = "before_trip"  # where they were when they first told of a trip


class TripEnding(StrEnum):
    """How a trip ended."""

    BACK = "back"  # they said that they are back
    DATE = "date"  # its last day went by
    MOVED = "moved"  # they live where they are now
    CANCELLED = "cancelled"  # they do not travel after all
    REPLACED = "replaced"  # they told it anew
    STAFF = "staff"  # an officer ended it


class Residence(RowKeyed, Base):
    """Where somebody lives: it lasts while they travel. `city` is `CC/English name`."""

    __tablename__ = "residences"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    country: Mapped[Country]
    city: Mapped[str | None] = mapped_column(
        EncryptedBlocks("residences.city"),
    )
    # When they last told or confirmed it.
    told_at: Mapped[datetime]
    source: Mapped[ResidenceSource] = mapped_column(
        enum_column(ResidenceSource),
    )


class Trip(RowKeyed, Base):
    """A trip that somebody told of: planned, under way, or over.

    The days are those of the calendar where the person is. `until` is its last day; None where they
    do not know it. A trip without a country is one of which we know only when it begins.
    """

    __tablename__ = "trips"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    country: Mapped[Country | None]
    # `CC/English name`
    city: Mapped[str | None] = mapped_column(
        EncryptedBlocks("trips.city"),
    )
    begins_on: Mapped[date]
    until: Mapped[date | None]
    # When they told it, or last changed it.
    told_at: Mapped[datetime]
    # When it became where they are.
    began_at: Mapped[datetime | None]
    # When we asked, on its last day, whether they are back.
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ending: Mapped[TripEnding | None] = mapped_column(
        enum_column(TripEnding),
    )
    ended_by: Mapped[int | None] = mapped_column(BigId)  # an account's number

    # An audit note of a deleted trip must never point at the next one.
    __table_args__ = (
        Index("ix_trips_person", "person_id", "ended_at"),
        Index("ix_trips_country", "country", "begins_on"),
        {"sqlite_autoincrement": True},
    )
