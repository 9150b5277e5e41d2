"""Advisories with their versions and templates, the prices of SMS, and the CAP feeds of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, get_args

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from bot.messages import Language
from bot.models.base import Base
from bot.models.types import RowId, enum_column


class AdvisoryState(StrEnum):
    """The states of an advisory; `lifecycle.TRANSITIONS` holds the moves between them."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"  # not approved, with a reason
    APPROVED = "approved"  # frozen; the worker begins at once
    SCHEDULED = "scheduled"  # frozen; the worker begins at `valid_from`
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # `valid_until` came before the last recipient had it


class AdvisoryKind(StrEnum):
    """CAP's msgType: a new advisory, or the correction or the withdrawal of another."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"


class Severity(StrEnum):
    """CAP 1.2 `severity`, worst first."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Urgency(StrEnum):
    """CAP 1.2 `urgency`, most urgent first."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """CAP 1.2 `certainty`, most certain first."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class Category(StrEnum):
    """CAP 1.2 `category`."""

    SECURITY = "Security"
    SAFETY = "Safety"
    RESCUE = "Rescue"
    HEALTH = "Health"
    MET = "Met"
    GEO = "Geo"
    FIRE = "Fire"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    ENV = "Env"
    CBRNE = "CBRNE"
    OTHER = "Other"


StaffId = Annotated[int, mapped_column(ForeignKey("staff.id"))]


@dataclass(frozen=True, slots=True)
class AdvisoryText:
    """What an advisory says in one language; `sms` is a shorter text that SMS carries instead."""

    headline: str = ""
    text: str = ""
    instruction: str = ""
    sms: str = ""


TEXT_PARTS = tuple(part.name for part in fields(AdvisoryText))
Texts = Mapping[Language, AdvisoryText]  # has every language we speak


def texts_from_json(stored: Mapping[str, Mapping[str, str]]) -> Texts:
    """Read texts by language; a language without any has empty ones."""
    texts: dict[Language, AdvisoryText] = {}
    for language in get_args(Language):
        texts[language] = AdvisoryText(**stored.get(language, {}))
    return texts


def texts_to_json(texts: Texts) -> dict[str, dict[str, str]]:
    """Write texts by language: `{"ar": {"headline": …, "text": …}, …}`."""
    return {language: asdict(text) for language, text in texts.items()}


class TextsColumn(TypeDecorator[Texts]):
    """A JSON column that holds a text for each language."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, texts: Texts | None, dialect: Dialect) -> Any:
        """Write texts as JSON."""
        if texts is None:
            return None
        return texts_to_json(texts)

    def process_result_value(self, stored: Any, dialect: Dialect) -> Texts | None:
        """Read texts from JSON."""
        if stored is None:
            return None
        return texts_from_json(stored)


class Advisory(Base):
    """A text in every language for an audience. On approval it is frozen into a broadcast.

    `audience` is `{}` while nobody is chosen. `corrects_id` is the advisory that this one corrects
    or withdraws.
    """

    __tablename__ = "advisories"

    id: Mapped[RowId]
    kind: Mapped[AdvisoryKind] = mapped_column(
        enum_column(AdvisoryKind),
        default=AdvisoryKind.ALERT,
    )
    state: Mapped[AdvisoryState] = mapped_column(
        enum_column(AdvisoryState),
        default=AdvisoryState.DRAFT,
        index=True,
    )
    texts: Mapped[Texts] = mapped_column(TextsColumn)
    category: Mapped[Category] = mapped_column(
        enum_column(Category),
        default=Category.SAFETY,
    )
    severity: Mapped[Severity] = mapped_column(
        enum_column(Severity),
        default=Severity.UNKNOWN,
    )
    urgency: Mapped[Urgency] = mapped_column(
        enum_column(Urgency),
        default=Urgency.UNKNOWN,
    )
    certainty: Mapped[Certainty] = mapped_column(
        enum_column(Certainty),
        default=Certainty.UNKNOWN,
    )
    routine: Mapped[bool] = mapped_column(default=False)  # may wait for the day: quiet hours apply
    drill: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[datetime | None]  # goes out then; None: when approved
    valid_until: Mapped[datetime | None]  # nothing goes out after it
    audience: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)  # the number of the latest `AdvisoryVersion`
    corrects_id: Mapped[int | None] = mapped_column(
        ForeignKey("advisories.id"),
        index=True,
    )
    # Of an alert of others: CAP's "sender,identifier,sent"; who signed it and what was not read.
    imported_from: Mapped[str | None] = mapped_column(
        String(500),
        unique=True,
    )
    import_notes: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    created_by: Mapped[StaffId | None]  # None: a feed that is polled
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[StaffId | None]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[StaffId | None]
    return_reason: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[StaffId | None]
    override_reason: Mapped[str | None] = mapped_column(Text)  # one officer alone, in an emergency
    override_seen_at: Mapped[datetime | None]
    override_seen_by: Mapped[StaffId | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[StaffId | None]
    sent_at: Mapped[datetime | None]  # the last recipient left the queue
    broadcast_id: Mapped[int | None] = mapped_column(
        ForeignKey("broadcasts.id"),
        unique=True,
    )

    def headline(self, language: Language) -> str:
        """Return the headline in a language or, while it has none, in any other."""
        in_order = [self.texts[language], *self.texts.values()]
        headlines = [text.headline for text in in_order if text.headline]
        return next(iter(headlines), "")


class AdvisoryVersion(Base):
    """Texts and audience of an advisory as somebody saved them; never changed, never deleted."""

    __tablename__ = "advisory_versions"

    id: Mapped[RowId]
    advisory_id: Mapped[int] = mapped_column(
        ForeignKey("advisories.id", ondelete="CASCADE"),
    )
    number: Mapped[int]
    saved_at: Mapped[datetime]
    saved_by: Mapped[StaffId | None]
    content: Mapped[dict[str, Any]]  # `wording.snapshot` makes it

    __table_args__ = (UniqueConstraint("advisory_id", "number"),)


class AdvisoryTemplate(Base):
    """Texts to begin an advisory from, with the same placeholders (`{place}`) in every language."""

    __tablename__ = "advisory_templates"

    id: Mapped[RowId]
    names: Mapped[dict[str, str]]  # by language
    content: Mapped[dict[str, Any]]  # `texts` by language, `severity` and the like
    saved_at: Mapped[datetime]
    saved_by: Mapped[StaffId | None]


class SmsPrice(Base):
    """What one part of an SMS to the numbers of a country costs; `country` is "" for all others."""

    __tablename__ = "sms_prices"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    micros: Mapped[int]  # millionths of a dollar


class CapFeed(Base):
    """A feed of other people's CAP alerts that the worker polls; new alerts become drafts."""

    __tablename__ = "cap_feeds"

    id: Mapped[RowId]
    url: Mapped[str] = mapped_column(String(500), unique=True)
    minutes: Mapped[int] = mapped_column(default=15)  # between two polls
    due_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    etag: Mapped[str | None] = mapped_column(String(200))
    problem: Mapped[str | None] = mapped_column(String(300))  # why the last poll failed

    __table_args__ = (Index("ix_cap_feeds_due_at", "due_at"),)
