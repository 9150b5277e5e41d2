"""Windows on a long text: parts short enough for a reader, cut between clauses."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language.reading.clauses import Clause


def windows(text: str, parts: Sequence[Clause], longest: int) -> list[Clause]:
    """Group the clauses of a text into parts of at most `longest` characters, in order.

    A clause that is longer is cut between words.
    """
    if len(text) <= longest:
        return [_between(text, 0, len(text))]
    groups: list[Clause] = []
    for part in parts:
        for piece in _pieces(text, part, longest):
            last = groups[-1] if groups else None
            if last is not None and piece.end - last.start <= longest:
                groups[-1] = _between(text, last.start, piece.end)
            else:
                groups.append(piece)
    return groups


def _pieces(text: str, clause: Clause, longest: int) -> list[Clause]:
    pieces: list[Clause] = []
    start = clause.start
    while clause.end - start > longest:
        space = text.rfind(" ", start + 1, start + longest)
        end = space if space > start else start + longest
        pieces.append(_between(text, start, end))
        start = end
    pieces.append(_between(text, start, clause.end))
    return pieces


def _between(text: str, start: int, end: int) -> Clause:
    return Clause(text[start:end], start, end)
