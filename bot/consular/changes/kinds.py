"""Kinds of change that need a second person, as types; each is kept as JSON until it is decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, assert_never

from bot.consular.reference.posts import Fields
from bot.models import ChangeKind, Role


@dataclass(frozen=True, slots=True)
class PostChange:
    """Change what people are told of a post: names, addresses, numbers."""

    post_id: int
    fields: Fields


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
class NewAccount:
    """Add an account."""

    email: str
    role: Role
    post_country: str | None


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


Change = PostChange | CrisisName | PriceChange | NewAccount | NewLink | TransportWords


def kind_of(change: Change) -> ChangeKind:
    """Return the kind under which a change is kept."""
    match change:
        case PostChange():
            return ChangeKind.POST
        case CrisisName():
            return ChangeKind.CRISIS_NAME
        case PriceChange():
            return ChangeKind.PRICE
        case NewAccount():
            return ChangeKind.NEW_ACCOUNT
        case NewLink():
            return ChangeKind.NEW_LINK
        case TransportWords():
            return ChangeKind.TRANSPORT
        case _:
            assert_never(change)


def to_json(change: Change) -> dict[str, Any]:
    """Write a change for its column."""
    return asdict(change)


def from_json(kind: ChangeKind, written: dict[str, Any]) -> Change:
    """Read a change from its column."""
    match kind:
        case ChangeKind.POST:
            return PostChange(**written)
        case ChangeKind.CRISIS_NAME:
            return CrisisName(**written)
        case ChangeKind.PRICE:
            return PriceChange(**written)
        case ChangeKind.NEW_ACCOUNT:
            return NewAccount(**{**written, "role": Role(written["role"])})
        case ChangeKind.NEW_LINK:
            return NewLink(**written)
        case ChangeKind.TRANSPORT:
            return TransportWords(**written)
        case _:
            assert_never(kind)
