"""Transports out of a crisis, and the seats of the households that asked to leave."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import Country, Encrypted, EncryptedJSON, RowId, enum_column


class TransportKind(StrEnum):
    """What people leave by."""

    BUS = "bus"
    FLIGHT = "flight"
    SHIP = "ship"
    CONVOY = "convoy"


class TransportState(StrEnum):
    """`transports.TRANSITIONS` says what may follow what."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    BOARDING = "boarding"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


class Transport(RowKeyed, Base):
    """A bus, flight, ship or convoy out of a country of a crisis, with a number of seats.

    Its words are by language. Whoever knows the meeting point can wait there: it is encrypted.
    """

    __tablename__ = "transports"

    id: Mapped[RowId]
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id"),
        index=True,
    )
    country: Mapped[Country]  # where it departs: people who are there get its seats
    kind: Mapped[TransportKind] = mapped_column(
        enum_column(TransportKind),
    )
    state: Mapped[TransportState] = mapped_column(
        enum_column(TransportState),
        default=TransportState.DRAFT,
    )
    seats: Mapped[int]
    departs_at: Mapped[datetime]
    destinations: Mapped[dict[str, str]] = mapped_column(
        EncryptedJSON("transports.destinations"),
    )
    meeting_points: Mapped[dict[str, str]] = mapped_column(
        EncryptedJSON("transports.meeting_points"),
    )
    luggage: Mapped[dict[str, str]] = mapped_column(
        EncryptedJSON("transports.luggage"),
    )  # what to bring

    # An audit note of one transport must never point at another.
    __table_args__ = ({"sqlite_autoincrement": True},)


class SeatState(StrEnum):
    """`seats.TRANSITIONS` says what may follow what."""

    WAITING = "waiting"
    INVITED = "invited"
    CONFIRMED = "confirmed"
    BOARDED = "boarded"
    ARRIVED = "arrived"
    DECLINED = "declined"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class Seat(RowKeyed, Base):
    """The wish of a household to leave a crisis, and what became of it: one a person and crisis.

    A household takes as many seats of one transport as it has people, or none.
    """

    __tablename__ = "seats"

    id: Mapped[RowId]
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id"),
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    transport_id: Mapped[int | None] = mapped_column(
        ForeignKey("transports.id"),
        index=True,
    )
    state: Mapped[SeatState] = mapped_column(
        enum_column(SeatState),
        default=SeatState.WAITING,
    )
    # How many seats they take. None: as many as the person counted, whatever they say later.
    people: Mapped[int | None]
    asked_at: Mapped[datetime]
    # When the transport was cancelled that they had a seat on: they go before all others.
    returned_at: Mapped[datetime | None]
    goes_first: Mapped[bool] = mapped_column(default=False)  # staff say so
    changed_at: Mapped[datetime]  # when it came into its state
    changed_by: Mapped[str] = mapped_column(
        String(40),
    )  # as in the audit trail: staff:3, person:5
    # Words of staff; the person never sees them.
    papers_missing: Mapped[str | None] = mapped_column(
        Encrypted("seats.papers_missing"),
    )
    needs: Mapped[str | None] = mapped_column(
        Encrypted("seats.needs"),
    )

    # An audit note of a deleted seat must never point at the next one.
    __table_args__ = (
        UniqueConstraint("crisis_id", "person_id"),
        Index("ix_seats_queue", "crisis_id", "state", "asked_at"),
        {"sqlite_autoincrement": True},
    )
