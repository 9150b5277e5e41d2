"""The tables that know people, and how their rows go along when two records become one.

It is one list: a test compares it with every key to `people` there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.models import (
    Address,
    Call,
    Case,
    CheckIn,
    ConsentGiven,
    DistinctPeople,
    DrillPart,
    EmergencyContact,
    Household,
    HouseholdMember,
    HouseholdNeed,
    InboundMessage,
    JoinRequest,
    JoinTry,
    LinkCode,
    Merge,
    NameWord,
    NumberEnding,
    OutboundMessage,
    Outreach,
    PersonPost,
    PersonTag,
    PlaceConfirmation,
    PlaceQuestion,
    Profile,
    ReportMatch,
    Residence,
    Seat,
    SeatState,
    SignUp,
    SurveyAnswer,
    SurveyAsk,
    Trip,
    TypedEnding,
    Warden,
    WardenNumber,
    WardenReport,
    WardenSharing,
)

HELD_SEATS = frozenset(
    {SeatState.INVITED, SeatState.CONFIRMED, SeatState.BOARDED, SeatState.ARRIVED}
)


class Way(Enum):
    """How rows go along."""

    MANY = "many"  # all of them, by their numbers
    ONE_EACH = "one each"  # those that the record does not have; its own stay
    DERIVED = "derived"  # made anew from the record (`search_keys`, `household.mark`)
    PASSING = "passing"  # they end with the duplicate


@dataclass(frozen=True, slots=True)
class Carried:
    """A column that names a person, and how its rows go along.

    Of `one_each` rows a person has one: for each crisis, for each report, or at all (none named).
    """

    table: Any
    way: Way
    one_each: tuple[str, ...] = ()
    column: str = "person_id"

    @property
    def name(self) -> str:
        """Name the column in the parts of a merge."""
        return f"{self.table.__tablename__}.{self.column}"

    def key(self, record: Any) -> list[Any]:
        """Return what only one row of a person may have."""
        return [getattr(record, column) for column in self.one_each]


CARRIED = (
    Carried(Address, Way.MANY),
    Carried(CheckIn, Way.MANY),
    Carried(Case, Way.MANY),
    Carried(InboundMessage, Way.MANY),
    Carried(OutboundMessage, Way.MANY),
    Carried(Outreach, Way.MANY),
    Carried(Merge, Way.MANY),
    Carried(Warden, Way.MANY),
    Carried(HouseholdMember, Way.MANY),
    Carried(Trip, Way.MANY),
    Carried(WardenReport, Way.MANY),
    Carried(Call, Way.ONE_EACH, ("crisis_id",)),
    Carried(PersonTag, Way.ONE_EACH, ("words",)),
    Carried(Seat, Way.ONE_EACH, ("crisis_id",)),
    Carried(SurveyAsk, Way.ONE_EACH, ("survey_id",)),
    Carried(SurveyAnswer, Way.ONE_EACH, ("survey_id", "question")),
    Carried(SignUp, Way.ONE_EACH, ("survey_id",)),
    Carried(ReportMatch, Way.ONE_EACH, ("case_id",)),
    Carried(DistinctPeople, Way.ONE_EACH, ("other_id",)),
    Carried(DistinctPeople, Way.ONE_EACH, ("person_id",), column="other_id"),
    Carried(DrillPart, Way.ONE_EACH),
    Carried(ConsentGiven, Way.ONE_EACH, ("version",)),
    Carried(EmergencyContact, Way.ONE_EACH),
    Carried(Household, Way.ONE_EACH),
    Carried(PersonPost, Way.ONE_EACH),
    Carried(PlaceConfirmation, Way.ONE_EACH),
    Carried(PlaceQuestion, Way.ONE_EACH),
    Carried(Profile, Way.ONE_EACH),
    Carried(Residence, Way.ONE_EACH),
    Carried(WardenSharing, Way.ONE_EACH),
    Carried(HouseholdNeed, Way.DERIVED),
    Carried(NameWord, Way.DERIVED),
    Carried(NumberEnding, Way.DERIVED),
    Carried(TypedEnding, Way.DERIVED),
    Carried(JoinRequest, Way.PASSING),
    Carried(JoinRequest, Way.PASSING, column="other_id"),
    Carried(JoinTry, Way.PASSING),
    Carried(JoinTry, Way.PASSING, column="other_id"),
    Carried(LinkCode, Way.PASSING),
    Carried(WardenNumber, Way.PASSING),
    Carried(WardenNumber, Way.PASSING, column="keeper_id"),
)


def of_way(way: Way) -> list[Carried]:
    """Return the columns whose rows go along in a way."""
    return [carried for carried in CARRIED if carried.way is way]


def named(name: str) -> Carried:
    """Return the column of a name in the parts of a merge."""
    for carried in CARRIED:
        if carried.name == name:
            return carried
    raise KeyError(name)


def is_better(record: Any, present: Any) -> bool:
    """Tell whether a row of the duplicate goes before the record's own.

    A seat goes before a wish, and the later word about the place before the earlier.
    """
    match record:
        case Seat():
            return record.state in HELD_SEATS and present.state not in HELD_SEATS
        case PlaceConfirmation():
            return bool(record.at > present.at)
        case PlaceQuestion():
            return bool(record.asked_at > present.asked_at)
        case SignUp() | SurveyAnswer():
            return bool(record.answered_at > present.answered_at)
        case SurveyAsk():
            return record.is_reachable and not present.is_reachable
        case _:
            return False
