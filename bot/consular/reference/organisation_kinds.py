"""The kinds of organisations abroad: their names, and the words by which people ask for them.

`data/organisation_kinds.tsv` has a line for each: code, its name in English and in Arabic, words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.consular.errors import ConsularError, Quote
from bot.messages import Language
from bot.models import OrganisationKind
from bot.text.text import LANGUAGES
from nlu.language.folding import fold, spell, words

TABLE = Path(__file__).parent / "data" / "organisation_kinds.tsv"
MAX_TYPED_CHARS = 40


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of the table; its phrases are folded."""

    english: str
    arabic: str
    phrases: Sequence[str]


@cache
def _table() -> dict[OrganisationKind, _Listed]:
    table: dict[OrganisationKind, _Listed] = {}
    lines = TABLE.read_text("utf-8")
    for line in lines.splitlines():
        code, english, arabic, phrases = line.split("\t")
        kind = OrganisationKind(code)
        table[kind] = _Listed(
            english,
            arabic,
            _folded(phrases),
        )
    return table


def _folded(phrases: str) -> list[str]:
    folded: list[str] = []
    for phrase in phrases.split("|"):
        if phrase:
            folded.append(fold(phrase))
    return folded


def name(
    kind: OrganisationKind,
    language: Language,
) -> str:
    """Name a kind in a language."""
    listed = _table()[kind]
    if language == "ar":
        return listed.arabic
    return listed.english


def named(language: Language) -> list[tuple[OrganisationKind, str]]:
    """List the kinds with their names, for a choice."""
    kinds: list[tuple[OrganisationKind, str]] = []
    for kind in OrganisationKind:
        kind_name = name(kind, language)
        kinds.append((kind, kind_name))
    return kinds


def read(typed: str) -> OrganisationKind:
    """Read a kind by its code, or by its name in either language. Raises ConsularError."""
    folded = fold(typed)
    for kind in OrganisationKind:
        names = [kind.value]
        for language in LANGUAGES:
            kind_name = name(kind, language)
            names.append(fold(kind_name))
        if folded in names:
            return kind
    codes = ", ".join(OrganisationKind)
    raise ConsularError(
        "{kind} is no kind of organisation: it is one of {kinds}.",
        kind=Quote(typed[:MAX_TYPED_CHARS]),
        kinds=Quote(codes),
    )


def asked_for(text: str) -> OrganisationKind | None:
    """Return the kind that a question names, by its longest phrase; None for any."""
    spelled = spell(words(text))
    padded = f" {' '.join(spelled)} "
    likeliest: OrganisationKind | None = None
    longest = 0
    for kind, listed in _table().items():
        for phrase in listed.phrases:
            length = len(phrase)
            is_named = f" {phrase} " in padded
            if is_named and length > longest:
                likeliest = kind
                longest = length
    return likeliest
