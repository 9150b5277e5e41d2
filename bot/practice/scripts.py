"""Conversations with the facts expected of them, as YAML files hold them: docs/commands.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.consular.reference import places
from bot.messages import Language
from bot.practice import lines
from bot.practice.lines import LineError, ShareContact, SharePosition

T = TypeVar("T")

Status = Literal["safe", "help", "medical", "evacuate", "staying"]
Kind = Literal[
    "life",
    "medical",
    "detained",
    "evacuation",
    "unclear",
    "relative",
    "human",
    "fault",
]


class ScriptError(Exception):
    """Files that cannot be played; the message lists every mistake, a line each."""


def _as_text(written: object) -> object:
    """Take a bare number of YAML as the text it is."""
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    return written


def _as_list(written: object) -> object:
    """Take a single thing as a list of one."""
    return written if isinstance(written, list) else [written]


def _check_place(place: str) -> str:
    country, separator, city = place.partition("/")
    is_whole = bool(city) or not separator
    if country not in places.COUNTRIES or not is_whole:
        raise ValueError(f"write CC/City or CC, not {place!r}")
    return place


Text = Annotated[str, BeforeValidator(_as_text)]
PlaceCode = Annotated[str, BeforeValidator(_as_text), Field(min_length=2)]
OneOf = Annotated[list[T], BeforeValidator(_as_list), Field(min_length=1)]
ListOf = Annotated[list[T], BeforeValidator(_as_list)]


class Strict(BaseModel):
    """A part of a file: a key we do not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseExpectation(Strict):
    """A case that there must be: one of the kinds, with all these words written in it."""

    kind: OneOf[Kind]
    has: ListOf[Text] = []


class Expectation(Strict):
    """Facts that must hold. Keys that are not in `model_fields_set` say nothing.

    A list means one of them, None means none. The `never_` keys are about every line so far.
    """

    status: OneOf[Status | None] = []
    never_status: OneOf[Status] = []
    place: OneOf[PlaceCode | None] = []
    never_place: OneOf[PlaceCode] = []
    party: OneOf[int | None] = []
    name: OneOf[Text | None] = []
    registered: OneOf[bool] = []
    consented: OneOf[bool] = []
    stopped: OneOf[bool] = []
    forgotten: OneOf[bool] = []
    alarm: bool | None = None
    cases: ListOf[CaseExpectation] = []
    no_cases: ListOf[Kind] = []
    replies_in: OneOf[Language] = []

    @field_validator("place", "never_place")
    @classmethod
    def check_places(cls, codes: list[str | None]) -> list[str | None]:
        """Refuse what is no place."""
        for code in codes:
            if code is not None:
                _check_place(code)
        return codes


class Before(Strict):
    """What is on record of the person before the first line."""

    name: Text | None = None
    place: PlaceCode | None = None
    party: Annotated[int, Field(ge=1, le=99)] | None = None

    @field_validator("place")
    @classmethod
    def check_place(cls, code: str | None) -> str | None:
        """Refuse what is no place."""
        return code if code is None else _check_place(code)


class Script(Strict):
    """A conversation: its lines and what must hold after some of them and at the end."""

    name: Text = Field(min_length=1)
    channel: Literal["telegram", "sms"]
    lang: Language
    why: Text = ""
    before: Before | None = None
    lines: list[Text] = Field(min_length=1)
    after: dict[int, Expectation] = {}
    expect: Expectation = Expectation()

    @model_validator(mode="after")
    def check_lines(self) -> Self:
        """Refuse orders that cannot be played, and expectations after lines that are not there."""
        for number, written in enumerate(self.lines, 1):
            try:
                line = lines.parse(written)
            except LineError as error:
                raise ValueError(f"line {number}: {error}") from None
            if self.channel == "sms" and isinstance(line, ShareContact | SharePosition):
                raise ValueError(f"line {number}: an SMS cannot carry this")
        for number in self.after:
            if not 1 <= number <= len(self.lines):
                raise ValueError(f"after: there is no line {number}")
        return self


_SCRIPTS = TypeAdapter(list[Script])


def load(path: Path) -> list[Script]:
    """Read the conversations of a file. Raises ScriptError."""
    items = _items(path)
    try:
        return _SCRIPTS.validate_python(items)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        written = [_mistake(path, items, mistake) for mistake in mistakes]
        raise ScriptError("\n".join(written)) from None


def _items(path: Path) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ScriptError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"{path}: it is not UTF-8") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError(f"{path}:{line}: {error.problem}") from error
    except YAMLError as error:
        raise ScriptError(f"{path}: {error}") from error


def _mistake(path: Path, items: Any, mistake: Mapping[str, Any]) -> str:
    """Write a mistake of pydantic's: file, conversation, key, and what is wrong."""
    location = list(mistake["loc"])
    parts = [str(path)]
    if location:
        parts.append(_name(items, location[0]))
    key = ".".join(str(part) for part in location[1:])
    if key:
        parts.append(key)
    parts.append(mistake["msg"].removeprefix("Value error, "))
    return ": ".join(parts)


def _name(items: Any, number: int) -> str:
    """Name a conversation, or say which of the file it is."""
    item = items[number]
    if isinstance(item, dict) and item.get("name"):
        return str(item["name"])
    return f"conversation {number + 1}"
