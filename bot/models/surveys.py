"""What staff ask people in chat: who comes to an event, and short surveys; answers and counts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import BigId, Country, Encrypted, RowId, enum_column


class SurveyKind(StrEnum):
    """Whether people sign up for an event, or answer questions."""

    EVENT = "event"
    SURVEY = "survey"


class SurveyState(StrEnum):
    """`surveys.drafts.TRANSITIONS` says what may follow what."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Survey(Base):
    """An event to sign up for, or one to three questions; two people of staff agreed to its words.

    `questions` are [{"words": {language: …}, "answers": [{language: …}, …]}, …], of a survey alone.
    `counts` are what is left of it once it is closed: numbers, and nobody.
    """

    __tablename__ = "surveys"

    id: Mapped[RowId]
    kind: Mapped[SurveyKind] = mapped_column(
        enum_column(SurveyKind),
    )
    state: Mapped[SurveyState] = mapped_column(
        enum_column(SurveyState),
        default=SurveyState.DRAFT,
        index=True,
    )
    titles: Mapped[dict[str, str]]
    venues: Mapped[dict[str, str]]  # of an event
    starts_at: Mapped[datetime | None]  # of an event
    seats: Mapped[int | None] = mapped_column(SmallInteger)  # of an event with a limit
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    audience: Mapped[dict[str, Any]]  # countries, or cities
    ends_at: Mapped[datetime]  # nobody can answer later
    author_id: Mapped[int] = mapped_column(BigId)  # an account's number
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    # An audit note of a deleted survey must never point at the next one.
    __table_args__ = ({"sqlite_autoincrement": True},)


class SurveyCountry(Base):
    """A country whose people a survey asks: its officers see it where all of them are theirs."""

    __tablename__ = "survey_countries"

    survey_id: Mapped[int] = mapped_column(
        ForeignKey("surveys.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    country: Mapped[Country] = mapped_column(primary_key=True)


class SurveyAsk(Base):
    """That a survey came to a person; `is_reachable` is false where no answer could come back."""

    __tablename__ = "survey_asks"

    id: Mapped[RowId]
    survey_id: Mapped[int] = mapped_column(
        ForeignKey("surveys.id", ondelete="CASCADE"),
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    asked_at: Mapped[datetime]
    is_reachable: Mapped[bool]
    # the question itself, while the outbox keeps it
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbound_messages.id", ondelete="SET NULL"),
        index=True,
    )

    __table_args__ = (UniqueConstraint("survey_id", "person_id"),)


class SurveyAnswer(RowKeyed, Base):
    """What a person answered to a question of a survey: the last answer, while it is kept."""

    __tablename__ = "survey_answers"

    id: Mapped[RowId]
    survey_id: Mapped[int] = mapped_column(
        ForeignKey("surveys.id", ondelete="CASCADE"),
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    question: Mapped[int] = mapped_column(SmallInteger)  # from 1
    choice: Mapped[str] = mapped_column(
        Encrypted("survey_answers.choice"),
    )  # the number of the answer, from 1
    answered_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("survey_id", "person_id", "question"),)


class SignUpAnswer(StrEnum):
    """What became of a person's answer to an invitation."""

    COMING = "coming"
    WAITING = "waiting"  # they want to come, and it is full
    NOT_COMING = "not_coming"


class SignUp(Base):
    """Whether a person comes to an event, and with how many others."""

    __tablename__ = "sign_ups"

    id: Mapped[RowId]
    survey_id: Mapped[int] = mapped_column(
        ForeignKey("surveys.id", ondelete="CASCADE"),
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    answer: Mapped[SignUpAnswer] = mapped_column(
        enum_column(SignUpAnswer),
    )
    companions: Mapped[int] = mapped_column(SmallInteger)
    answered_at: Mapped[datetime]
    # Who waits longest is the next in line.
    waits_since: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("survey_id", "person_id"),)


class SurveyFigure(Base):
    """A published figure: so many people of a place, at least, gave an answer. Nobody's own data.

    `country` and `city` are "" for all, `choice` is 0 for everybody who answered the question.
    """

    __tablename__ = "survey_figures"

    id: Mapped[RowId]
    survey_id: Mapped[int] = mapped_column(
        ForeignKey("surveys.id", ondelete="CASCADE"),
    )
    country: Mapped[Country]
    city: Mapped[str] = mapped_column(
        String(120),
    )
    question: Mapped[int] = mapped_column(SmallInteger)
    choice: Mapped[int] = mapped_column(SmallInteger)
    people: Mapped[int]
    published_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "ix_survey_figures_cell",
            "survey_id",
            "country",
            "city",
            "question",
            "choice",
            unique=True,
        ),
    )
