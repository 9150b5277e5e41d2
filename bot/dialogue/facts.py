"""What a message can tell or ask for: small types, each with its certainty and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogue.whereabouts import NamedPlace, Whereabouts
from nlu.language.reading import positions
from nlu.language.reading.journeys import Journey
from nlu.language.reading.statements import Matter

GRAVE = frozenset({Matter.DANGER, Matter.HELD, Matter.HURT, Matter.DEAD, Matter.MISSING})
GOOD = frozenset({Matter.FOUND, Matter.WELL})


@dataclass(frozen=True, slots=True)
class Danger:
    """The writer, or somebody with them, is in danger or need. `intent` says of which kind.

    `is_evident`: the words say so, not a model alone. `is_held`: they are detained.
    """

    intent: str
    certainty: float
    text: str
    is_evident: bool = True
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Safe:
    """The writer is safe. `stays`: and stays where they are, whatever others do."""

    certainty: float
    text: str
    is_evident: bool = False
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """The writer may be in danger, or says "safe" in a way that cannot be trusted."""

    certainty: float
    text: str
    is_evident: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """Something about somebody else.

    `relation` is None where the text says no more than "he" or "she"; `matter` is None where it
    does not say what has happened.
    """

    relation: str | None
    matter: Matter | None
    certainty: float
    text: str


@dataclass(frozen=True, slots=True)
class Here:
    """Where the writer is."""

    place: Whereabouts
    text: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A position that cannot be read: off the globe, or behind a link we cannot open."""

    why: positions.Why


@dataclass(frozen=True, slots=True)
class Travel:
    """What the writer says of a trip of theirs, or of where they live; and where that is."""

    journey: Journey
    place: NamedPlace | None


@dataclass(frozen=True, slots=True)
class Party:
    """How many people are with the writer, the writer included."""

    number: int


@dataclass(frozen=True, slots=True)
class Companions:
    """Who is with the writer and what they need, as `households.to_json` writes it."""

    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContactTold:
    """Whom to call in an emergency, in the words of the writer."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """The name of the writer."""

    name: str


@dataclass(frozen=True, slots=True)
class OtherName:
    """The name of somebody else whom the message or the conversation is about."""

    name: str


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number, E.164; or several with a blank between, of which the writer chooses."""

    number: str


@dataclass(frozen=True, slots=True)
class Request:
    """A question or a command, by its intent."""

    intent: str
    certainty: float
    is_exact: bool
    text: str


@dataclass(frozen=True, slots=True)
class YesNo:
    """A yes or a no."""

    is_yes: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """The writer agrees, or does not, that we keep what was told."""

    agrees: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """What was told before is wrong."""

    text: str


@dataclass(frozen=True, slots=True)
class NoCall:
    """The writer must not be called: somebody may hear it."""

    text: str


Fact = (
    Danger
    | Safe
    | Doubt
    | Report
    | Here
    | Unplaced
    | Travel
    | Party
    | Companions
    | ContactTold
    | Name
    | OtherName
    | Phone
    | Request
    | YesNo
    | Consent
    | Correction
    | NoCall
)
