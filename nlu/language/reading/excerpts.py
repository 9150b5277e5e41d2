"""Some of the words of a text: those before a place in it, behind it, or between two places."""

from __future__ import annotations

from nlu.language.folding import Word, Words


def before(tokens: Words, position: int) -> list[Word]:
    """List the words that end before a position of the text."""
    return [word for word in tokens if word.end <= position]


def behind(tokens: Words, position: int) -> list[Word]:
    """List the words that begin at a position of the text or behind it."""
    return [word for word in tokens if word.start >= position]


def between(
    tokens: Words,
    start: int,
    end: int,
) -> list[Word]:
    """List the words that begin between two positions of the text."""
    return [word for word in tokens if start <= word.start < end]
