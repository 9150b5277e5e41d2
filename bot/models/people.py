"""People and the addresses they are reached at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.messages import Channel, Form
from bot.models.base import Base
from bot.models.types import BigId, BlindIndex, Encrypted, EncryptedJSON, enum_column


class Person(Base):
    """One national (or relative) who wrote to us. A row exists from the first message; `registered_at` says more.

    Coordinates are kept twice: `location` exact and encrypted, `latitude`/`longitude` rounded to 0.01° (about 1 km)
    so that an audience can be drawn on a map in SQL.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    created_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(2), default="ar")
    language_chosen: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str | None] = mapped_column(Encrypted("people.name"))
    phone: Mapped[str | None] = mapped_column(Encrypted("people.phone"))
    phone_index: Mapped[str | None] = mapped_column(BlindIndex("phone"), index=True)
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    city: Mapped[str | None] = mapped_column(String(120))  # `CC/English name`
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    location: Mapped[str | None] = mapped_column(
        Encrypted("people.location")
    )  # "latitude,longitude"
    placed_at: Mapped[datetime | None]  # when the place was last told or confirmed
    timezone: Mapped[str | None] = mapped_column(String(40))  # of that place, IANA
    changed_at: Mapped[datetime | None] = mapped_column(
        index=True
    )  # of what decides which audiences they are in
    party_size: Mapped[int | None]  # people with them, themselves included
    consented_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]  # said STOP: no broadcasts until START
    synthetic: Mapped[bool] = mapped_column(default=False)  # made by `tammen seed`
    forgotten_at: Mapped[
        datetime | None
    ]  # erased but for the address the goodbye goes to; retention ends it
    dialogue: Mapped[Any | None] = mapped_column(
        EncryptedJSON("people.dialogue")
    )  # the engine's state

    addresses: Mapped[list[Address]] = relationship(
        back_populates="person", cascade="all, delete-orphan", passive_deletes=True
    )

    # A signed link or an audit note of an erased person must never point at the next one: no number twice.
    __table_args__ = (
        Index("ix_people_position", "latitude", "longitude"),
        {"sqlite_autoincrement": True},
    )


class NameWord(Base):
    """A word of a person's name by its skeleton (محمد and Mohamed are one), blind: for search."""

    __tablename__ = "name_words"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    word: Mapped[str] = mapped_column(BlindIndex("name"), primary_key=True)

    __table_args__ = (Index("ix_name_words_word", "word"),)


class PersonTag(Base):
    """A word staff keep beside a person ("student", "pilgrim"), for choosing audiences. Never anything sensitive."""

    __tablename__ = "person_tags"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)

    __table_args__ = (Index("ix_person_tags_tag", "tag"),)


class Address(Base):
    """Where a person is reached on one channel. `index` is `channel:address`, blind."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    form: Mapped[Form] = mapped_column(enum_column(Form))
    address: Mapped[str] = mapped_column(Encrypted("addresses.address"))
    index: Mapped[str] = mapped_column("address_index", BlindIndex("address"))
    region: Mapped[str | None] = mapped_column(
        String(2)
    )  # the country of a phone number: what an SMS to it costs
    created_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]  # the last message from it
    stopped_at: Mapped[datetime | None]  # blocked, opted out or dead: nothing is sent
    stop_reason: Mapped[str | None] = mapped_column(String(40))

    person: Mapped[Person] = relationship(back_populates="addresses")

    __table_args__ = (UniqueConstraint("address_index"),)
