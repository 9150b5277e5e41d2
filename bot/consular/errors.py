"""Refusals a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)


def N_(words: str) -> str:  # noqa: N802  # gettext's own name: marks words for the catalogue
    """The same words; they are translated where they are shown."""
    return words


class ConsularError(Exception):
    """Refused, and nothing was changed. `words` is an English sentence, the console's key for its translation."""

    def __init__(self, words: str, **values: object) -> None:
        super().__init__(words.format(**values))
        self.words = words
        self.values = values


def check_move(transitions: Mapping[S, frozenset[S]], now: S, wanted: S) -> S:
    """The wanted state, when the table allows it. Raises ConsularError."""
    if wanted not in transitions[now]:
        raise ConsularError(
            "It is {now} and cannot become {wanted}.", now=now.value, wanted=wanted.value
        )
    return wanted


class AudienceError(ConsularError):
    """Not an audience; the words say why."""
