"""Posts, the countries that each looks after, who came by its poster; numbers to call first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId, Country, RowId


class Post(Base):
    """An embassy or consulate. A field that nobody filled in is empty; we never invent one."""

    __tablename__ = "posts"

    id: Mapped[RowId]
    country: Mapped[Country] = mapped_column(index=True)
    # `CC/English name` of the gazetteer: where it stands, to find the nearest post.
    city: Mapped[str | None] = mapped_column(String(120))
    names: Mapped[dict[str, str]]  # by language
    street_addresses: Mapped[dict[str, str]] = mapped_column(default=dict)  # by language
    phone: Mapped[str] = mapped_column(
        String(40),
        default="",
    )
    emergency_phone: Mapped[str] = mapped_column(
        String(40),
        default="",
    )
    email: Mapped[str] = mapped_column(
        String(120),
        default="",
    )
    moved_at: Mapped[datetime | None]  # the last time it moved to where it is now
    closed_at: Mapped[datetime | None]
    # Of a closed post: the number of the one that looks after its people.
    successor_id: Mapped[int | None] = mapped_column(BigId)


class PostAccreditation(Base):
    """A country without a post of its own that a post looks after."""

    __tablename__ = "post_accreditations"

    id: Mapped[RowId]
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"),
    )
    country: Mapped[Country] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(200))  # who says so: a decree, a note
    since: Mapped[str] = mapped_column(String(10))  # an ISO day
    # The closed post whose country this is: it ends when that post opens again.
    closed_post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"),
    )

    __table_args__ = (UniqueConstraint("post_id", "country"),)


class PersonPost(Base):
    """The post whose poster brought a person to us."""

    __tablename__ = "person_posts"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"),
        index=True,
    )
    since: Mapped[datetime]


class StaffPost(Base):
    """The one post that an account is of, where its country has several."""

    __tablename__ = "staff_posts"

    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"),
        index=True,
    )


class EmergencyNumber(Base):
    """The numbers of a country for police, ambulance and fire; an empty one is not known."""

    __tablename__ = "emergency_numbers"

    country: Mapped[Country] = mapped_column(primary_key=True)
    general: Mapped[str] = mapped_column(String(10))  # one for everything
    ambulance: Mapped[str] = mapped_column(String(10))
    police: Mapped[str] = mapped_column(String(10))
    fire: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(200))
    as_of: Mapped[str] = mapped_column(String(10))  # an ISO day
