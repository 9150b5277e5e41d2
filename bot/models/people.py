"""People and the addresses we reach them at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.messages import Channel, Form
from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.padding import EncryptedBlocks
from bot.models.types import BlindIndex, Country, Encrypted, EncryptedJSON, RowId, enum_column

# Raise it when keys of the search are made in another way: `tammen migrate` makes them all anew.
SEARCH_VERSION = 2
# Purposes of the cells of the map, the smallest first.
CELL = "cell"
CELL_TENTH = "cell tenth"
CELL_DEGREE = "cell degree"
_IS_LISTED = text("forgotten_at IS NULL AND synthetic IS false")


class Person(RowKeyed, Base):
    """One national (or relative) who wrote to us. A row exists from the first message.

    Coordinates are there twice, both encrypted: `location` exact, `position` rounded to 0.01°
    (about 1 km). The cells of a grid that the position is in are there blind, so that SQL can
    select an audience drawn on a map: `placement.mark` makes them.
    """

    __tablename__ = "people"

    id: Mapped[RowId]
    created_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(
        String(2),
        default="ar",
    )
    language_chosen: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str | None] = mapped_column(
        Encrypted("people.name"),
    )
    phone: Mapped[str | None] = mapped_column(
        Encrypted("people.phone"),
    )
    # Of a number that somebody only typed; an address has its own.
    phone_index: Mapped[str | None] = mapped_column(
        BlindIndex("typed phone"),
        index=True,
    )
    country: Mapped[Country | None] = mapped_column(index=True)
    # `CC/English name`
    city: Mapped[str | None] = mapped_column(
        EncryptedBlocks("people.city"),
    )
    city_index: Mapped[str | None] = mapped_column(
        BlindIndex("city"),
        index=True,
    )
    # "latitude,longitude", rounded
    position: Mapped[str | None] = mapped_column(
        EncryptedBlocks("people.position"),
    )
    # Of 0.01°, 0.1° and 1°.
    cell: Mapped[str | None] = mapped_column(
        BlindIndex(CELL),
        index=True,
    )
    cell_tenth: Mapped[str | None] = mapped_column(
        BlindIndex(CELL_TENTH),
        index=True,
    )
    cell_degree: Mapped[str | None] = mapped_column(
        BlindIndex(CELL_DEGREE),
        index=True,
    )
    # "latitude,longitude"
    location: Mapped[str | None] = mapped_column(
        Encrypted("people.location"),
    )
    # The person's own words for a place that no gazetteer knows: a camp, a street.
    place_words: Mapped[str | None] = mapped_column(
        Encrypted("people.place_words"),
    )
    # The country they are on their way to, out of the area of a crisis.
    bound_for: Mapped[Country | None]
    # When the person last told or confirmed the place.
    placed_at: Mapped[datetime | None]
    # Of that place, an IANA name.
    timezone: Mapped[str | None] = mapped_column(
        String(40),
    )
    # When something changed that decides which audiences they are in.
    changed_at: Mapped[datetime | None] = mapped_column(index=True)
    # People with them, themselves included.
    party_size: Mapped[int | None]
    consented_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    # They said STOP: no broadcasts until START.
    stopped_at: Mapped[datetime | None]
    # They asked not to be called: somebody may hear it.
    no_calls_at: Mapped[datetime | None]
    # Made up by `tammen seed`; `is_counted` says when such people count.
    synthetic: Mapped[bool] = mapped_column(default=False)
    # They asked to be forgotten while a case was open: it happens once the last one is closed.
    erasure_asked_at: Mapped[datetime | None]
    # Erased but for the address the goodbye goes to; retention removes that as well.
    forgotten_at: Mapped[datetime | None]
    # How the keys of the search were made (SEARCH_VERSION); None before they are.
    search_version: Mapped[int | None] = mapped_column(
        SmallInteger,
        default=SEARCH_VERSION,
    )
    # The state of the engine.
    dialogue: Mapped[Any | None] = mapped_column(
        EncryptedJSON("people.dialogue"),
    )

    addresses: Mapped[list[Address]] = relationship(
        back_populates="person",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (
        # Lists read a country from an index alone, in the order in which people are listed: by
        # urgency, or by place.
        Index(
            "ix_people_country_placed_at",
            "country",
            "placed_at",
            "id",
            postgresql_include=["stopped_at"],
            postgresql_where=_IS_LISTED,
        ),
        Index(
            "ix_people_country_city",
            "country",
            "city_index",
            "id",
            postgresql_include=["placed_at", "stopped_at"],
            postgresql_where=_IS_LISTED,
        ),
        # A signed link or an audit note of an erased person must never point at the next one:
        # SQLite must not use a number twice.
        {"sqlite_autoincrement": True},
    )


def is_counted(drill: bool, real_people: bool = True) -> ColumnElement[bool]:
    """Say in SQL whether a person counts: synthetic people in a drill only.

    Real people count everywhere, but not in a drill that does not ask them (`real_people`). Every
    board, audience, estimate and figure asks this.
    """
    if not drill:
        return Person.synthetic.is_(False)
    return true() if real_people else Person.synthetic.is_(True)


class JoinRequest(RowKeyed, Base):
    """A wish to join an older record, which waits for the code that its address got.

    `confirmed_at` is when the person wrote the code, where staff join the records.
    """

    __tablename__ = "join_requests"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    code: Mapped[str] = mapped_column(
        Encrypted("join_requests.code"),
    )
    asked_at: Mapped[datetime]
    attempts_left: Mapped[int]
    confirmed_at: Mapped[datetime | None]


class NameWord(Base):
    """A key of a person's name, blind, for the search: a part of it in its one spelling.

    Or the beginning of a part (`name_keys` makes them: محمد and Mohamed are one).
    """

    __tablename__ = "name_words"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
    )
    word: Mapped[str] = mapped_column(
        BlindIndex("name"),
        primary_key=True,
    )

    # Both columns, so that the search reads the index alone.
    __table_args__ = (Index("ix_name_words_word", "word", "person_id"),)


class NumberEnding(Base):
    """The last digits, four and more, of a number that a person writes from: blind, for search."""

    __tablename__ = "number_endings"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
    )
    ending: Mapped[str] = mapped_column(
        BlindIndex("number ending"),
        primary_key=True,
    )

    __table_args__ = (Index("ix_number_endings_ending", "ending", "person_id"),)


class TypedEnding(Base):
    """The last digits of a number that somebody typed, blind, under a key of their own.

    Whoever reads the database and types a number must not see whether another record is reached
    by it.
    """

    __tablename__ = "typed_endings"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
    )
    ending: Mapped[str] = mapped_column(
        BlindIndex("typed ending"),
        primary_key=True,
    )

    __table_args__ = (Index("ix_typed_endings_ending", "ending", "person_id"),)


class PersonTag(RowKeyed, Base):
    """A word that staff keep beside a person ("student") to choose audiences by.

    Never anything sensitive. `words` is what it says, `tag` the same to be found by.
    """

    __tablename__ = "person_tags"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
    )
    tag: Mapped[str] = mapped_column(
        BlindIndex("tag"),
        primary_key=True,
    )
    words: Mapped[str] = mapped_column(
        EncryptedBlocks("person_tags.words"),
    )

    __table_args__ = (Index("ix_person_tags_tag", "tag"),)


class Address(RowKeyed, Base):
    """An address of a person on one channel. `index` is `channel:address`, blind."""

    __tablename__ = "addresses"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    channel: Mapped[Channel] = mapped_column(
        enum_column(Channel),
    )
    form: Mapped[Form] = mapped_column(
        enum_column(Form),
    )
    address: Mapped[str] = mapped_column(
        Encrypted("addresses.address"),
    )
    index: Mapped[str] = mapped_column(
        "address_index",
        BlindIndex("address"),
    )
    # The country of a phone number decides what an SMS to it costs.
    region: Mapped[Country | None]
    created_at: Mapped[datetime]
    # When the last message came from it.
    heard_at: Mapped[datetime | None]
    # When it was blocked, opted out or died: we send nothing to it.
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None] = mapped_column(
        String(40),
    )

    person: Mapped[Person] = relationship(back_populates="addresses")

    __table_args__ = (UniqueConstraint("address_index"),)
