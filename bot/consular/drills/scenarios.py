"""Scenarios of exercises, as YAML files hold them: docs/drills.md.

The file says who is there, how they behave, what happens when, and what has to hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.consular.drills import towns
from bot.consular.reference.places import COUNTRIES
from bot.messages import Form

SHIPPED = Path(__file__).parent / "data" / "scenarios"
MAX_PEOPLE = 20_000
MAX_MINUTES = 600
WHOLE = 100  # percent

Behaviour = Literal[
    "safe_early",
    "safe_late",
    "silent",
    "life",
    "medical",
    "detained",
    "evacuation",
    "rude",
    "wrong_number",
    "for_ten",
    "staying",
    "changes",
    "relative",
]
Tongue = Literal["libyan", "arabizi", "english"]


class ScenarioError(Exception):
    """A file that is no scenario; the message lists every mistake, a line each."""


def _whole(shares: dict[Any, int]) -> dict[Any, int]:
    """Refuse shares that are not 100 percent together."""
    total = sum(shares.values())
    if total != WHOLE:
        raise ValueError(f"the shares are {total} percent together, not {WHOLE}")
    return shares


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(f"{code!r} is not a country code")
    return code


def _town(name: str) -> str:
    if towns.of(name) is None:
        raise ValueError(f"write CC/City as the gazetteer has it, not {name!r}")
    return name


Text = Annotated[str, Field(min_length=1)]
Percent = Annotated[int, Field(ge=0, le=WHOLE)]
Minutes = Annotated[float, Field(ge=0, le=MAX_MINUTES)]
Country = Annotated[str, AfterValidator(_country)]
Town = Annotated[str, AfterValidator(_town)]


class Strict(BaseModel):
    """A part of a file: a key we do not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """The same in both languages."""

    ar: Text
    en: Text

    def by_language(self) -> dict[str, str]:
        """Return the words by the code of their language."""
        return {"ar": self.ar, "en": self.en}


class CrisisPlan(Strict):
    """The crisis that is opened as an exercise, and when the silent are asked again or listed."""

    names: Words
    countries: Annotated[list[Country], Field(min_length=1)]
    ask_again_minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES)]


class PeoplePlan(Strict):
    """How many invented people there are, where, on which screens, and what they write in."""

    number: Annotated[int, Field(ge=1, le=MAX_PEOPLE)]
    cities: Annotated[dict[Town, Percent], AfterValidator(_whole)]
    screens: Annotated[dict[Form, Percent], AfterValidator(_whole)]
    languages: Annotated[dict[Tongue, Percent], AfterValidator(_whole)]


class Message(Strict):
    """What a person writes in an inject."""

    screen: Form
    language: Tongue
    texts: Annotated[list[Text], Field(min_length=1)]


class Inject(Strict):
    """Something that happens at a minute: words for the trainer, and perhaps a message."""

    minute: Annotated[int, Field(ge=0, le=MAX_MINUTES)]
    happens: Words
    do: Words
    watch: Words
    writes: Message | None = None


class OfficersPlan(Strict):
    """The officers who are played where nobody trains, and how quick they are."""

    number: Annotated[int, Field(ge=1, le=50)]
    reaction_minutes: Minutes
    case_minutes: Minutes
    call_minutes: Minutes
    closes: Percent  # of the cases they take
    reaches: Percent  # of the people they call


class Goals(Strict):
    """What has to hold at the end.

    A person is known who answered, or whom a named officer calls or looks after.
    """

    known_percent: Percent
    known_minutes: Minutes
    accounted_percent: Percent
    life_seen_minutes: Minutes  # the longest that one waits
    life_seen_median_minutes: Minutes


class Scenario(Strict):
    """A whole exercise. `minutes` is how long it goes on."""

    title: Words
    minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES)]
    crisis: CrisisPlan
    people: PeoplePlan
    behaviour: Annotated[dict[Behaviour, Percent], AfterValidator(_whole)]
    injects: list[Inject]
    officers: OfficersPlan
    goals: Goals

    @property
    def writers(self) -> list[Inject]:
        """Return the injects that are a message, in their order."""
        return [inject for inject in self.injects if inject.writes is not None]

    def happened(self, minutes: float) -> list[Inject]:
        """Return the injects of the first minutes, in their order."""
        due = [inject for inject in self.injects if inject.minute <= minutes]
        return sorted(due, key=_minute)

    @model_validator(mode="after")
    def check_whole(self) -> Self:
        """Refuse towns outside the crisis, injects after the end, and too few people."""
        for town in self.people.cities:
            country, _, _ = town.partition("/")
            if country not in self.crisis.countries:
                raise ValueError(f"people.cities: {town} is in no country of the crisis")
        for inject in self.injects:
            if inject.minute > self.minutes:
                raise ValueError(f"injects: minute {inject.minute} is after the end")
        if self.people.number < len(self.writers):
            raise ValueError("people.number: there are fewer people than messages in the injects")
        return self


def _minute(inject: Inject) -> int:
    return inject.minute


# --- files ----------------------------------------------------------------------------------------


@cache
def shipped() -> dict[str, Scenario]:
    """Load the scenarios that come with Tammen, by name."""
    scenarios: dict[str, Scenario] = {}
    for path in sorted(SHIPPED.glob("*.yml")):
        scenarios[path.stem] = load(path)
    return scenarios


def find(name: str) -> Path:
    """Return the file of a scenario: one that comes with Tammen is known by its name."""
    own = SHIPPED / f"{name}.yml"
    return own if own.is_file() else Path(name)


def load(path: Path) -> Scenario:
    """Read a scenario. Raises ScenarioError with every mistake, each with its file and line."""
    document = _document(path)
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        mistakes: list[str] = []
        for mistake in error.errors(include_url=False):
            mistakes.append(_mistake(path, document, mistake))
        raise ScenarioError("\n".join(mistakes)) from None


def _document(path: Path) -> Any:
    try:
        document = YAML(typ="rt", pure=True).load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: it is not UTF-8") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{path}:{line}: {error.problem}") from error
    except YAMLError as error:
        raise ScenarioError(f"{path}: {error}") from error
    if not isinstance(document, CommentedMap):
        raise ScenarioError(f"{path}:1: it is no scenario")
    return document


def _mistake(path: Path, document: Any, mistake: Mapping[str, Any]) -> str:
    """Write a mistake of pydantic's: file, line, key, and what is wrong."""
    location = list(mistake["loc"])
    words = mistake["msg"].removeprefix("Value error, ")
    if not location and ": " in words:  # of the whole: it names the key itself
        named, _, _ = words.partition(":")
        return f"{path}:{_line(document, named.split('.'))}: {words}"
    key = ".".join(str(part) for part in location)
    return f"{path}:{_line(document, location)}: {key}: {words}"


def _line(document: Any, location: list[Any]) -> int:
    """Return the line, from 1, of what a location means; that of its whole where it is missing."""
    node = document
    line = 0
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0]
        elif isinstance(node, CommentedSeq) and isinstance(part, int):
            line = node.lc.item(part)[0]
        else:
            break
        node = node[part]
    return line + 1
