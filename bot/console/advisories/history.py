"""What an advisory said before, word by word, and the chain of its corrections with how many got which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, results
from bot.consular.advisories.wording import WORDS
from bot.models import Advisory, AdvisoryVersion

_PIECE = re.compile(r"\s+|[^\s]+")

Piece = tuple[str, str]  # "same", "gone" or "new"; the words


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the words that differ from the version before, and the names of other columns that do."""

    row: AdvisoryVersion
    words: dict[str, list[Piece]]
    others: list[str]


@dataclass(frozen=True, slots=True)
class Link:
    """One advisory of a chain. `got` people have it for all we know, `waiting` are still to get it."""

    advisory: Advisory
    got: int
    waiting: int


def versions(rows: Sequence[AdvisoryVersion]) -> list[Version]:
    """The versions, latest first, each against the one before."""
    if not rows:
        return []
    first = Version(
        rows[-1], {name: compared("", _words(rows[-1].said, name)) for name in WORDS}, []
    )
    return [*(_against(new, old) for new, old in pairwise(rows)), first]


def _against(new: AdvisoryVersion, old: AdvisoryVersion) -> Version:
    changed = {
        name
        for name in new.said.keys() | old.said.keys()
        if new.said.get(name) != old.said.get(name)
    }
    words = {
        name: compared(_words(old.said, name), _words(new.said, name))
        for name in WORDS
        if name in changed
    }
    return Version(new, words, sorted(changed - set(WORDS)))


def _words(said: Mapping[str, Any], name: str) -> str:
    return said.get(name) or ""


def compared(old: str, new: str) -> list[Piece]:
    """The new text in pieces: what stayed, what went, what came."""
    if not old:
        return [("same", new)] if new else []
    pieces: list[Piece] = []
    for is_same, runs in groupby(_runs(old, new), key=itemgetter(0)):
        gone, came = ("".join(words) for words in zip(*(words for _, *words in runs), strict=True))
        pieces += [("same", came)] if is_same else [("gone", gone), ("new", came)]
    return [piece for piece in pieces if piece[1]]


def _runs(old: str, new: str) -> Iterator[tuple[bool, str, str]]:
    """Whether they are the same, old words, new words. A space that stayed between two changes belongs to them."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, came = "".join(before[a:b]), "".join(after[c:d])
        yield kind == "equal" and not came.isspace(), gone, came


async def chain(session: AsyncSession, advisory: Advisory) -> list[Link]:
    """The advisory with all it corrects and all that correct it, the first one first."""
    return [await _link(session, one) for one in await corrections.history(session, advisory)]


async def _link(session: AsyncSession, advisory: Advisory) -> Link:
    counts = await lifecycle.counts(session, advisory)
    return Link(
        advisory, sum(counts[name] for name in results.LEFT), counts["queued"] + counts["sending"]
    )
