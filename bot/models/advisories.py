"""Advisories: what staff tell people, once two of them agree."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId, enum_column


class AdvisoryState(StrEnum):
    """`advisories.TRANSITIONS` says what may follow what."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"


class Advisory(Base):
    """A text in both languages for an audience. On approval it is frozen into a broadcast."""

    __tablename__ = "advisories"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    state: Mapped[AdvisoryState] = mapped_column(enum_column(AdvisoryState), default=AdvisoryState.DRAFT, index=True)
    headline_en: Mapped[str] = mapped_column(String(200))
    headline_ar: Mapped[str] = mapped_column(String(200))
    text_en: Mapped[str] = mapped_column(Text)
    text_ar: Mapped[str] = mapped_column(Text)
    audience: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    sent_at: Mapped[datetime | None]  # the last recipient left the queue
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"), unique=True)
