"""What each country lets through: whether an SMS arrives there, and an answer comes back."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import enum_column


class ReachProperty(StrEnum):
    """What is known of a country; each has its own source and date."""

    SMS_TWO_WAY = "sms_two_way"  # yes, no (a text arrives, no answer returns), none, unknown
    SMS_LINK_OK = "sms_link_ok"
    SMS_GOVERNMENT_OK = "sms_government_ok"
    SMS_SENDER_REGISTERED = "sms_sender_registered"
    SMS_NOTE = "sms_note"
    WHATSAPP = "whatsapp"


class SmsWay(StrEnum):
    """How somebody with a number of a country can answer a text of ours, the best first."""

    ANSWER = "answer"  # by SMS, and by a link
    PLAIN_ANSWER = "plain_answer"  # by SMS; a text with a link would be refused
    LINK = "link"  # by a link alone
    READ = "read"  # not at all: they can read it
    NOTHING = "nothing"  # nothing may be sent there

    @property
    def variant(self) -> str:
        """Return the key of the words for such a number, among the forms of a broadcast."""
        return f"text:{self.value}"


class ReachCell(Base):
    """One thing that is known of a country: who says so, and as of which day."""

    __tablename__ = "reach_cells"

    country: Mapped[str] = mapped_column(
        String(2),
        primary_key=True,
    )
    property: Mapped[ReachProperty] = mapped_column(
        enum_column(ReachProperty, length=30),
        primary_key=True,
    )
    value: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(300))
    as_of: Mapped[date]
