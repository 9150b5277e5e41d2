"""Who is with a person, what each of them needs, and whom to call in an emergency."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.padding import EncryptedBlocks
from bot.models.types import BlindIndex, Encrypted, RowId


class HouseholdMember(RowKeyed, Base):
    """Somebody who is with a person; the person themselves has no row.

    `relation`, `age` and `needs` (with blanks between) are codes of `household_words`.
    """

    __tablename__ = "household_members"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    name: Mapped[str | None] = mapped_column(
        Encrypted("household_members.name"),
    )
    relation: Mapped[str] = mapped_column(
        EncryptedBlocks("household_members.relation"),
    )
    age: Mapped[str | None] = mapped_column(
        EncryptedBlocks("household_members.age"),
    )
    needs: Mapped[str | None] = mapped_column(
        EncryptedBlocks("household_members.needs"),
    )
    told_at: Mapped[datetime]


class Household(RowKeyed, Base):
    """What a person needs themselves, and how early their household is to be looked at.

    `rank` is in clear, so that SQL can sort by it: 0 for nobody in particular, 1 and 2 for a
    household that is looked at first. It says neither who needs something nor what.
    """

    __tablename__ = "households"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    own_needs: Mapped[str | None] = mapped_column(
        EncryptedBlocks("households.own_needs"),
    )
    rank: Mapped[int] = mapped_column(SmallInteger)
    told_at: Mapped[datetime]

    # Both columns, so that a list is sorted from the index alone.
    __table_args__ = (Index("ix_households_rank", "rank", "person_id"),)


class HouseholdNeed(RowKeyed, Base):
    """A need that somebody of a household has, blind, so that SQL can select by it."""

    __tablename__ = "household_needs"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
    )
    need_index: Mapped[str] = mapped_column(
        BlindIndex("household need"),
        primary_key=True,
    )
    need: Mapped[str] = mapped_column(
        EncryptedBlocks("household_needs.need"),
    )

    __table_args__ = (Index("ix_household_needs_need_index", "need_index"),)


class EmergencyContact(RowKeyed, Base):
    """Whom staff call in an emergency when the person does not answer; nobody writes to them.

    The number is no address and has no index: it links nobody to another record.
    """

    __tablename__ = "emergency_contacts"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    name: Mapped[str | None] = mapped_column(
        Encrypted("emergency_contacts.name"),
    )
    relation: Mapped[str | None] = mapped_column(
        EncryptedBlocks("emergency_contacts.relation"),
    )
    phone: Mapped[str] = mapped_column(
        Encrypted("emergency_contacts.phone"),
    )
    told_at: Mapped[datetime]


class ConsentGiven(Base):
    """A version of the words of consent that a person agreed to, and when."""

    __tablename__ = "consents"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
    )
    version: Mapped[int] = mapped_column(
        SmallInteger,
        primary_key=True,
    )
    agreed_at: Mapped[datetime]
