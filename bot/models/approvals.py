"""Changes that wait for a second person, and the codes that prove who approves at a shell."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import Country, EncryptedJSON, RowId, enum_column


class ChangeKind(StrEnum):
    """What a change would change; `consular.changes.kinds` has a type for each."""

    POST = "post"
    POST_MOVE = "post_move"
    POST_CLOSING = "post_closing"
    POST_OPENING = "post_opening"
    ACCREDITATION = "accreditation"
    EMERGENCY_NUMBER = "emergency_number"
    CRISIS_NAME = "crisis_name"
    PRICE = "price"
    REACH = "reach"
    NEW_ACCOUNT = "new_account"
    NEW_LINK = "new_link"
    TRANSPORT = "transport"
    ORGANISATION = "organisation"
    ORGANISATION_REMOVAL = "organisation_removal"
    SURVEY = "survey"


class ChangeState(StrEnum):
    """`changes.TRANSITIONS` says what may follow what."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Change(RowKeyed, Base):
    """A change that one person proposed: it has no effect until a second person approves it."""

    __tablename__ = "changes"

    id: Mapped[RowId]
    kind: Mapped[ChangeKind] = mapped_column(
        enum_column(ChangeKind),
    )
    state: Mapped[ChangeState] = mapped_column(
        enum_column(ChangeState),
        default=ChangeState.WAITING,
        index=True,
    )
    subject: Mapped[str] = mapped_column(
        String(40),
    )  # as in the audit trail: post:3
    country: Mapped[Country | None]  # whose post officers may see it
    proposed: Mapped[dict[str, Any]] = mapped_column(
        EncryptedJSON("changes.proposed"),
    )  # as `kinds.to_json` writes it
    proposed_by: Mapped[int] = mapped_column(
        ForeignKey("staff.id"),
    )
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"),
    )
    decided_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_changes_decided", "kind", "decided_at"),)


class StaffCode(Base):
    """A code that an account got on its own page, to approve something at a shell, once."""

    __tablename__ = "staff_codes"

    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )  # a new code takes the place of the one before
    code: Mapped[bytes] = mapped_column(
        LargeBinary(32),
    )  # SHA-256 of the account's number and the digits
    expires_at: Mapped[datetime]
    attempts_left: Mapped[int]
