"""Tables and their enums."""

from bot.models.advisories import (
    TEXT_PARTS,
    Advisory,
    AdvisoryKind,
    AdvisoryState,
    AdvisoryTemplate,
    AdvisoryText,
    AdvisoryVersion,
    CapFeed,
    Category,
    Certainty,
    Severity,
    SmsPrice,
    Texts,
    Urgency,
    texts_from_json,
    texts_to_json,
)
from bot.models.approvals import Change, ChangeKind, ChangeState, StaffCode
from bot.models.base import Base
from bot.models.crises import (
    Call,
    Case,
    CaseKind,
    CaseNote,
    CaseNoteKind,
    CaseOutcome,
    CaseState,
    CheckIn,
    CheckInStatus,
    Crisis,
    CrisisCountry,
    CrisisEntry,
    CrisisEntryKind,
    CrisisState,
    RollCallRound,
)
from bot.models.drills import Drill, DrillPart
from bot.models.erasures import ErasedPerson
from bot.models.evacuation import Seat, SeatState, Transport, TransportKind, TransportState
from bot.models.files import CaseFile, CaseFilePart, FileState
from bot.models.freshness import (
    CommunityEstimate,
    Confirmer,
    PlaceAnswer,
    PlaceConfirmation,
    PlaceQuestion,
    PlaceQuestionKind,
)
from bot.models.household import (
    ConsentGiven,
    EmergencyContact,
    Household,
    HouseholdMember,
    HouseholdNeed,
)
from bot.models.keys import KeyRotation
from bot.models.letters import CaseLetter, LetterDirection, ReadyReply
from bot.models.linking import DistinctPeople, JoinTry, LinkCode, Merge, TryKind
from bot.models.mail import (
    Broadcast,
    BroadcastKind,
    Group,
    InboundMessage,
    InboundState,
    Lane,
    OutboundMessage,
    OutboundState,
)
from bot.models.organisations import Organisation, OrganisationKind
from bot.models.outreach import Outreach, OutreachKind, OutreachMeans, OutreachSource
from bot.models.people import (
    SEARCH_VERSION,
    Address,
    JoinRequest,
    NameWord,
    NumberEnding,
    Person,
    PersonTag,
    TypedEnding,
    is_counted,
)
from bot.models.posts import EmergencyNumber, PersonPost, Post, PostAccreditation, StaffPost
from bot.models.profiles import Profile, ProfileFigure
from bot.models.reach import ReachCell, ReachProperty, SmsWay
from bot.models.reports import Ground, GroundKind, SitRep
from bot.models.sought import MatchVerdict, ReportMatch, SoughtPerson
from bot.models.staff import (
    AuditCheckpoint,
    AuditNote,
    AuditSeal,
    Role,
    Staff,
    StaffLink,
    StaffPasskey,
    StaffRecoveryCode,
    StaffSession,
    StaffTotp,
)
from bot.models.surveys import (
    SignUp,
    SignUpAnswer,
    Survey,
    SurveyAnswer,
    SurveyAsk,
    SurveyCountry,
    SurveyFigure,
    SurveyKind,
    SurveyState,
)
from bot.models.trips import Residence, ResidenceSource, Trip, TripEnding
from bot.models.upkeep import BudgetScope, ReplySpending, RetentionRun, SmsTally, SmsTallyKind
from bot.models.verifying import NO_BROADCAST, Passage, TextOutcome, Verification
from bot.models.wardens import (
    SharedWithWardens,
    Warden,
    WardenNotice,
    WardenNumber,
    WardenReport,
    WardenSharing,
    WardenState,
    WardenTest,
)

__all__ = [
    "NO_BROADCAST", "SEARCH_VERSION", "TEXT_PARTS", "Address", "Advisory", "AdvisoryKind",
    "AdvisoryState", "AdvisoryTemplate", "AdvisoryText", "AdvisoryVersion", "AuditCheckpoint",
    "AuditNote", "AuditSeal", "Base", "Broadcast", "BroadcastKind", "BudgetScope", "Call",
    "CapFeed", "Case", "CaseFile", "CaseFilePart", "CaseKind", "CaseLetter", "CaseNote",
    "CaseNoteKind", "CaseOutcome", "CaseState", "Category", "Certainty", "Change", "ChangeKind",
    "ChangeState", "CheckIn", "CheckInStatus", "CommunityEstimate", "Confirmer", "ConsentGiven",
    "Crisis", "CrisisCountry", "CrisisEntry", "CrisisEntryKind", "CrisisState", "DistinctPeople",
    "Drill", "DrillPart", "EmergencyContact", "EmergencyNumber", "ErasedPerson", "FileState",
    "Ground", "GroundKind", "Group", "Household", "HouseholdMember", "HouseholdNeed",
    "InboundMessage", "InboundState", "JoinRequest", "JoinTry", "KeyRotation", "Lane",
    "LetterDirection", "LinkCode", "MatchVerdict", "Merge", "NameWord", "NumberEnding",
    "Organisation", "OrganisationKind", "OutboundMessage", "OutboundState", "Outreach",
    "OutreachKind", "OutreachMeans", "OutreachSource", "Passage", "Person", "PersonPost",
    "PersonTag", "PlaceAnswer",
    "PlaceConfirmation", "PlaceQuestion", "PlaceQuestionKind", "Post", "PostAccreditation",
    "Profile", "ProfileFigure", "ReachCell", "ReachProperty", "ReadyReply", "ReplySpending",
    "ReportMatch", "Residence", "ResidenceSource", "RetentionRun", "Role", "RollCallRound", "Seat",
    "SeatState", "Severity", "SharedWithWardens", "SignUp", "SignUpAnswer", "SitRep", "SmsPrice",
    "SmsTally", "SmsTallyKind", "SmsWay", "SoughtPerson", "Staff", "StaffCode", "StaffLink",
    "StaffPasskey", "StaffPost", "StaffRecoveryCode", "StaffSession", "StaffTotp", "Survey",
    "SurveyAnswer", "SurveyAsk", "SurveyCountry", "SurveyFigure", "SurveyKind", "SurveyState",
    "TextOutcome", "Texts", "Transport", "TransportKind", "TransportState", "Trip", "TripEnding",
    "TryKind", "TypedEnding", "Urgency", "Verification", "Warden", "WardenNotice", "WardenNumber",
    "WardenReport", "WardenSharing", "WardenState", "WardenTest", "is_counted", "texts_from_json",
    "texts_to_json",
]  # fmt: skip
