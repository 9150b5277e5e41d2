"""Libyan organisations abroad: the directory that staff keep and people ask for."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import Country, Encrypted, RowId, enum_column


class OrganisationKind(StrEnum):
    """What an organisation is; `organisation_kinds` has the names and the words for each."""

    SCHOOL = "school"
    ASSOCIATION = "association"
    STUDENT_UNION = "student_union"
    CLUB = "club"
    CULTURAL_CENTRE = "cultural_centre"  # mosques, too
    BUSINESS_NETWORK = "business_network"
    CHARITY = "charity"
    OTHER = "other"


class Organisation(RowKeyed, Base):
    """A Libyan organisation abroad, as two people of the staff entered it.

    A field that nobody knows is empty. Only the person responsible is personal data: their name is
    there with their agreement alone, and is encrypted.
    """

    __tablename__ = "organisations"

    id: Mapped[RowId]
    country: Mapped[Country] = mapped_column(index=True)
    # `CC/English name` of the gazetteer, to find the nearest.
    city: Mapped[str | None] = mapped_column(String(120))
    kind: Mapped[OrganisationKind] = mapped_column(
        enum_column(OrganisationKind),
    )
    names: Mapped[dict[str, str]]  # by language
    descriptions: Mapped[dict[str, str]] = mapped_column(default=dict)  # by language
    phone: Mapped[str] = mapped_column(
        String(20),
        default="",
    )  # E.164
    email: Mapped[str] = mapped_column(
        String(120),
        default="",
    )
    website: Mapped[str] = mapped_column(
        String(200),
        default="",
    )  # https://…
    contact_name: Mapped[str | None] = mapped_column(
        Encrypted("organisations.contact_name"),
    )
    contact_agreed_on: Mapped[date | None]  # that people are told their name
    source: Mapped[str] = mapped_column(String(300))
    checked_on: Mapped[date]  # the last day on which somebody found out that all this is right
