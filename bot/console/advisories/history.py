"""What an advisory said before, word by word, and the chain of its corrections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, results
from bot.messages import Language
from bot.models import TEXT_PARTS, Advisory, AdvisoryText, AdvisoryVersion, texts_from_json
from bot.text.text import LANGUAGES

_PIECE = re.compile(r"\s+|\S+")

Piece = tuple[Literal["same", "gone", "new"], str]
Changes = dict[str, list[Piece]]  # by part of a text


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the parts and the columns that differ from the version before."""

    version: AdvisoryVersion
    texts: dict[Language, Changes]
    columns: list[str]


@dataclass(frozen=True, slots=True)
class Link:
    """One advisory of a chain: how many people got it for all we know, and how many still wait."""

    advisory: Advisory
    got: int
    waiting: int


class _Run(NamedTuple):
    """A stretch of two texts that is the same in both, or not."""

    is_same: bool
    old: str
    new: str


def versions(saved: Sequence[AdvisoryVersion]) -> list[Version]:
    """Compare each version (the latest comes first) with the one before."""
    if not saved:
        return []
    compared_versions = [_against(new, old) for new, old in pairwise(saved)]
    first = Version(saved[-1], _changes(None, saved[-1]), [])
    return [*compared_versions, first]


def _against(new: AdvisoryVersion, old: AdvisoryVersion) -> Version:
    names = (new.content.keys() | old.content.keys()) - {"texts"}
    columns = [name for name in names if new.content.get(name) != old.content.get(name)]
    return Version(new, _changes(old, new), sorted(columns))


def _changes(old: AdvisoryVersion | None, new: AdvisoryVersion) -> dict[Language, Changes]:
    """Return what changed in each language; all of the new text where there is no old one."""
    old_texts = texts_from_json(old.content["texts"] if old else {})
    new_texts = texts_from_json(new.content["texts"])
    changes: dict[Language, Changes] = {}
    for language in LANGUAGES:
        changes[language] = _text_changes(old_texts[language], new_texts[language])
    return changes


def _text_changes(old: AdvisoryText, new: AdvisoryText) -> Changes:
    changes: Changes = {}
    for part in TEXT_PARTS:
        old_words, new_words = getattr(old, part), getattr(new, part)
        if old_words != new_words:
            changes[part] = compared(old_words, new_words)
    return changes


def compared(old: str, new: str) -> list[Piece]:
    """Return the new text in pieces: what stayed, what went, what came."""
    if not old:
        return [("same", new)] if new else []
    pieces: list[Piece] = []
    for is_same, grouped in groupby(_runs(old, new), key=_is_same):
        runs = list(grouped)
        gone = "".join(run.old for run in runs)
        came = "".join(run.new for run in runs)
        if is_same:
            pieces.append(("same", came))
        else:
            pieces += [("gone", gone), ("new", came)]
    return [piece for piece in pieces if piece[1]]


def _is_same(run: _Run) -> bool:
    return run.is_same


def _runs(old: str, new: str) -> Iterator[_Run]:
    """Yield what is the same and what is not; a space between two changes belongs to them."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_begin, old_end, new_begin, new_end in matcher.get_opcodes():
        gone = "".join(before[old_begin:old_end])
        came = "".join(after[new_begin:new_end])
        yield _Run(kind == "equal" and not came.isspace(), gone, came)


async def chain(session: AsyncSession, advisory: Advisory) -> list[Link]:
    """List the advisory with all it corrects and all that correct it, the first one first."""
    advisories = await corrections.history(session, advisory)
    return [await _link(session, version) for version in advisories]


async def _link(session: AsyncSession, advisory: Advisory) -> Link:
    counts = await lifecycle.counts(session, advisory)
    got = sum(counts[state] for state in results.LEFT)
    return Link(advisory, got, waiting=counts["queued"] + counts["sending"])
