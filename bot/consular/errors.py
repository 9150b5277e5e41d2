"""Refusals a person can read, and the kinds of things they name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, assert_never

State = TypeVar("State", bound=StrEnum)


def N_(message: str) -> str:  # noqa: N802  # gettext's own name: marks words for the catalogue
    """Return the same message; the catalogue translates it where a page shows it."""
    return message


@dataclass(frozen=True, slots=True)
class CountryCode:
    """A country by its ISO code. The reader sees its name."""

    code: str

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Term:
    """A word of ours: a state, a part of an advisory. The catalogue translates it.

    Mark the word with `N_`, so that the catalogue has it.
    """

    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Quote:
    """Text that somebody typed, or that stands in a file. The reader sees it as it was written."""

    text: str

    def __str__(self) -> str:
        return self.text


Parameter = int | CountryCode | Term | Quote
"""What a refusal may name: its type says how the reader sees it."""


class ConsularError(Exception):
    """A refusal; nothing was changed.

    `words` is an English sentence, the catalogue's key for its translation.
    """

    def __init__(self, sentence: str, **parameters: Parameter) -> None:
        super().__init__(sentence.format(**parameters))
        self.words = sentence
        self.parameters: Mapping[str, Parameter] = parameters


class AudienceError(ConsularError):
    """A refusal of an audience; the words say why."""


def check_move(transitions: Mapping[State, frozenset[State]], now: State, target: State) -> State:
    """Return the target state when the table allows it. Raises ConsularError."""
    if target not in transitions[now]:
        raise ConsularError(
            "It is {now} and cannot become {target}.",
            now=Term(now.value),
            target=Term(target.value),
        )
    return target


def to_json(error: ConsularError) -> str:
    """Write a refusal as JSON, to be kept in a column and shown later."""
    parameters: dict[str, Any] = {}
    for name, parameter in error.parameters.items():
        parameters[name] = _parameter_to_json(parameter)
    return json.dumps([error.words, parameters], ensure_ascii=False)


def from_json(written: str) -> ConsularError:
    """Read a refusal that `to_json` wrote."""
    sentence, stored = json.loads(written)
    parameters: dict[str, Parameter] = {}
    for name, parameter in stored.items():
        parameters[name] = _parameter_from_json(parameter)
    return ConsularError(sentence, **parameters)


def _parameter_to_json(parameter: Parameter) -> Any:
    match parameter:
        case int():
            return parameter
        case Quote(text):
            return text
        case CountryCode(code):
            return {"country": code}
        case Term(message):
            return {"term": message}
        case _:
            assert_never(parameter)


def _parameter_from_json(written: Any) -> Parameter:
    match written:
        case int():
            return written
        case {"country": str(code)}:
            return CountryCode(code)
        case {"term": str(message)}:
            return Term(message)
        case _:
            return Quote(str(written))
