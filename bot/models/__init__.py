"""Tables and their enums."""

from bot.models.advisories import Advisory, AdvisoryState
from bot.models.base import Base
from bot.models.crises import (
    Case,
    CaseKind,
    CaseState,
    CheckIn,
    CheckInStatus,
    Crisis,
    CrisisCountry,
    CrisisState,
    Post,
)
from bot.models.mail import (
    Broadcast,
    BroadcastKind,
    InboundMessage,
    InboundState,
    Lane,
    OutboundMessage,
    OutboundState,
)
from bot.models.people import Address, NameWord, Person
from bot.models.staff import AuditNote, Role, Staff, StaffLink, StaffSession

__all__ = [
    "Address", "Advisory", "AdvisoryState", "AuditNote", "Base", "Broadcast", "BroadcastKind", "Case", "CaseKind",
    "CaseState", "CheckIn", "CheckInStatus", "Crisis", "CrisisCountry", "CrisisState", "InboundMessage", "InboundState",
    "Lane", "NameWord", "OutboundMessage", "OutboundState", "Person", "Post", "Role", "Staff", "StaffLink",
    "StaffSession",
]  # fmt: skip
