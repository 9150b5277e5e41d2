"""Windows on a long text: parts short enough for a reader, cut between clauses."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language.reading.clauses import Clause


def windows(
    text: str,
    parts: Sequence[Clause],
    longest: int,
) -> list[Clause]:
    """Group the clauses of a text into parts of at most `longest` characters, in order.

    A clause that is longer is cut between words.
    """
    if len(text) <= longest:
        whole = Clause(text, 0, len(text))
        return [whole]
    groups: list[Clause] = []
    for part in parts:
        for piece in _pieces(text, part, longest):
            _add(groups, piece, text, longest)
    return groups


def _add(
    groups: list[Clause],
    piece: Clause,
    text: str,
    longest: int,
) -> None:
    """Put a piece into the last group, or into a new one where it does not fit."""
    if not groups:
        groups.append(piece)
        return
    start = groups[-1].start
    length = piece.end - start
    if length > longest:
        groups.append(piece)
        return
    groups[-1] = _between(text, start, piece.end)


def _pieces(
    text: str,
    clause: Clause,
    longest: int,
) -> list[Clause]:
    """Cut a clause between words; one word that is too long is cut anywhere."""
    pieces: list[Clause] = []
    start = clause.start
    while clause.end - start > longest:
        limit = start + longest
        space = text.rfind(" ", start + 1, limit)
        end = space if space > start else limit
        piece = _between(text, start, end)
        pieces.append(piece)
        start = end
    rest = _between(text, start, clause.end)
    pieces.append(rest)
    return pieces


def _between(
    text: str,
    start: int,
    end: int,
) -> Clause:
    part = text[start:end]
    return Clause(part, start, end)
