"""What an advisory said before, word by word, and the chain of its corrections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, results
from bot.messages import Language
from bot.models import TEXT_PARTS, Advisory, AdvisoryText, AdvisoryVersion, Texts, texts_from_json
from bot.text.text import LANGUAGES

MAX_VERSIONS = 50  # shown
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
    """Compare each of the latest versions (the last one comes first) with the one before.

    It takes a thread: of fifty long versions it may take seconds.
    """
    compared_versions: list[Version] = []
    for new, old in pairwise(saved[:MAX_VERSIONS]):
        compared_versions.append(_compared(new, old))
    if 0 < len(saved) <= MAX_VERSIONS:
        first = saved[-1]
        compared_versions.append(_compared(first, None))
    return compared_versions


def _compared(new: AdvisoryVersion, old: AdvisoryVersion | None) -> Version:
    """Compare a version with the one before; all of the first one's text is new."""
    texts = _texts_of(new)
    texts_before = _texts_of(old)
    changes: dict[Language, Changes] = {}
    for language in LANGUAGES:
        before = texts_before[language]
        after = texts[language]
        changes[language] = _text_changes(before, after)
    columns: list[str] = []
    if old is not None:
        columns = _changed_columns(new, old)
    return Version(new, changes, columns)


def _texts_of(version: AdvisoryVersion | None) -> Texts:
    if version is None:
        return texts_from_json({})
    stored = version.content["texts"]
    return texts_from_json(stored)


def _changed_columns(new: AdvisoryVersion, old: AdvisoryVersion) -> list[str]:
    names = new.content.keys() | old.content.keys()
    others = names - {"texts"}
    changed: list[str] = []
    for name in sorted(others):
        before = old.content.get(name)
        after = new.content.get(name)
        if before != after:
            changed.append(name)
    return changed


def _text_changes(old: AdvisoryText, new: AdvisoryText) -> Changes:
    changes: Changes = {}
    for part in TEXT_PARTS:
        before = getattr(old, part)
        after = getattr(new, part)
        if before != after:
            changes[part] = compared(before, after)
    return changes


@lru_cache(maxsize=1000)
def compared(old: str, new: str) -> list[Piece]:
    """Return the new text in pieces: what stayed, what went, what came.

    Versions never change, and the page is drawn again and again while it is sent.
    """
    if not new and not old:
        return []
    if not old:
        return [("same", new)]
    pieces: list[Piece] = []
    for is_same, group in groupby(_runs(old, new), key=_is_same):
        runs = list(group)
        gone = "".join(run.old for run in runs)
        came = "".join(run.new for run in runs)
        pieces.extend(_pieces(is_same, gone, came))
    return pieces


def _pieces(
    is_same: bool,
    gone: str,
    came: str,
) -> Iterator[Piece]:
    """Yield what a stretch of both texts shows: one piece when it stayed, else up to two."""
    if is_same:
        yield "same", came
        return
    if gone:
        yield "gone", gone
    if came:
        yield "new", came


def _is_same(run: _Run) -> bool:
    return run.is_same


def _runs(old: str, new: str) -> Iterator[_Run]:
    """Yield what is the same and what is not; a space between two changes belongs to them."""
    before = _PIECE.findall(old)
    after = _PIECE.findall(new)
    # Its time grows with the lengths alone, whatever the words are: difflib's may be cubic.
    for edit in Indel.opcodes(before, after):
        old_pieces = before[edit.src_start : edit.src_end]
        new_pieces = after[edit.dest_start : edit.dest_end]
        gone = "".join(old_pieces)
        came = "".join(new_pieces)
        is_blank = came.isspace()
        is_same = edit.tag == "equal" and not is_blank
        yield _Run(is_same, gone, came)


async def chain(session: AsyncSession, advisory: Advisory) -> list[Link]:
    """List the advisory with all it corrects and all that correct it, the first one first."""
    links: list[Link] = []
    for version in await corrections.history(session, advisory):
        link = await _link(session, version)
        links.append(link)
    return links


async def _link(session: AsyncSession, advisory: Advisory) -> Link:
    counts = await lifecycle.counts(session, advisory)
    got = 0
    for state in results.LEFT:
        got += counts[state]
    waiting = counts["queued"] + counts["sending"]
    return Link(advisory, got, waiting)
