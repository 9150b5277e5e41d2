"""Who confirmed where a person is, when we asked them, and how many live abroad by estimate."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId, Country, RowId, enum_column


class Confirmer(StrEnum):
    """Who said that a person is still where our record has them."""

    PERSON = "person"
    OFFICER = "officer"


class PlaceConfirmation(Base):
    """The last time that somebody confirmed a person's place without telling another one.

    `at` is the person's `placed_at` until they tell a place again: then that is the newer word.
    """

    __tablename__ = "place_confirmations"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    confirmer: Mapped[Confirmer] = mapped_column(
        enum_column(Confirmer),
    )
    staff_id: Mapped[int | None] = mapped_column(BigId)  # an account's number
    at: Mapped[datetime]


class PlaceQuestionKind(StrEnum):
    """Why a person is asked whether they are still there."""

    HALF_YEAR = "half_year"
    CRISIS_OVER = "crisis_over"


class PlaceAnswer(StrEnum):
    """What a person answered."""

    STILL_THERE = "still_there"
    MOVED = "moved"


class PlaceQuestion(Base):
    """The last time that a person was asked whether they are still where our record has them."""

    __tablename__ = "place_questions"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    kind: Mapped[PlaceQuestionKind] = mapped_column(
        enum_column(PlaceQuestionKind),
    )
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[PlaceAnswer | None] = mapped_column(
        enum_column(PlaceAnswer),
    )

    __table_args__ = (Index("ix_place_questions_asked_at", "asked_at"),)


class CommunityEstimate(Base):
    """How many nationals are thought to live in a country, or in a city of it.

    `city` is `CC/English name`, "" for the whole country. `dated` is the day of the figure.
    """

    __tablename__ = "community_estimates"

    id: Mapped[RowId]
    country: Mapped[Country]
    city: Mapped[str] = mapped_column(
        String(120),
        default="",
    )
    people: Mapped[int]
    source: Mapped[str] = mapped_column(
        String(200),
    )
    dated: Mapped[date] = mapped_column(Date)
    staff_id: Mapped[int] = mapped_column(BigId)  # an account's number
    entered_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("country", "city"),
        # An audit note of a deleted estimate must never point at the next one.
        {"sqlite_autoincrement": True},
    )
