"""Staff, their sessions, second factors and one-time links, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import BigId, BlindIndex, Country, Encrypted, RowId, enum_column


class Role(StrEnum):
    """What an account may do; `roles.PERMISSIONS` has the table."""

    ADMIN = "admin"
    HQ_OFFICER = "hq_officer"
    APPROVER = "approver"
    POST_OFFICER = "post_officer"
    AUDITOR = "auditor"


class Staff(RowKeyed, Base):
    """An account of the console. It has no password until somebody uses its one-time link."""

    __tablename__ = "staff"

    id: Mapped[RowId]
    email: Mapped[str] = mapped_column(
        Encrypted("staff.email"),
    )
    email_index: Mapped[str] = mapped_column(
        BlindIndex("email"),
        unique=True,
    )
    role: Mapped[Role] = mapped_column(
        enum_column(Role),
    )
    post_country: Mapped[Country | None]  # of a post_officer
    # The countries that the post is accredited to: `scopes.renew` keeps them.
    accredited_countries: Mapped[list[str]] = mapped_column(
        default=list,
        server_default="[]",
    )
    password: Mapped[str | None] = mapped_column(
        String(120),
    )  # argon2id
    language: Mapped[str | None] = mapped_column(
        String(2),
    )
    created_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]
    failed_sign_ins: Mapped[int] = mapped_column(
        default=0,
        server_default="0",
    )  # since the owner last said that they were seen
    failed_since: Mapped[datetime | None]  # the first of them


class StaffLink(Base):
    """A link that sets a password, once. `staff_id` is None for an installation's first account."""

    __tablename__ = "staff_links"

    id: Mapped[RowId]
    token: Mapped[bytes] = mapped_column(
        LargeBinary(32),
        unique=True,
    )  # SHA-256 of what is in the link
    staff_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
    )
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(RowKeyed, Base):
    """A signed-in browser; a row, so that it can be ended."""

    __tablename__ = "staff_sessions"

    id: Mapped[RowId]
    token: Mapped[bytes] = mapped_column(
        LargeBinary(32),
        unique=True,
    )  # SHA-256 of what is in the cookie
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
        index=True,
    )
    csrf: Mapped[str] = mapped_column(
        String(64),
    )
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]  # None while a second factor is awaited: it opens nothing
    confirmed_at: Mapped[datetime]  # when the owner last gave a password or a second factor
    browser: Mapped[str | None] = mapped_column(
        Encrypted("staff_sessions.browser"),
    )  # coarse: "Firefox, Linux"
    network: Mapped[str | None] = mapped_column(
        Encrypted("staff_sessions.network"),
    )  # coarse: "192.0.2.0/24"
    challenge: Mapped[bytes | None] = mapped_column(
        LargeBinary(64),
    )  # that a passkey must sign, once
    new_secret: Mapped[str | None] = mapped_column(
        Encrypted("staff_sessions.new_secret"),
    )  # of an authenticator app that has not shown a code yet


class StaffTotp(RowKeyed, Base):
    """An authenticator app of an account (RFC 6238)."""

    __tablename__ = "staff_totps"

    id: Mapped[RowId]
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
        unique=True,
    )
    secret: Mapped[str] = mapped_column(
        Encrypted("staff_totps.secret"),
    )  # base32
    last_step: Mapped[int] = mapped_column(
        BigInteger,
    )  # of the newest code that was used: neither it nor an older one works again
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class StaffPasskey(RowKeyed, Base):
    """A passkey of an account (WebAuthn)."""

    __tablename__ = "staff_passkeys"

    id: Mapped[RowId]
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
        index=True,
    )
    credential_id: Mapped[bytes] = mapped_column(
        LargeBinary(1023),
        unique=True,
    )
    public_key: Mapped[bytes] = mapped_column(
        LargeBinary(2048),
    )  # COSE
    sign_count: Mapped[int] = mapped_column(
        BigInteger,
    )
    browser: Mapped[str] = mapped_column(
        Encrypted("staff_passkeys.browser"),
    )  # that made it, as a name for its owner
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class StaffRecoveryCode(Base):
    """A code that stands in for a second factor, once."""

    __tablename__ = "staff_recovery_codes"

    id: Mapped[RowId]
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"),
        index=True,
    )
    code: Mapped[str] = mapped_column(
        BlindIndex("staff.recovery_code"),
        unique=True,
    )
    used_at: Mapped[datetime | None]


class AuditNote(Base):
    """Who did what to whom, and when. `detail` never holds personal data.

    `actor` is `staff:1`, `person:7` or `system`; `subject` is `person:7` or `advisory:3`.
    """

    __tablename__ = "audit_notes"

    id: Mapped[RowId]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(
        String(30),
    )
    action: Mapped[str] = mapped_column(
        String(60),
    )
    subject: Mapped[str] = mapped_column(
        String(40),
    )
    detail: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_audit_notes_subject", "subject", "id"),
        Index("ix_audit_notes_at", "at"),
    )


class AuditSeal(Base):
    """The keyed digest of a note and of the seal before it: nobody changes a note unseen."""

    __tablename__ = "audit_seals"

    id: Mapped[RowId]  # the order of the chain: a note may be committed after later ones
    note_id: Mapped[int] = mapped_column(
        BigId,
        unique=True,
    )
    digest: Mapped[bytes] = mapped_column(
        LargeBinary(32),
    )


class AuditCheckpoint(Base):
    """A note through which all are gone, because they were older than the period.

    `notes` is how many went with it. The keyed digest says that we removed them: without it a gap
    counts as broken.
    """

    __tablename__ = "audit_checkpoints"

    id: Mapped[RowId]
    at: Mapped[datetime]
    note_id: Mapped[int] = mapped_column(BigId)
    notes: Mapped[int]
    digest: Mapped[bytes] = mapped_column(
        LargeBinary(32),
    )
