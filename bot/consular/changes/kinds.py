"""Kinds of change that need a second person, as types; each is kept as JSON until it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import country_reach
from bot.consular.reference.country_reach import Cell
from bot.consular.reference.organisation_entries import Entry
from bot.consular.reference.posts import Fields
from bot.models import ChangeKind, Role


@dataclass(frozen=True, slots=True)
class PostChange:
    """Change what people are told of a post: names, addresses, numbers."""

    post_id: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class PostMove:
    """Move a post to a city (`PL/Warsaw`), tell its people, and take its accounts along."""

    post_id: int
    city: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class PostClosing:
    """Close a post: another one, or the nearest, looks after its people from then on."""

    post_id: int
    successor_id: int | None


@dataclass(frozen=True, slots=True)
class PostOpening:
    """Open a closed post again."""

    post_id: int


@dataclass(frozen=True, slots=True)
class Accrediting:
    """Accredit a post to a country since an ISO day, or end that."""

    post_id: int
    country: str
    source: str
    since: str
    ends: bool


@dataclass(frozen=True, slots=True)
class EmergencyNumbers:
    """Set the numbers that people in a country call first."""

    country: str
    numbers: dict[str, str]  # by column, with `source` and `as_of`


@dataclass(frozen=True, slots=True)
class CrisisName:
    """Let citizens read an officer's own words for a crisis."""

    crisis_id: int
    has_link: bool  # whether a roll call carries reply links


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Change the price of an SMS part; None in millionths of a dollar removes the country's own."""

    country: str
    micros: int | None


@dataclass(frozen=True, slots=True)
class ReachChange:
    """Enter what a country lets through; `as_of` is the ISO day of the source."""

    country: str
    property: str
    value: str
    source: str
    as_of: str

    def cell(self, today: date) -> Cell:
        """Read what was entered. Raises ConsularError."""
        return country_reach.cell(
            self.country,
            self.property,
            self.value,
            self.source,
            self.as_of,
            today,
        )

    async def enter(self, session: AsyncSession, actor: str, now: datetime) -> None:
        """Set the cell, which a second person approved. Raises ConsularError."""
        await country_reach.save(session, self.cell(now.date()), actor, now)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Add an account."""

    email: str
    role: Role
    post_country: str | None
    post_id: int | None = None  # where the country has several


@dataclass(frozen=True, slots=True)
class NewLink:
    """Make a one-time link that sets the password of an account anew."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class TransportWords:
    """Announce a transport to people, or tell them of it in new words.

    `departs_at` is an ISO time in UTC; the words are by language.
    """

    transport_id: int
    departs_at: str
    destinations: dict[str, str]
    meeting_points: dict[str, str]
    luggage: dict[str, str]


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """Enter an organisation abroad (None), or change what people are told of one."""

    organisation_id: int | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class OrganisationRemoval:
    """Remove an organisation from the directory."""

    organisation_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class SurveyOpening:
    """Ask people what a survey asks."""

    survey_id: int


OfPeople = TransportWords | SurveyOpening
SimpleChange = PostChange | CrisisName | PriceChange | ReachChange | NewAccount | NewLink | OfPeople
OrganisationChange = OrganisationEntry | OrganisationRemoval
Change = (
    SimpleChange
    | PostMove
    | PostClosing
    | PostOpening
    | Accrediting
    | EmergencyNumbers
    | OrganisationChange
)

_KINDS: Mapping[ChangeKind, type[Change]] = {
    ChangeKind.POST: PostChange,
    ChangeKind.POST_MOVE: PostMove,
    ChangeKind.POST_CLOSING: PostClosing,
    ChangeKind.POST_OPENING: PostOpening,
    ChangeKind.ACCREDITATION: Accrediting,
    ChangeKind.EMERGENCY_NUMBER: EmergencyNumbers,
    ChangeKind.CRISIS_NAME: CrisisName,
    ChangeKind.PRICE: PriceChange,
    ChangeKind.REACH: ReachChange,
    ChangeKind.NEW_ACCOUNT: NewAccount,
    ChangeKind.NEW_LINK: NewLink,
    ChangeKind.TRANSPORT: TransportWords,
    ChangeKind.ORGANISATION: OrganisationEntry,
    ChangeKind.ORGANISATION_REMOVAL: OrganisationRemoval,
    ChangeKind.SURVEY: SurveyOpening,
}


def kind_of(change: Change) -> ChangeKind:
    """Return the kind under which a change is kept."""
    for kind, type_of_change in _KINDS.items():
        if isinstance(change, type_of_change):
            return kind
    raise TypeError(type(change).__name__)


def to_json(change: Change) -> dict[str, Any]:
    """Write a change for its column."""
    return asdict(change)


def from_json(kind: ChangeKind, written: dict[str, Any]) -> Change:
    """Read a change from its column."""
    columns = dict(written)
    if kind is ChangeKind.NEW_ACCOUNT:
        columns["role"] = Role(columns["role"])
    if kind is ChangeKind.ORGANISATION:
        columns["entry"] = Entry(**columns["entry"])
    return _KINDS[kind](**columns)
