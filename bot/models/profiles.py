"""What people of the community tell of their work and skills, and the figures made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import Country, EncryptedJSON, RowId


class Profile(RowKeyed, Base):
    """The profile of a person who agreed to have one. `answers` are codes by dimension.

    {"profession": ["health"], "language": ["ar", "it"], "years": 5}: `profile_words` knows them.
    """

    __tablename__ = "profiles"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    consented_at: Mapped[datetime]
    # Which words they agreed to: profile.CONSENT then.
    consent: Mapped[str] = mapped_column(
        String(10),
    )
    changed_at: Mapped[datetime]
    answers: Mapped[dict[str, Any]] = mapped_column(
        EncryptedJSON("profiles.answers"),
    )


class ProfileFigure(Base):
    """A published figure: so many people of a place, at least, gave an answer. Nobody's own data.

    `city` is "" for the whole country, `code` is "" for everybody who answered the dimension.
    """

    __tablename__ = "profile_figures"

    id: Mapped[RowId]
    country: Mapped[Country]
    city: Mapped[str] = mapped_column(
        String(120),
    )
    dimension: Mapped[str] = mapped_column(
        String(20),
    )
    code: Mapped[str] = mapped_column(
        String(20),
    )
    people: Mapped[int]
    published_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_profile_figures_cell", "country", "city", "dimension", "code", unique=True),
    )
